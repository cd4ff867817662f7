//! The Euclidean distance transform.
//!
//! scipy: `ndimage.distance_transform_edt`; vigra: `distanceTransform`, `distanceTransformMultiArray` (of the *foreground* to
//! the background: `background=False` there).
//!
//! For each element that is not background, how far the nearest background is: `min √(Σ (sₐ·Δₐ)²)` over all background,
//! with the distance `sₐ` of neighbours along each axis of space. It is exact, not a chamfer: where neighbours are equally
//! far apart along all axes, everything until the root is done in integers. See [`passes`].

mod cell;
mod envelope;
mod passes;
mod window;

use std::ops::Range;

use ndarray::{ArrayView3, ArrayViewMut3};
use pulp::Arch;

use self::cell::Cell;
use self::passes::{Finish, Passes};
use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::assemble;
use crate::kernels::memory::zeros;
use crate::kernels::region;
use crate::kernels::stencil::{Form, Stencil};
use crate::kernels::volumes::Volumes;
use crate::roi::Roi;

/// The distance of each element that is not 0 to the nearest that is, in elements; 0 for those that are.
///
/// The short form of [`DistanceTransform::apply`](Stencil::apply), which says more.
///
/// # Errors
///
/// The checkpoint's own error if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::kernels::distance_transform;
/// use headwater::{Array, Checkpoint};
///
/// let mask = Array::from_vec("yx", &[3, 3], vec![0u8, 1, 1, 1, 1, 1, 1, 1, 1])?;
/// let distance = distance_transform(&mask, &Checkpoint::never())?;
/// assert_eq!(distance.view::<f32>()?[[2, 2]], 8.0f32.sqrt());
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn distance_transform(array: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
    DistanceTransform::new().apply(array, checkpoint)
}

/// The Euclidean distance transform: the options, and the ways to apply it.
///
/// Each volume, plane or line of the axes of space (`z`, `y`, `x`) is transformed by itself, for each time step and channel.
/// Background is what equals 0; NaN does not. Where there is no background at all the distance is infinite, or the
/// [maximum](Self::maximum). The result is `f32`, the nearest to the exact distance.
///
/// The distance at a point depends on everything, so [`halo`](Stencil::halo) reaches over the whole axis; with a maximum, no
/// further than that, and blocks are as exact as the whole.
///
/// # Examples
///
/// Planes that are further apart than the pixels in them, and no interest beyond 10:
///
/// ```
/// use headwater::kernels::{DistanceTransform, Stencil};
/// use headwater::{Array, Checkpoint};
///
/// let mut mask = Array::full("zyx", &[4, 8, 8], true)?;
/// mask.view_mut::<bool>()?[[0, 0, 0]] = false;
/// let transform = DistanceTransform::new().sampling([4.0, 1.0, 1.0]).maximum(10.0);
/// let distance = transform.apply(&mask, &Checkpoint::never())?;
/// assert_eq!(distance.view::<f32>()?[[1, 3, 0]], 5.0);
/// assert_eq!(distance.view::<f32>()?[[3, 0, 0]], 10.0);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DistanceTransform {
    /// Empty for 1 along all axes.
    sampling: Vec<f64>,
    squared: bool,
    maximum: Option<f64>,
}

impl DistanceTransform {
    /// Distances in elements.
    pub fn new() -> Self {
        Self::default()
    }

    /// With neighbours this far apart: one number for all axes of space or one for each, outermost first. Distances, and the
    /// [maximum](Self::maximum), are in the same unit.
    #[must_use]
    pub fn sampling(mut self, sampling: impl Into<Vec<f64>>) -> Self {
        self.sampling = sampling.into();
        self
    }

    /// The squares of the distances instead, without a root.
    #[must_use]
    pub fn squared(mut self) -> Self {
        self.squared = true;
        self
    }

    /// With everything that is further away than `maximum` at `maximum` (of squares, at its square).
    #[must_use]
    pub fn maximum(mut self, maximum: f64) -> Self {
        self.maximum = Some(maximum);
        self
    }

    /// The distance of neighbours along each of `count` axes of space.
    fn distances(&self, count: usize) -> Result<Vec<f64>, Error> {
        if let Some(bad) = self.sampling.iter().find(|own| !(own.is_finite() && **own > 0.0)) {
            return Err(Error::invalid(format!("sampling is {bad}, not a number above 0")));
        }
        match self.sampling[..] {
            [] => Ok(vec![1.0; count]),
            [all] => Ok(vec![all; count]),
            _ if self.sampling.len() == count => Ok(self.sampling.clone()),
            _ => Err(Error::invalid(format!(
                "sampling has {} numbers for {count} axes of space",
                self.sampling.len()
            ))),
        }
    }

    /// The largest distance in the result.
    fn limit(&self) -> Result<f64, Error> {
        match self.maximum {
            None => Ok(f64::INFINITY),
            Some(maximum) if maximum.is_finite() && maximum >= 0.0 => Ok(maximum),
            Some(maximum) => Err(Error::invalid(format!("maximum is {maximum}, not a number from 0 up"))),
        }
    }

    /// How an array of that form is worked on.
    fn plan(&self, input: &Form) -> Result<Plan, Error> {
        let volumes = Volumes::of(input.axes, input.shape.as_slice());
        let (sampling, maximum) = (self.distances(volumes.spatial().len())?, self.limit()?);
        let first = sampling.first().copied().unwrap_or(1.0);
        let reach = |distance: f64| (maximum / distance).floor() as usize;
        let space = volumes.space();
        let largest: f64 = space.iter().map(|&length| (length.max(1) as f64 - 1.0).powi(2)).sum();
        let is_even = sampling.iter().all(|&distance| distance == first);
        Ok(Plan {
            is_integer: is_even && largest < f64::from(u32::MAX),
            finish: Finish {
                squared: self.squared,
                scale: if is_even { first } else { 1.0 },
                maximum,
            },
            weights: match is_even {
                true => [1.0; 3],
                false => volumes.three(1.0, |axis| sampling[axis] * sampling[axis]),
            },
            reach: volumes.three(0, |axis| reach(sampling[axis])),
            volumes,
        })
    }
}

