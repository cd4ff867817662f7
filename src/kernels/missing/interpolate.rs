//! What to put in the place of missing data.

use ndarray::{ArrayBase, ArrayView2, ArrayViewD, ArrayViewMut2, ArrayViewMutD, Axis, Ix2, IxDyn, RawData};

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::{any_nonzero, assemble};
use crate::kernels::memory::{of_type, zero_array};
use crate::kernels::parallel::join;
use crate::roi::Roi;

/// How a gap is closed, at best: one that does not allow it is closed by the next simpler way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GapFilling {
    /// By the element before the gap, or if there is none the one behind it.
    Constant,
    /// By the line through the elements on both sides.
    Linear,
    /// By the cubic through two elements on each side, if the gap is of one element.
    #[default]
    Cubic,
}

/// Closes gaps along one axis, `z` if not said otherwise: what is missing is interpolated from what lies before and behind it.
///
/// Each line along the axis is on its own. A gap is a run of missing elements in it, of `n`, between good ones:
///
/// - *cubic*: if `n` is 1 and two elements on each side are there and good: −1/6, 2/3, 2/3 and −1/6 of the four, which is the
///   cubic through them;
/// - else *linear*: if there is an element on each side: `1 − i/(n+1)` of the one before and `i/(n+1)` of the one behind for
///   the `i`-th of the gap, counted from 1;
/// - else *constant*: the element before, or if there is none the one behind. In a line where all are missing, they stay.
///
/// Numbers are computed as `f64` and made elements as [`Element::cast`] does: within the limits of the type, rounded.
/// The elements of a constant are copied.
///
/// lazyflow: `OpInterpolate`. There, everything within the box around a connected part that is missing is overwritten, what is good as
/// well, and results are cut off instead of rounded. Where parts are boxes, as whole slices and patches are, the
/// results are the same up to that. Here they depend on no more than a line, so a block needs nothing beside it.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::FillMissing;
///
/// let stack = Array::from_vec("z", &[6], vec![1_u8, 2, 0, 0, 5, 6])?;
/// let missing = Array::from_vec("z", &[6], vec![0_u8, 0, 1, 1, 0, 0])?;
/// let whole = FillMissing::default().apply(&stack, &missing, &Checkpoint::never())?;
/// assert_eq!(whole, Array::from_vec("z", &[6], vec![1_u8, 2, 3, 4, 5, 6])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FillMissing {
    method: GapFilling,
    axis: char,
    depth: usize,
}

impl Default for FillMissing {
    fn default() -> Self {
        Self::new(GapFilling::default())
    }
}

/// Columns that are done together: their state stays in the nearest cache.
const COLUMNS: usize = 512;

/// About how many elements there may be between looks at the checkpoint.
const RUN: usize = 1 << 14;

impl FillMissing {
    /// Along `z`.
    pub fn new(method: GapFilling) -> Self {
        Self {
            method,
            axis: 'z',
            depth: usize::MAX,
        }
    }

    /// Lets each element depend on no more than `depth` elements before and behind it: what is good further away counts as
    /// not there. A part with so much around it is then that of the whole, however long gaps are. Without limit unless said.
    #[must_use]
    pub fn depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Along another axis.
    #[must_use]
    pub fn along(self, axis: char) -> Self {
        Self { axis, ..self }
    }

    /// How many elements on each side it looks at, beyond a gap.
    pub fn margin(&self) -> usize {
        match self.method {
            GapFilling::Constant | GapFilling::Linear => 1,
            GapFilling::Cubic => 2,
        }
    }

    /// `image` with what is `missing`, that is not 0 there, interpolated; itself, if nothing is.
    ///
    /// # Errors
    ///
    /// `Invalid` if `missing` has other axes or another shape, or they have no such axis; the checkpoint's own error if it stops
    /// the kernel.
    pub fn apply(&self, image: &Array, missing: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let whole = Roi::from_ranges(image.shape().iter().map(|length| 0..*length))?;
        self.apply_region(image, missing, &whole, checkpoint)
    }

