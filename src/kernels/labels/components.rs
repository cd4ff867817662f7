//! Connected components of equal values.
//!
//! vigra: `labelMultiArrayWithBackground`; lazyflow: `OpLabelVolume`; scipy: `ndimage.label` (of a mask); skimage:
//! `measure.label`; cc3d: `connected_components`.

use ndarray::{ArrayViewD, Axis};

use super::Connectivity;
use super::ground::Ground;
use super::slabs::{self, for_each};
use super::volume::Volume;
use crate::array::{Array, Axes, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::zeros;

/// Labels the components of `array` that are not 0: neighbours by a face with the same value are one.
///
/// The short form of [`ConnectedComponents::apply`], which says more.
///
/// # Errors
///
/// As [`ConnectedComponents::apply`].
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::connected_components;
///
/// let image = Array::from_vec("yx", &[2, 5], vec![1u8, 1, 0, 7, 8, 0, 0, 1, 7, 0])?;
/// let found = connected_components(&image, &Checkpoint::never())?;
/// assert_eq!(found.counts, [4]);
/// assert_eq!(found.labels, Array::from_vec("yx", &[2, 5], vec![1u32, 1, 0, 2, 3, 0, 0, 4, 2, 0])?);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn connected_components(array: &Array, checkpoint: &Checkpoint) -> Result<Components, Error> {
    ConnectedComponents::new().apply(array, checkpoint)
}

/// Connected components: the options, and the ways to find them.
///
/// Elements of one value, other than the background, that are [neighbours](Connectivity) along the axes of space (`z`, `y`,
/// `x`) belong to one component. Each volume, one for each place along the other axes, is labelled for itself.
///
/// Labels are `u32`: 0 for the background, else from 1 on in scan order of the first element of each component, in the order
/// of the array's axes. They do not depend on threads or on how the elements lie in memory.
///
/// Values are compared by `==`: `0.0` and `-0.0` are the same, and NaN is not the same as any, so that each NaN is a
/// component of its own; unless the background is NaN, which all NaN then are.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{ConnectedComponents, Connectivity};
///
/// let image = Array::from_vec("yx", &[2, 2], vec![5u8, 9, 9, 5])?;
/// let labelling = ConnectedComponents::new().background(9.0).connectivity(Connectivity::Full);
/// let found = labelling.apply(&image, &Checkpoint::never())?;
/// assert_eq!(found.labels, Array::from_vec("yx", &[2, 2], vec![1u32, 0, 0, 1])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConnectedComponents {
    pub(super) background: Option<f64>,
    pub(super) connectivity: Connectivity,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Components {
    /// The label of each element, `u32`; axes and shape are those of the input. The elements of a volume lie together.
    pub labels: Array,
    /// How many components each volume has, in the order of the axes that are not of space; one if there are none.
    pub counts: Vec<u32>,
}

impl Default for ConnectedComponents {
    fn default() -> Self {
        Self::new()
    }
}

impl ConnectedComponents {
    /// With 0 as background, and neighbours by faces.
    pub const fn new() -> Self {
        Self {
            background: Some(0.0),
            connectivity: Connectivity::Faces,
        }
    }

    /// Gives elements of this value no label. Of `f32`, the nearest value counts.
    #[must_use]
    pub const fn background(self, value: f64) -> Self {
        Self {
            background: Some(value),
            ..self
        }
    }

    /// Gives all elements a label.
    #[must_use]
    pub const fn without_background(self) -> Self {
        Self {
            background: None,
            ..self
        }
    }

    /// Says which elements are neighbours.
    #[must_use]
    pub const fn connectivity(self, connectivity: Connectivity) -> Self {
        Self { connectivity, ..self }
    }

