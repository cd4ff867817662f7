//! The difference of two smoothed images.
//!
//! lazyflow: `OpDifferenceOfGaussians`, from vigra's or fastfilters' `gaussianSmoothing`.

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::filters::filter::{
    Options, Prepare, Prepared, alike, filtered_axes, gaussian_options, prepared_stencil,
};
use crate::kernels::filters::separable::{Combine, Feature, Recipe, Taps};
use crate::kernels::filters::sigma::Sigma;
use crate::kernels::stencil::Form;
use crate::roi::Roi;

/// Difference of Gaussians: the image smoothed at one scale less the image smoothed at another, in one pass.
///
/// A sigma of 0 leaves its axis as it is for its own side of the difference. The result has the shape of the image and is
/// `f32`.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{DifferenceOfGaussians, Stencil};
///
/// let image = Array::full("yx", &[20, 20], 7_u8)?;
/// let result = DifferenceOfGaussians::new(2.0, 1.0).apply(&image, &Checkpoint::never())?;
/// assert!(result.view::<f32>()?[[3, 3]].abs() < 1e-5);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DifferenceOfGaussians {
    sigma0: Sigma,
    sigma1: Sigma,
    options: Options,
}

impl DifferenceOfGaussians {
    /// What smoothing by `sigma0` gives less what smoothing by `sigma1` gives: each one scale for all filtered axes or one
    /// for each, outermost first.
    pub fn new(sigma0: impl Into<Sigma>, sigma1: impl Into<Sigma>) -> Self {
        Self {
            sigma0: sigma0.into(),
            sigma1: sigma1.into(),
            options: Options::default(),
        }
    }

    gaussian_options!();
}

impl Prepare for DifferenceOfGaussians {
    fn prepare(&self, input: &Form) -> Result<Prepared, Error> {
        let scales0 = self.options.scales("sigma0", &self.sigma0, input)?;
        let scales1 = self.options.scales("sigma1", &self.sigma1, input)?;
        let either: Vec<_> = scales0.iter().zip(&scales1).map(|(a, b)| a.max(*b)).collect();
        let axes = filtered_axes(&either)?;
        let first = self.options.banks("sigma0", &scales0, 0, input)?;
        let second = self.options.banks("sigma1", &scales1, 0, input)?;
        let mut banks: Vec<_> = first.into_iter().zip(second).map(|(a, b)| [a, b].concat()).collect();
        subtract(&mut banks, &either, 1);
        let recipe = Recipe {
            banks: banks.into_iter().map(alike).collect(),
            features: vec![difference(0, 1)],
            integration: None,
        };
        Ok(Prepared {
            recipe: (axes > 0).then_some(recipe),
            channels: None,
        })
    }
}

/// The difference of the smoothings by two kernels of the banks, the second of which [`subtract`] has been told.
pub(super) fn difference(first: usize, second: usize) -> Feature {
    Feature {
        sums: vec![vec![[first; 3], [second; 3]]],
        combine: Combine::Nothing,
    }
}

/// Gives the kernel at `position` of the bank of the first filtered axis the opposite sign.
pub(super) fn subtract(banks: &mut [Vec<Taps>], scales: &[f64], position: usize) {
    let first = banks.iter_mut().zip(scales).find(|(_, scale)| **scale > 0.0);
    if let Some((bank, _)) = first {
        bank[position] = bank[position].clone().negated();
    }
}

prepared_stencil!(DifferenceOfGaussians);
