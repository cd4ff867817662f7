//! One-dimensional kernels.

/// A symmetric kernel of odd length, kept as its right half.
#[derive(Clone, Debug)]
pub(in crate::kernels) struct Taps {
    half: Vec<f32>,
}

impl Taps {
    /// The kernel that changes nothing.
    pub(in crate::kernels) fn identity() -> Self {
        Self::symmetric(vec![1.0])
    }

    /// The kernel whose weights at distance 0, 1, … are those of `half`, which is not empty.
    pub(in crate::kernels) fn symmetric(half: Vec<f32>) -> Self {
        debug_assert!(!half.is_empty());
        Self { half }
    }

    /// The weights by distance, from the centre out.
    pub(in crate::kernels) fn half(&self) -> &[f32] {
        &self.half
    }

    /// How far the kernel reaches.
    pub(in crate::kernels) fn radius(&self) -> usize {
        self.half.len() - 1
    }
}
