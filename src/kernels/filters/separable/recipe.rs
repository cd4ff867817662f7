//! What a filter is made of.

use super::taps::Taps;

/// A product of one-dimensional kernels: which one of the bank of each filtered axis, outermost first.
pub(in crate::kernels) type Term = [usize; 3];

/// A filter for up to three axes, or several that share their passes.
///
/// Each [`Feature`] is a function of some sums of separable convolutions. What they have in common is computed once; what
/// each of them gives does not depend on which others are there.
#[derive(Clone, Debug)]
pub(in crate::kernels) struct Recipe {
    /// For each axis of the data its kernels, all of the same radius: only the identity where nothing is filtered.
    pub(in crate::kernels) banks: Vec<Vec<Taps>>,
    pub(in crate::kernels) features: Vec<Feature>,
    /// For a structure tensor, which is the last of the features: its sums are a gradient, and the products of the
    /// components, each smoothed by these kernels, one for each axis, are what is combined.
    pub(in crate::kernels) integration: Option<Vec<Taps>>,
}

/// A function of some sums of convolutions, at each point.
#[derive(Clone, Debug)]
pub(in crate::kernels) struct Feature {
    /// Each is a sum of some terms.
    pub(in crate::kernels) sums: Vec<Vec<Term>>,
    pub(in crate::kernels) combine: Combine,
}

impl Feature {
    /// The convolution with the first kernel of each bank.
    pub(in crate::kernels) fn smoothing() -> Self {
        Self {
            sums: vec![vec![[0; 3]]],
            combine: Combine::Nothing,
        }
    }

    /// The same with a sum for each term, so that other features can share it. What it gives differs by rounding.
    pub(in crate::kernels) fn by_term(self) -> Self {
        Self {
            sums: self.sums.into_iter().flatten().map(|term| vec![term]).collect(),
            combine: Combine::Sum,
        }
    }
}

/// What becomes of the sums of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernels) enum Combine {
    /// The only sum is the result.
    Nothing,
    /// Their sum.
    Sum,
    /// The root of the sum of their squares.
    Magnitude,
    /// They are the upper triangle, row by row, of a symmetric matrix of so many rows, and the results its eigenvalues in
    /// descending order.
    Eigenvalues(usize),
}

impl Combine {
    /// How many results there are.
    pub(in crate::kernels) fn results(self) -> usize {
        match self {
            Self::Nothing | Self::Sum | Self::Magnitude => 1,
            Self::Eigenvalues(rows) => rows,
        }
    }
}

impl Recipe {
    /// The convolution with one kernel for each axis, as a filter.
    pub(in crate::kernels) fn convolution(taps: Vec<Taps>) -> Self {
        Self {
            banks: taps.into_iter().map(|taps| vec![taps]).collect(),
            features: vec![Feature::smoothing()],
            integration: None,
        }
    }

    /// Whether it is what [`convolution`](Self::convolution) makes.
    pub(super) fn is_convolution(&self) -> bool {
        let [feature] = &self.features[..] else { return false };
        feature.combine == Combine::Nothing
            && feature.sums == [[[0; 3]]]
            && self.banks.iter().all(|bank| bank.len() == 1)
    }

    /// The kernels of a convolution.
    pub(super) fn single_taps(&self) -> Vec<Taps> {
        self.banks.iter().map(|bank| bank[0].clone()).collect()
    }

    /// The same for data that lacks an axis, which is not filtered.
    pub(in crate::kernels) fn without_axis(mut self, axis: usize) -> Self {
        self.banks.remove(axis);
        if let Some(taps) = &mut self.integration {
            taps.remove(axis);
        }
        self
    }

    /// The same for data with its axes in another order, which leaves those that are filtered as they were.
    pub(super) fn in_order(mut self, order: &[usize]) -> Self {
        self.banks = order.iter().map(|&axis| self.banks[axis].clone()).collect();
        if let Some(taps) = &mut self.integration {
            *taps = order.iter().map(|&axis| taps[axis].clone()).collect();
        }
        self
    }

    /// How many results there are for each element.
    pub(in crate::kernels) fn results(&self) -> usize {
        self.features.iter().map(|feature| feature.combine.results()).sum()
    }

    /// How far the result depends on the data along each axis.
    pub(in crate::kernels) fn reach(&self) -> Vec<usize> {
        let first = self.banks.iter().map(|bank| bank[0].radius());
        match &self.integration {
            None => first.collect(),
            Some(taps) => first.zip(taps).map(|(first, taps)| first + taps.radius()).collect(),
        }
    }
}
