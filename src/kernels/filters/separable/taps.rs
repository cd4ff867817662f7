//! One-dimensional kernels.

/// A symmetric or antisymmetric kernel of odd length, kept as the half that meets what comes after the centre.
#[derive(Clone, Debug)]
pub(in crate::kernels) struct Taps {
    half: Vec<f32>,
    is_odd: bool,
}

impl Taps {
    /// The kernel that changes nothing.
    pub(in crate::kernels) fn identity() -> Self {
        Self::symmetric(vec![1.0])
    }

    /// The kernel whose weights at distance 0, 1, … are those of `half`, which is not empty.
    pub(in crate::kernels) fn symmetric(half: Vec<f32>) -> Self {
        debug_assert!(!half.is_empty());
        Self { half, is_odd: false }
    }

    /// The kernel that weighs what comes after the centre at distance 0, 1, … by `half`, and what comes before by the
    /// negative of it. The first weight is 0.
    pub(in crate::kernels) fn antisymmetric(half: Vec<f32>) -> Self {
        debug_assert!(half.first() == Some(&0.0));
        Self { half, is_odd: true }
    }

    /// The same kernel with weights of 0 around it, up to `radius`.
    pub(in crate::kernels) fn padded(mut self, radius: usize) -> Self {
        self.half.resize((radius + 1).max(self.half.len()), 0.0);
        self
    }

    /// The kernel with the opposite sign.
    pub(in crate::kernels) fn negated(mut self) -> Self {
        self.half.iter_mut().for_each(|weight| *weight = -*weight);
        self
    }

    /// The weights by distance, from the centre out.
    pub(in crate::kernels) fn half(&self) -> &[f32] {
        &self.half
    }

    /// Whether the weights before the centre are the negative of those after it.
    pub(in crate::kernels) fn is_odd(&self) -> bool {
        self.is_odd
    }

    /// How far the kernel reaches.
    pub(in crate::kernels) fn radius(&self) -> usize {
        self.half.len() - 1
    }
}