    /// The part `roi` of that; a slice of `image`, if nothing is missing there.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply); `Invalid` if `roi` is not within `image`.
    pub fn apply_region(
        &self,
        image: &Array,
        missing: &Array,
        roi: &Roi,
        checkpoint: &Checkpoint,
    ) -> Result<Array, Error> {
        self.axis_of(image, missing)?;
        let whole = image.slice(roi)?;
        if !any_nonzero(&missing.slice(roi)?, checkpoint)? {
            return Ok(whole);
        }
        let mut out = zero_array(image.axes(), whole.shape(), image.dtype(), checkpoint)?;
        self.write_region(image, missing, roi, &mut out, checkpoint)?;
        Ok(out)
    }

    /// The part `roi` of that, written to `out`, which has the type of `image` and the shape of `roi` and holds anything.
    /// After an error it holds some mixture.
    ///
    /// # Errors
    ///
    /// As [`apply_region`](Self::apply_region); `Invalid` if `out` has another form.
    pub fn write_region(
        &self,
        image: &Array,
        missing: &Array,
        roi: &Roi,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let axis = self.axis_of(image, missing)?;
        if out.axes() != image.axes() {
            return Err(Error::invalid(format!("{out:?} cannot take {roi} of {image:?}")));
        }
        assemble(&[(Roi::full(roi.shape()), image.slice(roi)?)], out, checkpoint)?;
        // Of all other axes only what is asked for; of this one everything.
        let lines = roi.with_axis(axis, 0..image.shape()[axis])?;
        let (image, part) = (image.slice(&lines)?, missing.slice(&lines)?);
        let missing = of_type(&part, DType::Bool, checkpoint)?;
        let work = Work {
            method: self.method,
            depth: self.depth,
            first: roi.start()[axis],
            checkpoint,
        };
        match_dtype!(image.dtype(), T => {
            let mut out = out.view_mut::<T>()?;
            let (mut image, mut missing) = (image.view::<T>()?, missing.view::<bool>()?);
            let mut out = out.view_mut();
            // The axis first, and at least one behind it.
            for view_axis in (0..axis).rev() {
                image.swap_axes(view_axis, view_axis + 1);
                missing.swap_axes(view_axis, view_axis + 1);
                out.swap_axes(view_axis, view_axis + 1);
            }
            match image.ndim() {
                1 => work.split(image.insert_axis(Axis(1)), missing.insert_axis(Axis(1)), out.insert_axis(Axis(1)))?,
                _ => work.split(image, missing, out)?,
            }
        });
        Ok(())
    }

    /// The axis along which is interpolated, if both have it and fit.
    fn axis_of(&self, image: &Array, missing: &Array) -> Result<usize, Error> {
        if missing.axes() != image.axes() || missing.shape() != image.shape() {
            return Err(Error::invalid(format!(
                "what is missing, {missing:?}, does not fit {image:?}"
            )));
        }
        let axis = image.axes().position(self.axis);
        axis.ok_or_else(|| Error::invalid(format!("{image:?} has no axis `{}` to interpolate along", self.axis)))
    }
}

struct Work<'a> {
    method: GapFilling,
    depth: usize,
    /// Where along the axis the result begins.
    first: usize,
    checkpoint: &'a Checkpoint,
}

/// Lines side by side: along the axis, then from line to line.
struct Lines<'a, T> {
    image: ArrayView2<'a, T>,
    missing: ArrayView2<'a, bool>,
    out: ArrayViewMut2<'a, T>,
}

