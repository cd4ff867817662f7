//! Where an array is not zero.

use ndarray::{ArrayBase, Data, Dimension};

use crate::roi::{Roi, RoiError, Shape};

/// The smallest region around all elements that are not zero (not `Default::default()`), if there are any. lazyflow's name:
/// `nonzero_bounding_box`, which gives zeros if there are none.
///
/// # Errors
///
/// [`RoiError::TooManyAxes`].
///
/// # Examples
///
/// ```
/// use headwater::roi;
/// use headwater::roi::nonzero_bounding_box;
/// use ndarray::array;
///
/// assert_eq!(nonzero_bounding_box(&array![[0, 0], [0, 3]])?, Some(roi![1..2, 1..2]));
/// assert_eq!(nonzero_bounding_box(&array![[0, 0], [0, 0]])?, None);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn nonzero_bounding_box<S, D>(array: &ArrayBase<S, D>) -> Result<Option<Roi>, RoiError>
where
    S: Data<Elem: Default + PartialEq>,
    D: Dimension,
{
    let shape = Shape::new(array.shape())?;
    let zero = S::Elem::default();
    let mut found: Option<Roi> = None;
    // Row by row, so that the position costs one step for a row and none for an element.
    let mut at = [0; crate::roi::MAX_AXES];
    let rows = shape.rank().saturating_sub(1);
    let array = array.view().into_dyn();
    for row in array.rows() {
        let first = row.iter().position(|element| *element != zero);
        let last = row.iter().rposition(|element| *element != zero);
        if let (Some(first), Some(last)) = (first, last) {
            let here = Roi::from_fn(shape.rank(), |axis| match axis {
                axis if axis == rows => (first, last + 1),
                axis => (at[axis], at[axis] + 1),
            });
            found = Some(found.map_or(here, |found| found.hull(&here)));
        }
        for axis in (0..rows).rev() {
            at[axis] += 1;
            if at[axis] < shape[axis] {
                break;
            }
            at[axis] = 0;
        }
    }
    Ok(found)
}