    /// Labels `array`, and counts.
    ///
    /// Beside the labels it allocates 20 bytes for every 64 elements of a row, begun ones included, 4 for each run and 4 for
    /// each component; and a copy of each volume whose rows, those along the last axis of space longer than 1, have gaps.
    ///
    /// # Errors
    ///
    /// `Invalid` if there is no axis of space, or if the background is not a value that the elements can have. An error too
    /// if there are more components, or pieces on the way to them, than a `u32` can count. The checkpoint's own error if it
    /// stops the kernel.
    pub fn apply(&self, array: &Array, checkpoint: &Checkpoint) -> Result<Components, Error> {
        let (order, outer) = volumes_first(array.axes())?;
        let ordered = array.to_axes(order)?;
        let label = |out: &mut [u32]| self.label(&ordered, outer, out, checkpoint);
        let (labels, counts) = written(order, ordered.shape(), checkpoint, label)?;
        let labels = labels.to_axes(array.axes())?;
        Ok(Components { labels, counts })
    }

    /// Writes the labels of `array` over `out`, and counts: of each volume all elements in order, one volume after the other.
    ///
    /// `out` is what [`apply`](Self::apply) allocates, which is most of what it allocates. After an error `out` holds some
    /// mixture.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply); and `Invalid` if `out` has another length than `array`.
    pub fn apply_into(&self, array: &Array, out: &mut [u32], checkpoint: &Checkpoint) -> Result<Vec<u32>, Error> {
        if out.len() != array.len() {
            let message = format!("cannot write the labels of {array:?} over {} elements", out.len());
            return Err(Error::invalid(message));
        }
        let (order, outer) = volumes_first(array.axes())?;
        self.label(&array.to_axes(order)?, outer, out, checkpoint)
    }

    /// Labels the volumes of `array`, whose first `outer` axes are not of space.
    fn label(&self, array: &Array, outer: usize, out: &mut [u32], checkpoint: &Checkpoint) -> Result<Vec<u32>, Error> {
        let (others, own) = array.shape().split_at(outer);
        let mut counts = vec![0; others.iter().product()];
        let each = own.iter().product::<usize>().max(1);
        match_dtype!(array.dtype(), T => {
            let ground = Ground::<T>::new(self.background)?;
            let view = array.view::<T>()?;
            let mut parts: Vec<_> = out.chunks_exact_mut(each).zip(&mut counts).collect();
            for_each(&mut parts, 0, &|nth, (out, count)| {
                let volume = Volume::new(volume_at(view.view(), outer, nth), checkpoint)?;
                **count = slabs::label(&volume, ground, self.connectivity, out, checkpoint)?;
                Ok(())
            })?;
        });
        Ok(counts)
    }
}

/// A new array that `write` writes to, and what that returns.
fn written<R>(
    axes: Axes,
    shape: &[usize],
    checkpoint: &Checkpoint,
    write: impl FnOnce(&mut [u32]) -> Result<R, Error>,
) -> Result<(Array, R), Error> {
    let mut labels = zeros::<u32>(shape, checkpoint)?;
    let result = write(labels.as_slice_mut().expect("invariant: it was just made"))?;
    Ok((Array::from_ndarray(axes, labels)?, result))
}

/// `axes` with those of space last, and how many others there are.
pub(super) fn volumes_first(axes: Axes) -> Result<(Axes, usize), Error> {
    let (space, others): (String, String) = axes.iter().partition(|letter| matches!(letter, 'z' | 'y' | 'x'));
    if space.is_empty() {
        return Err(Error::invalid(format!(
            "the axes {axes} have none of space (z, y, x) along which components could be connected"
        )));
    }
    Ok(((others.clone() + &space).parse()?, others.len()))
}

/// The volume that is the `nth` in the order of the first `outer` axes.
pub(super) fn volume_at<T: Element>(mut view: ArrayViewD<'_, T>, outer: usize, nth: usize) -> ArrayViewD<'_, T> {
    let mut left = nth;
    for axis in (0..outer).rev() {
        let length = view.len_of(Axis(axis));
        view = view.index_axis_move(Axis(axis), left % length);
        left /= length;
    }
    view
}
