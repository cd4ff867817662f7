//! Which patches of slices have no content.

use std::fmt;
use std::ops::Range;

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Slice};

use crate::array::{Array, Axes, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::{fill, zero_array};
use crate::kernels::parallel::join;
use crate::kernels::stencil::Form;
use crate::roi::Roi;
use crate::sync::Arc;

/// Finds the patches of each slice in which an image has no content.
///
/// Each slice along `y` and `x` is cut into square patches, which start at multiples of the patch's side; the last one is
/// moved back so that it ends at the border. A patch is missing if the histogram of its elements and of those within a halo
/// around it says so to the [`Detector`]. An element of the result, of `u8`, is 1 if a patch with it is missing, else 0.
/// The grid is that of the image, so a part of the result does not depend on which part is asked for.
///
/// Histograms have bins of equal width over a range of values: that of `u8` or `u16` for those, 0 to 255 for other types,
/// unless [`range`](Self::range) says otherwise. What lies beyond counts into the first or the last bin; NaN counts nowhere.
///
/// lazyflow: `OpDetectMissing`. There, the grid is that of the request, and what is greater than the range counts nowhere, so that a
/// patch can be missing that has values.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::MissingPatches;
///
/// let slice = Array::from_vec("yx", &[2, 4], vec![0_u8, 0, 9, 9, 0, 0, 9, 9])?;
/// let missing = MissingPatches::new(2, 0).apply(&slice, &Checkpoint::never())?;
/// assert_eq!(missing, Array::from_vec("yx", &[2, 4], vec![1_u8, 1, 0, 0, 1, 1, 0, 0])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MissingPatches {
    patch: usize,
    halo: usize,
    bins: usize,
    range: Option<(f64, f64)>,
    detector: Detector,
}

/// Says of a histogram whether what it is of is missing.
///
/// There is no support vector machine as in lazyflow's `svm`: its training set of fifty black patches and fifty of noise learns
/// what [`Classic`](Self::Classic) says in a line, and its files are pickles, which are code. Whoever has a better
/// classifier brings it as a function.
#[derive(Clone, Default)]
pub enum Detector {
    /// Missing is what has nothing beyond the first bin: what is all black, or nearly.
    #[default]
    Classic,
    /// Missing is what the function says. It gets the share of the elements in each bin, divided by the width of a bin;
    /// all 0 if there are no elements but NaN.
    Custom(Arc<Judge>),
}

/// Whether a histogram, as the densities of its bins, is of missing data.
type Judge = dyn Fn(&[f64]) -> bool + Send + Sync;

impl Detector {
    /// A function of the densities of the bins.
    pub fn custom(is_missing: impl Fn(&[f64]) -> bool + Send + Sync + 'static) -> Self {
        Self::Custom(Arc::new(is_missing))
    }

    /// Whether both are the same: two functions are if one is a clone of the other.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Classic, Self::Classic) => true,
            (Self::Custom(own), Self::Custom(other)) => Arc::ptr_eq(own, other),
            _ => false,
        }
    }
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classic => "Classic",
            Self::Custom(_) => "Custom",
        })
    }
}

/// More bins tell no values of 16 bits apart, and each patch has its own histogram.
const MOST_BINS: usize = 1 << 16;

/// About how many elements there may be between looks at the checkpoint.
const RUN: usize = 1 << 14;

impl MissingPatches {
    /// Patches of `patch` elements along each side, judged with `halo` elements around them. lazyflow's are 128 and 30.
    pub fn new(patch: usize, halo: usize) -> Self {
        Self {
            patch,
            halo,
            bins: 30,
            range: None,
            detector: Detector::Classic,
        }
    }

    /// With so many bins, up to 65,536; 30, if not said otherwise.
    #[must_use]
    pub fn bins(self, bins: usize) -> Self {
        Self { bins, ..self }
    }

    /// With bins from `least` to `greatest`.
    #[must_use]
    pub fn range(self, least: f64, greatest: f64) -> Self {
        Self {
            range: Some((least, greatest)),
            ..self
        }
    }

    /// With another judge.
    #[must_use]
    pub fn detector(self, detector: Detector) -> Self {
        Self { detector, ..self }
    }

