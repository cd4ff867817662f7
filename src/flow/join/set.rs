//! Some of the inputs of a join.

/// A set of inputs, by their places. A join has at most [`InputSet::MOST`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InputSet(u64);

impl InputSet {
    pub(crate) const MOST: usize = 64;

    /// The first `count` of them.
    pub(crate) fn first(count: usize) -> Self {
        debug_assert!(count <= Self::MOST);
        Self((0..count).fold(0, |bits, input| bits | 1 << input))
    }

    pub(crate) fn has(self, input: usize) -> bool {
        self.0 & 1 << input != 0
    }

    pub(crate) fn with(self, input: usize) -> Self {
        Self(self.0 | 1 << input)
    }

    pub(crate) fn without(self, input: usize) -> Self {
        Self(self.0 & !(1 << input))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        (0..Self::MOST).filter(move |input| self.has(*input))
    }
}

impl FromIterator<usize> for InputSet {
    fn from_iter<I: IntoIterator<Item = usize>>(inputs: I) -> Self {
        inputs.into_iter().fold(Self::default(), Self::with)
    }
}
