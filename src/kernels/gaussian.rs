//! Gaussian smoothing.
//!
//! vigra: `gaussianSmoothing`; fastfilters: `gaussianSmoothing`; lazyflow: `OpGaussianSmoothing`; scipy:
//! `ndimage.gaussian_filter` with `mode="mirror"` and the radius given.
//!
//! Along each smoothed axis the data is convolved with the sampled Gaussian `g(i) = exp(-i² / 2σ²) / Σ`, `i` from `-r` to
//! `r`, where `Σ` makes the samples sum to 1 and `r = ⌊w·σ + ½⌋`, at least 1, for a window of `w` (vigra's rule, Köthe 2000).
//! Beyond its border the data is reflected without repeating the edge. The convolution is [separable](super::separable).

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD};

use crate::array::{Array, Axes, Element, MAX_AXES, match_dtype, zeros};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::separable::{self, Taps};
use crate::kernels::sigma::Sigma;

/// The window unless told otherwise, in multiples of sigma.
const WINDOW: f64 = 3.5;

/// The largest radius. Beyond it a request is a slip rather than a wish: the sum of its samples takes seconds per row.
const MAX_RADIUS: f64 = 65_536.0;

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
    window: f64,
    axes: Option<Axes>,
}

impl Gaussian {
    /// Smoothing by `sigma` elements: one scale for all smoothed axes or one for each, outermost first.
    pub fn new(sigma: impl Into<Sigma>) -> Self {
        Self {
            sigma: sigma.into(),
            window: WINDOW,
            axes: None,
        }
    }

    /// Cuts the Gaussian off at `window` times sigma instead of 3.5 times.
    #[must_use]
    pub fn window(mut self, window: f64) -> Self {
        self.window = window;
        self
    }

    /// Smooths `axes` of an [`Array`] instead of those of `z`, `y` and `x` that it has.
    ///
    /// Their order does not matter: scales go by the order in which the axes stand in the array.
    #[must_use]
    pub fn axes(mut self, axes: Axes) -> Self {
        self.axes = Some(axes);
        self
    }

    /// The smoothed array: same shape, same axes, `f32`.
    ///
    /// # Errors
    ///
    /// `Invalid` if a sigma or the window is negative or not finite, if there is neither one sigma nor one for each smoothed
    /// axis, if an axis to be smoothed is missing, or if the radius is not less than the length of its axis. The message
    /// names the axis and the values. The checkpoint's own error if it stops the kernel.
    pub fn apply(&self, array: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let taps = self.taps(array)?;
        let smooth = match_dtype!(array.dtype(), T => smooth(array.view::<T>()?, &taps, checkpoint))?;
        Array::from_ndarray(array.axes(), smooth)
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
        let taps = self.taps_of_view(view.shape())?;
        smooth(view, &taps, checkpoint)
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
        let taps = self.taps_of_view(view.shape())?;
        separable::convolve(view, &taps, out, checkpoint)
    }

    /// How far beyond a region the result depends on the data, in elements, for each axis of an array with `axes`.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply), as far as no lengths are involved.
    pub fn halo(&self, axes: Axes) -> Result<Vec<usize>, Error> {
        let smoothed = self.smoothed(axes)?;
        let mut halo = vec![0; axes.len()];
        for (axis, sigma) in smoothed.iter().zip(self.scales(smoothed.len())?) {
            halo[*axis] = self.radius(sigma)?;
        }
        Ok(halo)
    }

    /// One kernel for each axis of `array`.
    fn taps(&self, array: &Array) -> Result<Vec<Taps>, Error> {
        let axes = array.axes();
        let smoothed = self.smoothed(axes)?;
        let mut taps = vec![Taps::identity(); axes.len()];
        for (&axis, sigma) in smoothed.iter().zip(self.scales(smoothed.len())?) {
            let letter = axes.iter().nth(axis).map(String::from).unwrap_or_default();
            taps[axis] = self.taps_of_axis(&letter, array.shape()[axis], sigma)?;
        }
        Ok(taps)
    }