impl Work<'_> {
    /// Halves along all axes but the first and the last until one is left of each, then along the last until what is left are
    /// few columns.
    fn split<T: Element>(
        &self,
        image: ArrayViewD<'_, T>,
        missing: ArrayViewD<'_, bool>,
        out: ArrayViewMutD<'_, T>,
    ) -> Result<(), Error> {
        let last = image.ndim() - 1;
        if image.shape()[1..].contains(&0) || out.is_empty() {
            return Ok(());
        }
        let outer = (1..last).find(|axis| image.shape()[*axis] > 1);
        let axis = outer.or((image.shape()[last] > COLUMNS).then_some(last)).map(Axis);
        let Some(axis) = axis else {
            return self.lines(&mut Lines {
                image: plane(image),
                missing: plane(missing),
                out: plane(out),
            });
        };
        let middle = image.len_of(axis) / 2;
        let (image, missing) = (image.split_at(axis, middle), missing.split_at(axis, middle));
        let out = out.split_at(axis, middle);
        join(
            || self.split(image.0, missing.0, out.0),
            || self.split(image.1, missing.1, out.1),
        )
    }

    fn lines<T: Element>(&self, lines: &mut Lines<'_, T>) -> Result<(), Error> {
        let (length, columns) = lines.image.dim();
        let mut begun: Vec<Option<usize>> = vec![None; columns];
        let (mut open, mut unchecked) = (0, RUN);
        for at in 0..=length {
            if unchecked >= RUN {
                self.checkpoint.check()?;
                unchecked = 0;
            }
            unchecked += columns;
            // Behind the last, every gap ends.
            let missing = lines.missing;
            let row = (at < length).then(|| missing.row(at));
            if open == 0 && row.is_none_or(|row| !row.iter().any(|missing| *missing)) {
                continue;
            }
            for (column, begun) in begun.iter_mut().enumerate() {
                match (*begun, row.is_some_and(|row| row[column])) {
                    (None, true) => {
                        *begun = Some(at);
                        open += 1;
                    }
                    (Some(start), false) => {
                        *begun = None;
                        open -= 1;
                        lines.close(self, column, start, at, &mut unchecked)?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// The first axis and the last; those between have length 1.
fn plane<S: RawData>(mut view: ArrayBase<S, IxDyn>) -> ArrayBase<S, Ix2> {
    for axis in (1..view.ndim() - 1).rev() {
        view = view.index_axis_move(Axis(axis), 0);
    }
    view.into_dimensionality().expect("invariant: two axes are left")
}

impl<T: Element> Lines<'_, T> {
    /// Fills the gap from `start` to `stop` of a column, as far as it is asked for.
    fn close(
        &mut self,
        work: &Work<'_>,
        column: usize,
        start: usize,
        stop: usize,
        unchecked: &mut usize,
    ) -> Result<(), Error> {
        let length = self.image.nrows();
        let at = |place: usize| self.image[[place, column]];
        let wide = |place: usize| at(place).cast::<f64>();
        let good = |place: Option<usize>| place.is_some_and(|place| place < length && !self.missing[[place, column]]);
        let (before, behind) = (start.checked_sub(1), (stop < length).then_some(stop));
        let near = |good: &usize, place: usize| good.abs_diff(place) <= work.depth;
        let is_cubic = work.method == GapFilling::Cubic
            && (stop - start == 1 && work.depth >= 2)
            && (good(start.checked_sub(2)) && good(Some(stop + 1)));
        let end = work.first + self.out.nrows();
        for place in start.max(work.first)..stop.min(end) {
            if *unchecked >= RUN {
                work.checkpoint.check()?;
                *unchecked = 0;
            }
            *unchecked += 1;
            let (before, behind) = (
                before.filter(|good| near(good, place)),
                behind.filter(|good| near(good, place)),
            );
            let value = match (before, behind) {
                (Some(before), Some(behind)) if is_cubic => {
                    let (near, far) = (wide(before) + wide(behind), wide(before - 1) + wide(behind + 1));
                    ((4.0 * near - far) / 6.0).cast()
                }
                (Some(before), Some(behind)) if work.method != GapFilling::Constant => {
                    let part = (place - before) as f64 / (behind - before) as f64;
                    ((1.0 - part) * wide(before) + part * wide(behind)).cast()
                }
                (Some(good), _) | (None, Some(good)) => at(good),
                (None, None) => at(place),
            };
            self.out[[place - work.first, column]] = value;
        }
        Ok(())
    }
}