    /// Whether the options fit an image of that form.
    ///
    /// # Errors
    ///
    /// `Invalid` if patches have no element, there are fewer than two bins or too many, the range is empty or not finite, or the image
    /// has neither `y` nor `x`.
    pub fn check(&self, image: &Form) -> Result<(), Error> {
        if self.patch == 0 {
            return Err(Error::invalid("patches of 0 elements"));
        }
        if self.bins < 2 {
            return Err(Error::invalid(format!("{} bins; at least 2 are needed", self.bins)));
        }
        if self.bins > MOST_BINS {
            return Err(Error::invalid(format!("{} bins; at most {MOST_BINS}", self.bins)));
        }
        let (least, greatest) = self.limits(image.dtype);
        if !(least.is_finite() && greatest.is_finite() && least < greatest) {
            return Err(Error::invalid(format!("a range of values from {least} to {greatest}")));
        }
        match plane(image.axes).next() {
            Some(_) => Ok(()),
            None => Err(Error::invalid(format!(
                "an image `{}` has neither `y` nor `x`",
                image.axes
            ))),
        }
    }

    /// The part of the image that `roi` of the result depends on.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check); `Invalid` if `roi` is not within the image.
    pub fn needed(&self, image: &Form, roi: &Roi) -> Result<Roi, Error> {
        self.check(image)?;
        within(image, roi)?;
        self.mapped(image, roi, |patches| {
            let (first, last) = (patches.iter().next()?, patches.iter().next_back()?);
            let start = patches.iter().map(|patch| patch.start).min().unwrap_or(first.start);
            Some(start.saturating_sub(self.halo)..last.end.saturating_add(self.halo))
        })
    }

    /// The part of the result that depends on `roi` of the image.
    ///
    /// # Errors
    ///
    /// As [`needed`](Self::needed).
    pub fn affected(&self, image: &Form, roi: &Roi) -> Result<Roi, Error> {
        self.check(image)?;
        within(image, roi)?;
        let mut affected = *roi;
        for axis in plane(image.axes).filter(|_| !roi.is_empty()) {
            let (length, range) = (image.shape[axis], roi.range(axis));
            let touched = patches(length, self.patch).filter(|patch| {
                patch.start.saturating_sub(self.halo) < range.end && patch.end.saturating_add(self.halo) > range.start
            });
            let around = touched.reduce(|all, patch| all.start.min(patch.start)..all.end.max(patch.end));
            affected = affected.with_axis(axis, around.unwrap_or(range))?;
        }
        Ok(affected)
    }

    /// The result for all of `image`.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check); the checkpoint's own error if it stops the kernel.
    pub fn apply(&self, image: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let form = Form::of(image)?;
        let whole = Roi::full(form.shape);
        self.apply_region(&form, image, &whole, &whole, checkpoint)
    }

    /// The part `roi` of the result for an image of the form `image`, of which `part` is what lies at `at`, at least what is
    /// [`needed`](Self::needed).
    ///
    /// # Errors
    ///
    /// As [`needed`](Self::needed); `Invalid` if `part` is not at `at` or too small; the checkpoint's own error if it stops the
    /// kernel.
    pub fn apply_region(
        &self,
        image: &Form,
        part: &Array,
        at: &Roi,
        roi: &Roi,
        checkpoint: &Checkpoint,
    ) -> Result<Array, Error> {
        let mut out = zero_array(image.axes, roi.shape().as_slice(), DType::U8, checkpoint)?;
        self.write_region(image, part, at, roi, &mut out, checkpoint)?;
        Ok(out)
    }

    /// The same into `out`, an array of `u8` of the shape of `roi` that holds anything. After an error it holds some mixture.
    ///
    /// # Errors
    ///
    /// As [`apply_region`](Self::apply_region); `Invalid` if `out` has another form.
    pub fn write_region(
        &self,
        image: &Form,
        part: &Array,
        at: &Roi,
        roi: &Roi,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let needed = self.needed(image, roi)?;
        if part.axes() != image.axes || at.shape() != *part.shape() || !at.contains(&needed) {
            let message = format!("{part:?} at {at} is not the part {needed} of an image `{}`", image.axes);
            return Err(Error::invalid(message));
        }
        let part = part.slice(&needed.relative_to(at)?)?;
        if out.axes() != image.axes || roi.shape() != *out.shape() {
            return Err(Error::invalid(format!(
                "{out:?} cannot take {roi} of an image `{}`",
                image.axes
            )));
        }
        let mut missing = out.view_mut::<u8>()?;
        fill(missing.view_mut(), 0, checkpoint)?;
        let work = Work {
            kernel: self,
            limits: self.limits(part.dtype()),
            patches: self.in_plane(image, roi),
            roi: *roi,
            needed,
            checkpoint,
        };
        match_dtype!(part.dtype(), T => work.run(part.view::<T>()?, missing, image.axes))
    }