    /// One kernel for each axis of a view of `shape`.
    fn taps_of_view(&self, shape: &[usize]) -> Result<Vec<Taps>, Error> {
        if shape.len() > MAX_AXES {
            return Err(Error::invalid(format!(
                "a view of {} axes, {MAX_AXES} are the most",
                shape.len()
            )));
        }
        let scales = self.scales(shape.len())?;
        let named = shape.iter().zip(scales).enumerate();
        named
            .map(|(axis, (&len, sigma))| self.taps_of_axis(&axis.to_string(), len, sigma))
            .collect()
    }

    /// The positions of the axes to be smoothed, outermost first.
    fn smoothed(&self, axes: Axes) -> Result<Vec<usize>, Error> {
        let Some(wanted) = self.axes else {
            return Ok(axes.spatial().collect());
        };
        if let Some(missing) = wanted.iter().find(|&letter| !axes.contains(letter)) {
            return Err(Error::invalid(format!(
                "axis {missing} is to be smoothed, but the axes are {axes}"
            )));
        }
        let own = axes.iter().enumerate();
        Ok(own
            .filter(|&(_, letter)| wanted.contains(letter))
            .map(|(axis, _)| axis)
            .collect())
    }

    /// One scale for each of `count` axes.
    fn scales(&self, count: usize) -> Result<Vec<f64>, Error> {
        self.sigma.for_axes(count).ok_or_else(|| {
            let given = self.sigma.count();
            Error::invalid(format!("{given} sigmas for {count} smoothed axes"))
        })
    }

    /// The radius of the kernel of scale `sigma`.
    fn radius(&self, sigma: f64) -> Result<usize, Error> {
        for (name, value) in [("sigma", sigma), ("window", self.window)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Error::invalid(format!("{name} is {value}, not a number from 0 up")));
            }
        }
        let radius = (self.window * sigma + 0.5).floor().max(1.0);
        if radius > MAX_RADIUS {
            return Err(Error::invalid(format!(
                "sigma {sigma} with window {} has radius {radius}, {MAX_RADIUS} is the most",
                self.window
            )));
        }
        Ok(if sigma == 0.0 { 0 } else { radius as usize })
    }

    /// The kernel for the axis called `name`.
    fn taps_of_axis(&self, name: &str, len: usize, sigma: f64) -> Result<Taps, Error> {
        let radius = self.radius(sigma)?;
        if len <= 1 || radius == 0 {
            return Ok(Taps::identity());
        }
        if radius >= len {
            return Err(Error::invalid(format!(
                "axis {name} has length {len}, too short for radius {radius} (sigma {sigma}, window {})",
                self.window
            )));
        }
        Ok(sampled(sigma, radius))
    }
}

/// The sampled Gaussian, normalised to sum to 1.
pub(super) fn sampled(sigma: f64, radius: usize) -> Taps {
    let half = (0..=radius).map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp());
    let half: Vec<f64> = half.collect();
    let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
    Taps::symmetric(half.iter().map(|weight| (weight / sum) as f32).collect())
}

/// The allocating form of [`separable::convolve`].
fn smooth<T: Element>(view: ArrayViewD<'_, T>, taps: &[Taps], checkpoint: &Checkpoint) -> Result<ArrayD<f32>, Error> {
    // Zeroed memory comes from the system untouched, so each page is written once, by the thread that works on it.
    let mut out = zeros(view.shape())?;
    separable::convolve(view, taps, out.view_mut(), checkpoint)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_are_vigras() {
        // `research`: sigma 1, window 2.
        let taps = sampled(1.0, 2);
        let expected = [0.402_620, 0.244_201, 0.054_489];
        for (own, vigras) in taps.half().iter().zip(expected) {
            assert!((own - vigras).abs() < 1e-6, "{own} is not {vigras}");
        }
    }

    #[test]
    fn the_radius_follows_vigras_rule() {
        let radius = |sigma| Gaussian::new(0.0).radius(sigma).map_err(|error| error.report());
        let expected = [(0.0, 0), (0.1, 1), (0.3, 1), (0.7, 2), (1.0, 4), (3.0, 11)];
        for (sigma, wanted) in expected {
            assert_eq!(radius(sigma), Ok(wanted), "sigma {sigma}");
        }
    }
}
