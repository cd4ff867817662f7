//! The scale of a filter.

/// The scale of a filter in elements: one for all smoothed axes, or one for each of them, outermost first.
///
/// Made from a number, an array, a slice or a vector of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Sigma(Scales);

#[derive(Clone, Debug, PartialEq)]
enum Scales {
    All(f64),
    Each(Vec<f64>),
}

impl Sigma {
    /// The scales of `count` axes, or `None` if another number of scales was given.
    pub(super) fn for_axes(&self, count: usize) -> Option<Vec<f64>> {
        match &self.0 {
            Scales::All(sigma) => Some(vec![*sigma; count]),
            Scales::Each(sigmas) => (sigmas.len() == count).then(|| sigmas.clone()),
        }
    }

    /// The one for all axes, if it is one.
    #[cfg(feature = "pipeline")]
    pub(crate) fn one(&self) -> Option<f64> {
        match &self.0 {
            Scales::All(sigma) => Some(*sigma),
            Scales::Each(_) => None,
        }
    }

    /// Those of the axes, if there is one for each.
    #[cfg(feature = "pipeline")]
    pub(crate) fn each(&self) -> Option<&[f64]> {
        match &self.0 {
            Scales::All(_) => None,
            Scales::Each(sigmas) => Some(sigmas),
        }
    }

    /// How many scales were given.
    pub(super) fn count(&self) -> usize {
        match &self.0 {
            Scales::All(_) => 1,
            Scales::Each(sigmas) => sigmas.len(),
        }
    }
}

impl From<f64> for Sigma {
    fn from(sigma: f64) -> Self {
        Self(Scales::All(sigma))
    }
}

impl From<f32> for Sigma {
    fn from(sigma: f32) -> Self {
        Self(Scales::All(sigma.into()))
    }
}

impl From<Vec<f64>> for Sigma {
    fn from(sigmas: Vec<f64>) -> Self {
        Self(Scales::Each(sigmas))
    }
}

impl From<&[f64]> for Sigma {
    fn from(sigmas: &[f64]) -> Self {
        sigmas.to_vec().into()
    }
}

impl<const N: usize> From<[f64; N]> for Sigma {
    fn from(sigmas: [f64; N]) -> Self {
        sigmas.to_vec().into()
    }
}
