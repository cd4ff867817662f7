//! Several pictures in one.

use ndarray::{Axis, Slice};

use crate::array::{Array, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pieces::pieces;
use crate::kernels::memory::{fill, zero_array};
use crate::kernels::region::part;
use crate::roi::{Roi, Shape};

/// Puts pictures side by side, row below row: a contact sheet of a video, a comparison of results.
///
/// # Examples
///
/// ```
/// use headwater::kernels::ContactSheet;
/// use headwater::{Array, Checkpoint};
///
/// let pictures: Vec<_> = (1..=5u8).map(|grey| Array::full("yx", &[8, 10], grey).unwrap()).collect();
/// let sheet = ContactSheet::new(3).gap(2).apply(&pictures, &Checkpoint::never())?;
/// assert_eq!(sheet.shape(), [8 + 2 + 8, 10 + 2 + 10 + 2 + 10]);
/// assert_eq!(sheet.view::<u8>()?[[10, 12]], 5);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ContactSheet {
    columns: usize,
    gap: usize,
    background: f64,
}

impl ContactSheet {
    /// So many pictures side by side, without gaps.
    pub fn new(columns: usize) -> Self {
        Self {
            columns,
            gap: 0,
            background: 0.0,
        }
    }

    /// Pixels between two pictures.
    #[must_use]
    pub fn gap(self, gap: usize) -> Self {
        Self { gap, ..self }
    }

    /// What is in the gaps, and where there is no picture. Default: 0.
    #[must_use]
    pub fn background(self, background: f64) -> Self {
        Self { background, ..self }
    }

    /// The pictures in one.
    ///
    /// # Errors
    ///
    /// `Invalid` if there are no pictures or no columns, if a picture has no axes `y` and `x`, another type, other axes or
    /// another shape than the first; the message names both. No memory; the checkpoint's own error if it stops the kernel.
    pub fn apply(&self, pictures: &[Array], checkpoint: &Checkpoint) -> Result<Array, Error> {
        let first = pictures
            .first()
            .ok_or_else(|| Error::invalid("a contact sheet of no pictures"))?;
        let [y, x] = self.check(first, pictures)?;
        let columns = self.columns.min(pictures.len());
        let rows = pictures.len().div_ceil(columns);
        let mut shape = first.shape().to_vec();
        let along = |count: usize, length: usize| {
            let gaps = (count - 1).checked_mul(self.gap)?;
            count.checked_mul(length)?.checked_add(gaps)
        };
        let too_large = || Error::invalid("a contact sheet of more pixels than there can be");
        (shape[y], shape[x]) = (
            along(rows, shape[y]).ok_or_else(too_large)?,
            along(columns, shape[x]).ok_or_else(too_large)?,
        );
        let mut sheet = zero_array(first.axes(), &shape, first.dtype(), checkpoint)?;
        match_dtype!(first.dtype(), T => fill(sheet.view_mut::<T>()?, self.background.cast::<T>(), checkpoint)?);
        for (nth, picture) in pictures.iter().enumerate() {
            let mut place = Roi::full(Shape::new(first.shape())?);
            for (axis, at) in [(y, nth / columns), (x, nth % columns)] {
                let start = at * (picture.shape()[axis] + self.gap);
                place = place.with_axis(axis, start..start + picture.shape()[axis])?;
            }
            match_dtype!(first.dtype(), T => {
                let mut view = sheet.view_mut::<T>()?;
                for (axis, range) in place.ranges().enumerate() {
                    view.slice_axis_inplace(Axis(axis), Slice::from(range));
                }
                let picture = picture.view::<T>()?;
                pieces(view, None, 1, checkpoint, &|place, mut out| {
                    out.assign(&part(picture.view(), place.ranges()));
                    Ok(())
                })?;
            });
        }
        Ok(sheet)
    }

    /// Where `y` and `x` are.
    fn check(&self, first: &Array, pictures: &[Array]) -> Result<[usize; 2], Error> {
        if self.columns == 0 {
            return Err(Error::invalid("a contact sheet of no columns"));
        }
        let (Some(y), Some(x)) = (first.axes().position('y'), first.axes().position('x')) else {
            return Err(Error::invalid(format!(
                "a picture of a contact sheet has axes `y` and `x`, {first:?} has not"
            )));
        };
        let form = |picture: &Array| (picture.axes(), picture.dtype(), picture.shape().to_vec());
        match pictures.iter().position(|picture| form(picture) != form(first)) {
            None => Ok([y, x]),
            Some(nth) => Err(Error::invalid(format!(
                "picture {nth} of a contact sheet is {:?}, the first {first:?}",
                pictures[nth]
            ))),
        }
    }
}