    /// From where to where the bins go.
    fn limits(&self, dtype: DType) -> (f64, f64) {
        self.range.unwrap_or(match dtype {
            DType::U16 => (0.0, 65_535.0),
            _ => (0.0, 255.0),
        })
    }

    /// The patches along each axis that a region of the result touches.
    fn in_plane(&self, image: &Form, roi: &Roi) -> Vec<(usize, Vec<Range<usize>>)> {
        let axes = plane(image.axes);
        axes.map(|axis| (axis, touching(image.shape[axis], self.patch, &roi.range(axis))))
            .collect()
    }

    /// A region with its axes in the plane mapped, within the image.
    fn mapped(
        &self,
        image: &Form,
        roi: &Roi,
        f: impl Fn(&[Range<usize>]) -> Option<Range<usize>>,
    ) -> Result<Roi, Error> {
        let mut mapped = *roi;
        for (axis, patches) in self.in_plane(image, roi) {
            if let Some(range) = f(&patches) {
                mapped = mapped.with_axis(axis, range.start..range.end.min(image.shape[axis]))?;
            }
        }
        Ok(mapped)
    }
}

/// Refuses a region that is not one of the image.
fn within(image: &Form, roi: &Roi) -> Result<(), Error> {
    match Roi::full(image.shape).contains(roi) {
        true => Ok(()),
        false => Err(Error::invalid(format!(
            "{roi} is not within an image of {}",
            image.shape
        ))),
    }
}

/// The axes of a slice.
fn plane(axes: Axes) -> impl Iterator<Item = usize> {
    ['y', 'x'].into_iter().filter_map(move |letter| axes.position(letter))
}

/// The patches along an axis, in order of their starts.
fn patches(length: usize, patch: usize) -> impl Iterator<Item = Range<usize>> {
    (0..length.div_ceil(patch)).map(move |nth| one(length, patch, nth))
}

/// The `nth` patch along an axis.
fn one(length: usize, patch: usize, nth: usize) -> Range<usize> {
    let start = (nth * patch).min(length.saturating_sub(patch));
    start..length.min(start + patch)
}

/// The patches that touch a range: those that start there by their number, and the last, which can reach back.
fn touching(length: usize, patch: usize, range: &Range<usize>) -> Vec<Range<usize>> {
    if range.is_empty() {
        return Vec::new();
    }
    let (first, last) = (range.start / patch, (range.end - 1) / patch);
    let end = length.div_ceil(patch) - 1;
    let mut touched: Vec<_> = (first..=last).map(|nth| one(length, patch, nth)).collect();
    let back = one(length, patch, end);
    if last < end && back.start < range.end {
        touched.push(back);
    }
    touched
}

/// One application.
struct Work<'a> {
    kernel: &'a MissingPatches,
    limits: (f64, f64),
    /// For each axis of the plane, the patches along it, in coordinates of the image.
    patches: Vec<(usize, Vec<Range<usize>>)>,
    roi: Roi,
    needed: Roi,
    checkpoint: &'a Checkpoint,
}