/// How an array is worked on.
struct Plan {
    volumes: Volumes,
    /// Whether all squares are integers that fit an `u32`, in units of the [scale](Finish::scale).
    is_integer: bool,
    weights: [f64; 3],
    reach: [usize; 3],
    finish: Finish,
}

impl Plan {
    fn passes<'a>(&self, checkpoint: &'a Checkpoint) -> Passes<'a> {
        Passes {
            arch: Arch::new(),
            weights: self.weights,
            reach: self.reach,
            finish: self.finish,
            checkpoint,
        }
    }

    /// Writes the result for `input`, volume by volume, over `out`: right at `wanted` of each axis of the volumes.
    fn transform<T: Element>(
        &self,
        input: &Array,
        wanted: &[Range<usize>; 3],
        out: &mut [f32],
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let whole = input.view::<T>()?;
        let volume = self.volumes.volume();
        if volume == 0 {
            return checkpoint.check();
        }
        let passes = self.passes(checkpoint);
        for (nth, out) in out.chunks_exact_mut(volume).enumerate() {
            let view = self.volumes.view(whole.view(), nth);
            if self.is_integer {
                self.run(&passes, view, bytemuck::cast_slice_mut::<f32, u32>(out), wanted)?;
                continue;
            }
            let mut squares = zeros::<f64>(&self.volumes.space(), checkpoint)?
                .into_raw_vec_and_offset()
                .0;
            self.run(&passes, view, &mut squares, wanted)?;
            for (out, squares) in out.chunks_mut(1 << 16).zip(squares.chunks(1 << 16)) {
                checkpoint.check()?;
                out.iter_mut()
                    .zip(squares)
                    .for_each(|(out, result)| *out = *result as f32);
            }
        }
        Ok(())
    }

    fn run<T: Element, C: Cell>(
        &self,
        passes: &Passes<'_>,
        view: ArrayView3<'_, T>,
        work: &mut [C],
        wanted: &[Range<usize>; 3],
    ) -> Result<(), Error> {
        let work = ArrayViewMut3::from_shape(self.volumes.space(), work);
        let work = work.map_err(|_| Error::msg("a volume has as many elements as its shape says"))?;
        passes.run(view, work, wanted)
    }
}

impl Stencil for DistanceTransform {
    fn halo(&self, input: &Form) -> Result<Vec<usize>, Error> {
        let plan = self.plan(input)?;
        let mut halo = vec![0; input.axes.len()];
        let reach = plan.reach.iter().skip(3 - plan.volumes.spatial().len());
        for (&axis, &reach) in plan.volumes.spatial().iter().zip(reach) {
            halo[axis] = reach.min(input.shape[axis].saturating_sub(1));
        }
        Ok(halo)
    }

    fn apply_region(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
        region::apply(self, input, roi, checkpoint)
    }

    fn write_region(&self, input: &Array, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        region::check(self, input, roi, out)?;
        let form = Form::of(input)?;
        let grown = roi.expand_by_halo(self.halo(&form)?, Roi::full(form.shape))?;
        let part = input.slice(&grown.outer)?;
        let plan = self.plan(&Form::of(&part)?)?;
        let inner = grown.inner;
        let spatial = plan.volumes.spatial();
        let wanted: [Range<usize>; 3] = {
            let [z, y, x] = plan.volumes.three((0, 1), |axis| {
                let range = inner.range(spatial[axis]);
                (range.start, range.end)
            });
            [z.0..z.1, y.0..y.1, x.0..x.1]
        };
        let mut view = out.view_mut::<f32>()?;
        if inner.shape() == grown.outer.shape()
            && plan.volumes.is_in_order()
            && let Some(out) = view.as_slice_mut()
        {
            return match_dtype!(input.dtype(), T => plan.transform::<T>(&part, &wanted, out, checkpoint));
        }
        let mut whole: Vec<f32> = zeros(part.shape(), checkpoint)?.into_raw_vec_and_offset().0;
        match_dtype!(input.dtype(), T => plan.transform::<T>(&part, &wanted, &mut whole, checkpoint))?;
        let result = plan.volumes.array(whole)?.slice(&inner)?;
        assemble(&[(Roi::full(roi.shape()), result)], out, checkpoint)
    }

    fn bytes(&self, input: &Form, roi: &Roi, threads: usize) -> Result<u64, Error> {
        let plan = self.plan(input)?;
        let outer = roi.expand_by_halo(self.halo(input)?, Roi::full(input.shape))?.outer;
        let part = Volumes::of(input.axes, outer.shape().as_slice());
        let (whole, own) = (outer.volume()? as u64, roi.volume()? as u64);
        let squares = if plan.is_integer { 0 } else { 8 * part.volume() as u64 };
        let is_direct = outer == *roi && part.is_in_order();
        let copy = if is_direct { 0 } else { 4 * own };
        // For each thread two vectors of 64 bytes for each place on the longest line, or corners of an envelope.
        let longest = part.space()[..2].iter().copied().max().unwrap_or(1) as u64;
        let each = if part.space()[2] < 3 { 32 } else { 128 };
        let lines = threads as u64 * (each * longest + 1024);
        Ok(4 * whole + copy + squares + lines)
    }

    fn dtype(&self, _: DType) -> DType {
        DType::F32
    }
}
