//! Gaussian smoothing.
//!
//! vigra: `gaussianSmoothing`; fastfilters: `gaussianSmoothing`; lazyflow: `OpGaussianSmoothing`; scipy:
//! `ndimage.gaussian_filter` with `mode="mirror"` and the radius given.
//!
//! Along each smoothed axis the data is convolved with the sampled Gaussian `g(i) = exp(-i² / 2σ²) / Σ`, `i` from `-r` to
//! `r`, where `Σ` makes the samples sum to 1 and `r = ⌊w·σ + ½⌋`, at least 1, for a window of `w` (vigra's rule, Köthe 2000).
//! Beyond its border the data is reflected without repeating the edge. The convolution is [separable](super::separable).

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD};

use crate::array::{Array, Axes, Element, MAX_AXES};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::filters::filter::{Options, Prepare, Prepared, gaussian_options, prepared_stencil, scales_of};
use crate::kernels::filters::separable::{self, Recipe, Taps};
use crate::kernels::filters::sigma::Sigma;
use crate::kernels::memory::zeros;
use crate::kernels::stencil::{Form, Stencil};
use crate::roi::Roi;

/// Smooths the axes of space (`z`, `y`, `x`) of `array` by a Gaussian of scale `sigma`, with a window of 3.5.
///
/// The short form of [`Gaussian::apply`], which says more.
///
/// # Errors
///
/// `Invalid` for a sigma that does not fit the array; the checkpoint's own error if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::gaussian;
///
/// let mut spike = vec![0.0f32; 81];
/// spike[40] = 1.0;
/// let image = Array::from_vec("yx", &[9, 9], spike)?;
/// let smooth = gaussian(&image, 1.0, &Checkpoint::never())?;
/// assert!((smooth.view::<f32>()?[[4, 4]] - 0.159).abs() < 1e-3);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn gaussian(array: &Array, sigma: impl Into<Sigma>, checkpoint: &Checkpoint) -> Result<Array, Error> {
    Gaussian::new(sigma).apply(array, checkpoint)
}

/// Gaussian smoothing: the options, and the ways to apply it.
///
/// A sigma of 0 leaves its axis as it is, and so does an axis of length 1, whose only sample is its own mirror image. The
/// result is always `f32`; other element types are converted on the fly.
///
/// # Examples
///
/// One scale for each axis of space, a narrower window:
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::Gaussian;
///
/// let movie = Array::from_vec("tyxc", &[2, 16, 32, 3], vec![7u8; 3072])?;
/// let smooth = Gaussian::new([1.0, 2.5]).window(2.0).apply(&movie, &Checkpoint::never())?;
/// assert_eq!(smooth.shape(), [2, 16, 32, 3]);
/// assert!((smooth.view::<f32>()?[[1, 0, 0, 2]] - 7.0).abs() < 1e-5);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gaussian {
    sigma: Sigma,
    options: Options,
}

impl Gaussian {
    /// Smoothing by `sigma` elements: one scale for all smoothed axes or one for each, outermost first.
    pub fn new(sigma: impl Into<Sigma>) -> Self {
        Self {
            sigma: sigma.into(),
            options: Options::default(),
        }
    }

    gaussian_options!();

    /// The smoothed array: same shape, same axes, `f32`.
    ///
    /// # Errors
    ///
    /// `Invalid` if a sigma or the window is negative or not finite, if there is neither one sigma nor one for each smoothed
    /// axis, if an axis to be smoothed is missing, or if the radius is not less than the length of its axis. The message
    /// names the axis and the values. The checkpoint's own error if it stops the kernel.
    pub fn apply(&self, array: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        Stencil::apply(self, array, checkpoint)
    }

    /// The smoothed view: all axes are smoothed, [`axes`](Self::axes) does not count.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply); and `Invalid` if the view has more than [`MAX_AXES`] axes.
    pub fn apply_view<T: Element>(
        &self,
        view: ArrayViewD<'_, T>,
        checkpoint: &Checkpoint,
    ) -> Result<ArrayD<f32>, Error> {
        // Much zeroed memory comes from the system untouched: each page is written once, by the thread that works on it.
        let mut out = zeros(view.shape(), checkpoint)?;
        self.apply_into(view, out.view_mut(), checkpoint)?;
        Ok(out)
    }

    /// Writes the smoothed view over `out`, which has the same shape. After an error `out` holds some mixture.
    ///
    /// Nothing of the size of the data is allocated if at most three axes are smoothed and the rows of `out` (its last axis)
    /// are contiguous.
    ///
    /// # Errors
    ///
    /// As [`apply_view`](Self::apply_view); and `Invalid` if the shapes differ.
    pub fn apply_into<T: Element>(
        &self,
        view: ArrayViewD<'_, T>,
        out: ArrayViewMutD<'_, f32>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        if view.shape() != out.shape() {
            return Err(Error::invalid(format!(
                "cannot write a result of shape {:?} to an array of shape {:?}",
                view.shape(),
                out.shape()
            )));
        }
        let recipe = Recipe::convolution(self.taps_of_view(view.shape())?);
        separable::run(view, &recipe, &[0; MAX_AXES][..out.ndim()], vec![Some(out)], checkpoint)
    }

    /// One kernel for each axis of a view of `shape`.
    fn taps_of_view(&self, shape: &[usize]) -> Result<Vec<Taps>, Error> {
        if shape.len() > MAX_AXES {
            return Err(Error::invalid(format!(
                "a view of {} axes, {MAX_AXES} are the most",
                shape.len()
            )));
        }
        let scales = scales_of("sigma", &self.sigma, shape.len())?;
        let named = shape.iter().zip(scales).enumerate();
        named
            .map(|(axis, (&len, sigma))| self.options.taps("sigma", sigma, 0, &axis.to_string(), len))
            .collect()
    }
}

impl Prepare for Gaussian {
    fn prepare(&self, input: &Form) -> Result<Prepared, Error> {
        let scales = self.options.scales("sigma", &self.sigma, input)?;
        Ok(Prepared {
            recipe: Some(Recipe {
                banks: self.options.banks("sigma", &scales, 0, input)?,
                ..Recipe::convolution(Vec::new())
            }),
            channels: None,
        })
    }
}

prepared_stencil!(Gaussian);