impl Work<'_> {
    /// Slice by slice, side by side.
    fn run<T: Element>(
        &self,
        part: ArrayViewD<'_, T>,
        missing: ArrayViewMutD<'_, u8>,
        axes: Axes,
    ) -> Result<(), Error> {
        self.checkpoint.check()?;
        if missing.is_empty() {
            return Ok(());
        }
        let across = (0..part.ndim()).find(|axis| plane(axes).all(|own| own != *axis) && part.shape()[*axis] > 1);
        let Some(axis) = across.map(Axis) else {
            return self.slice(part, missing);
        };
        let middle = part.len_of(axis) / 2;
        let (left, right) = part.split_at(axis, middle);
        let (left_out, right_out) = missing.split_at(axis, middle);
        join(|| self.run(left, left_out, axes), || self.run(right, right_out, axes))
    }

    /// One slice.
    fn slice<T: Element>(&self, part: ArrayViewD<'_, T>, mut missing: ArrayViewMutD<'_, u8>) -> Result<(), Error> {
        let none = (usize::MAX, std::iter::once(0..0).collect());
        let (first, second) = (
            self.patches.first().unwrap_or(&none),
            self.patches.get(1).unwrap_or(&none),
        );
        for y in &first.1 {
            for x in &second.1 {
                let sides = [(first.0, y), (second.0, x)];
                let mut around = part.view();
                let mut inside = missing.view_mut();
                for (axis, side) in sides.into_iter().filter(|(axis, _)| *axis != usize::MAX) {
                    let start = side.start.saturating_sub(self.kernel.halo);
                    let end = side.end.saturating_add(self.kernel.halo).min(self.needed.stop()[axis]);
                    let origin = self.needed.start()[axis];
                    around.slice_axis_inplace(Axis(axis), Slice::from(start - origin..end - origin));
                    let (origin, stop) = (self.roi.start()[axis], self.roi.stop()[axis]);
                    let own = side.start.max(origin) - origin..side.end.min(stop) - origin;
                    inside.slice_axis_inplace(Axis(axis), Slice::from(own));
                }
                if self.is_missing(around)? {
                    fill(inside, 1, self.checkpoint)?;
                }
            }
        }
        Ok(())
    }

    fn is_missing<T: Element>(&self, around: ArrayViewD<'_, T>) -> Result<bool, Error> {
        match &self.kernel.detector {
            Detector::Classic => Ok(!self.has_content(around)?),
            Detector::Custom(is_missing) => Ok(is_missing(&self.histogram(around)?)),
        }
    }

    /// Whether anything lies beyond the first bin; looks no further than the first that does.
    fn has_content<T: Element>(&self, around: ArrayViewD<'_, T>) -> Result<bool, Error> {
        let (least, greatest) = self.limits;
        let second = least + (greatest - least) / self.kernel.bins as f64;
        let mut found = false;
        self.runs(around, |run| {
            // Without a branch for each element.
            found = run
                .iter()
                .fold(found, |found, value| found | (value.cast::<f64>() >= second));
            !found
        })?;
        Ok(found)
    }

    fn histogram<T: Element>(&self, around: ArrayViewD<'_, T>) -> Result<Vec<f64>, Error> {
        let (least, greatest) = self.limits;
        let bins = self.kernel.bins;
        let (width, mut counts) = ((greatest - least) / bins as f64, vec![0_u64; bins]);
        self.runs(around, |run| {
            for value in run
                .iter()
                .map(|value| value.cast::<f64>())
                .filter(|value| !value.is_nan())
            {
                // Below the first, the cast gives 0.
                counts[(((value - least) / width) as usize).min(bins - 1)] += 1;
            }
            true
        })?;
        let all = counts.iter().sum::<u64>().max(1) as f64;
        Ok(counts.into_iter().map(|count| count as f64 / (all * width)).collect())
    }

    /// Calls `f` with all elements, in short runs, as long as it says so.
    fn runs<T: Element>(
        &self,
        around: ArrayViewD<'_, T>,
        mut f: impl FnMut(&ndarray::ArrayView1<'_, T>) -> bool,
    ) -> Result<(), Error> {
        let mut unchecked = RUN;
        for row in around.rows() {
            for run in row.axis_chunks_iter(Axis(0), RUN) {
                if unchecked >= RUN {
                    self.checkpoint.check()?;
                    unchecked = 0;
                }
                unchecked += run.len();
                if !f(&run) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_cover_an_axis_and_the_last_ends_at_the_border() {
        assert_eq!(patches(5, 2).collect::<Vec<_>>(), [0..2, 2..4, 3..5]);
        assert_eq!(patches(4, 2).collect::<Vec<_>>(), [0..2, 2..4]);
        assert!(patches(3, 7).eq(std::iter::once(0..3)));
        assert_eq!(touching(5, 2, &(3..4)), [2..4, 3..5]);
        assert_eq!(touching(5, 2, &(1..3)), [0..2, 2..4]);
    }
}
