//! Labels made consecutive, and labels of some sizes.

use super::census::{Census, must_be_labels};
use super::components::volumes_first;
use super::label_map::LabelMap;
use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::zero_array;
use crate::roi::Roi;

/// Numbers the labels of each volume consecutively from `start` on, in the order in which they come; 0 stays.
///
/// vigra: `relabelConsecutive`; skimage: `relabel_sequential`; lazyflow: `OpRelabelConsecutive`. Also returns the map from
/// old labels to new ones of each volume, one for each place along the axes that are not of space.
///
/// # Errors
///
/// `Invalid` if the elements are not unsigned integers, if `start` is 0, if there is no axis of space, or if the new labels do
/// not fit the type. The checkpoint's own error if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::relabel_consecutive;
///
/// let labels = Array::from_vec("x", &[5], vec![70u16, 0, 3, 70, 9])?;
/// let (relabelled, maps) = relabel_consecutive(&labels, 1, &Checkpoint::never())?;
/// assert_eq!(relabelled, Array::from_vec("x", &[5], vec![1u16, 0, 2, 1, 3])?);
/// assert_eq!(maps[0].get(9), 3);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn relabel_consecutive(
    labels: &Array,
    start: u64,
    checkpoint: &Checkpoint,
) -> Result<(Array, Vec<LabelMap>), Error> {
    must_start(start)?;
    mapped(labels, checkpoint, |census| census.try_consecutive(start, checkpoint))
}

/// Refuses 0, which is nobody's label, as the first one.
pub(crate) fn must_start(start: u64) -> Result<(), Error> {
    match start {
        0 => Err(Error::invalid("the first label is 0, which is the background")),
        _ => Ok(()),
    }
}

/// Makes 0 of the labels of each volume that fewer than `min` or more than `max` of its elements have.
///
/// lazyflow: `OpFilterLabels`; skimage: `remove_small_objects`. If `binary`, the others become 1.
///
/// # Errors
///
/// `Invalid` if the elements are not unsigned integers or if there is no axis of space. The checkpoint's own error if it stops
/// the kernel.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::filter_by_size;
///
/// let labels = Array::from_vec("x", &[6], vec![5u8, 5, 0, 1, 2, 2])?;
/// let filtered = filter_by_size(&labels, 2, None, false, &Checkpoint::never())?;
/// assert_eq!(filtered, Array::from_vec("x", &[6], vec![5u8, 5, 0, 0, 2, 2])?);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn filter_by_size(
    labels: &Array,
    min: u64,
    max: Option<u64>,
    binary: bool,
    checkpoint: &Checkpoint,
) -> Result<Array, Error> {
    mapped(labels, checkpoint, |census| {
        census.try_of_size(min, max, binary, checkpoint)
    })
    .map(|(filtered, _)| filtered)
}

/// `labels` with those of each volume mapped by what `map` makes of its census.
fn mapped(
    labels: &Array,
    checkpoint: &Checkpoint,
    map: impl Fn(&Census) -> Result<LabelMap, Error>,
) -> Result<(Array, Vec<LabelMap>), Error> {
    must_be_labels(labels.dtype())?;
    let (order, outer) = volumes_first(labels.axes())?;
    let ordered = labels.to_axes(order)?;
    let shape = ordered.shape().to_vec();
    let (others, own) = shape.split_at(outer);
    let mut result = zero_array(order, &shape, labels.dtype(), checkpoint)?;
    let mut maps = Vec::new();
    for nth in 0..others.iter().product() {
        let roi = volume_roi(nth, others, own)?;
        let volume = ordered.slice(&roi)?;
        let mut census = Census::default();
        census.count(&volume, &vec![0; own.len()], own, checkpoint)?;
        let map = map(&census)?;
        map.apply_region(&ordered, &roi, &mut result, checkpoint)?;
        maps.push(map);
    }
    Ok((result.to_axes(labels.axes())?, maps))
}

/// The region of the `nth` volume in the order of the axes `others`, which come before those of space.
fn volume_roi(nth: usize, others: &[usize], own: &[usize]) -> Result<Roi, Error> {
    let (mut left, mut start) = (nth, vec![0; others.len() + own.len()]);
    let mut stop = vec![1; others.len()];
    for axis in (0..others.len()).rev() {
        start[axis] = left % others[axis];
        stop[axis] = start[axis] + 1;
        left /= others[axis];
    }
    stop.extend_from_slice(own);
    Ok(Roi::new(start, stop)?)
}
