//! Thresholds that follow the surroundings.

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pointwise;
use crate::kernels::filters::samples::sampled;
use crate::kernels::filters::separable::{self, Recipe, Taps};
use crate::kernels::memory::zeros;
use crate::kernels::ranks::footprint::Radius;
use crate::kernels::region;
use crate::kernels::stencil::{Form, Stencil};
use crate::roi::Roi;

/// Where a Gaussian is cut off, in multiples of sigma: scipy's rule.
const WINDOW: f64 = 4.0;

/// What of the surroundings an element is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Local {
    /// The mean of a box of `2 * radius + 1` elements along each axis.
    Mean,
    /// The mean weighted by a Gaussian of a third of the radius, cut off at 4 times that.
    Gaussian,
}

impl std::fmt::Display for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mean => "mean",
            Self::Gaussian => "gaussian",
        })
    }
}

impl std::str::FromStr for Local {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "mean" => Ok(Self::Mean),
            "gaussian" => Ok(Self::Gaussian),
            _ => Err(Error::invalid(format!(
                "no local mean is called `{text}`; there are mean, gaussian"
            ))),
        }
    }
}

/// Which elements are above the mean of their surroundings, less an offset: `bool`, of the same shape.
///
/// scikit-image: `image > filters.threshold_local(image, 2 * radius + 1, method, offset, mode="mirror")`. Computed in `f32`;
/// sums of integers over a box are exact up to 2²⁴, so that nothing is above a mean which it equals. Beyond the border the
/// data is reflected without repeating the edge. NaN is above nothing.
///
/// # Examples
///
/// A spot on a slope that no fixed threshold separates from it:
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{Local, LocalThreshold, Stencil};
///
/// let line = Array::from_vec("x", &[9], vec![0u8, 10, 20, 45, 40, 50, 60, 70, 80])?;
/// let spot = LocalThreshold::new(Local::Mean, 1).offset(-9.0).apply(&line, &Checkpoint::never())?;
/// let spot: Vec<_> = spot.view::<bool>()?.indexed_iter().filter(|(_, is)| **is).map(|(at, _)| at[0]).collect();
/// assert_eq!(spot, [3]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LocalThreshold {
    local: Local,
    radius: Radius,
    offset: f64,
}

impl LocalThreshold {
    /// Above the mean of what is within `radius`.
    pub fn new(local: Local, radius: impl Into<Radius>) -> Self {
        Self {
            local,
            radius: radius.into(),
            offset: 0.0,
        }
    }

    /// Above the mean less `offset`, which may be negative: then an element has to be so much above the mean.
    #[must_use]
    pub fn offset(mut self, offset: f64) -> Self {
        self.offset = offset;
        self
    }

    /// The weights of elements at a distance of 0, 1, …
    fn taps(&self, radius: usize, dtype: DType) -> Taps {
        match self.local {
            _ if radius == 0 => Taps::identity(),
            Local::Mean if self.is_summed(dtype) => Taps::symmetric(vec![1.0; radius + 1]),
            Local::Mean => Taps::symmetric(vec![(1.0 / (2 * radius + 1) as f64) as f32; radius + 1]),
            Local::Gaussian => {
                let sigma = radius as f64 / 3.0;
                sampled(sigma, 0, (WINDOW * sigma + 0.5) as usize)
            }
        }
    }

    /// Whether sums are compared rather than means: rounded weights would put equal elements above or below their mean.
    fn is_summed(&self, dtype: DType) -> bool {
        self.local == Local::Mean && !dtype.is_float()
    }

    /// How many times its mean the result of `taps` is.
    fn times(&self, taps: &[Taps], dtype: DType) -> f64 {
        match self.is_summed(dtype) {
            true => taps.iter().map(|taps| (2 * taps.radius() + 1) as f64).product(),
            false => 1.0,
        }
    }

    /// One kernel for each axis of an array of that form.
    fn all_taps(&self, input: &Form) -> Result<Vec<Taps>, Error> {
        if self.offset.is_nan() {
            return Err(Error::invalid("offset is NaN, not a number"));
        }
        let radii = self.radius.along(input.axes)?;
        Ok(radii.into_iter().map(|radius| self.taps(radius, input.dtype)).collect())
    }

    /// The same where they are known to fit: an axis of a single element is its own mean.
    fn fitting_taps(&self, input: &Form) -> Result<Vec<Taps>, Error> {
        let mut taps = self.all_taps(input)?;
        for (axis, taps) in taps.iter_mut().enumerate() {
            let (len, radius) = (input.shape[axis], taps.radius());
            if len <= 1 {
                *taps = Taps::identity();
            } else if radius >= len {
                let name = input.axes.letter(axis).unwrap_or(' ');
                return Err(Error::invalid(format!(
                    "axis {name} has length {len}, too short for a mean that reaches {radius}"
                )));
            }
        }
        Ok(taps)
    }
}

impl Stencil for LocalThreshold {
    fn halo(&self, input: &Form) -> Result<Vec<usize>, Error> {
        Ok(self.all_taps(input)?.iter().map(Taps::radius).collect())
    }

    fn dtype(&self, _: DType) -> DType {
        DType::Bool
    }

    fn apply_region(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
        region::apply(self, input, roi, checkpoint)
    }

    fn write_region(&self, input: &Array, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        region::check(self, input, roi, out)?;
        let taps = self.fitting_taps(&Form::of(input)?)?;
        let times = self.times(&taps, input.dtype());
        let (recipe, offset) = (Recipe::convolution(taps), self.offset * times);
        let mut means = zeros(roi.shape().as_slice(), checkpoint)?;
        match_dtype!(input.dtype(), T => {
            let view = input.view::<T>()?;
            separable::run(view.view(), &recipe, roi.start(), vec![Some(means.view_mut())], checkpoint)?;
            let (part, out) = (region::part(view, roi.ranges()), out.view_mut::<bool>()?);
            pointwise::update_by(part, means.view(), out, checkpoint, &|value: T, mean: f32| {
                f64::from(value.to_f32()) * times > f64::from(mean) - offset
            })
        })
    }

    fn bytes(&self, input: &Form, roi: &Roi, threads: usize) -> Result<u64, Error> {
        let recipe = Recipe::convolution(self.fitting_taps(input)?);
        let shape = roi.shape();
        let scratch = separable::scratch_bytes(&recipe, input.shape.as_slice(), shape.as_slice(), false, threads);
        // The result, and the means.
        Ok(5 * shape.volume()? as u64 + scratch)
    }
}
