//! Arrays as volumes: the axes of space of each time step and each channel by themselves.

use ndarray::{ArrayView3, ArrayViewD, Axis};

use crate::array::{Array, Axes, Element};
use crate::error::Error;

/// How an array falls into volumes: one for each place along the axes that are not of space.
///
/// The axes of space keep their order; there are at most three, and missing ones have length 1 and come first.
#[derive(Clone, Debug)]
pub(super) struct Volumes {
    axes: Axes,
    /// The axes of the array, those of space last.
    order: Vec<usize>,
    /// The length of each in that order.
    shape: Vec<usize>,
    /// How many of them are not of space.
    others: usize,
}

impl Volumes {
    /// Those of an array with `axes` of the lengths `shape`.
    pub(super) fn of(axes: Axes, shape: &[usize]) -> Self {
        let spatial: Vec<_> = axes.spatial().collect();
        let mut order: Vec<_> = (0..axes.len()).filter(|axis| !spatial.contains(axis)).collect();
        let others = order.len();
        order.extend(spatial);
        Self {
            axes,
            shape: order.iter().map(|&axis| shape[axis]).collect(),
            order,
            others,
        }
    }

    /// The axes of space, by their position in the array.
    pub(super) fn spatial(&self) -> &[usize] {
        &self.order[self.others..]
    }

    /// The shape of each volume.
    pub(super) fn space(&self) -> [usize; 3] {
        self.three(1, |axis| self.shape[self.others + axis])
    }

    /// For each axis of a volume `value` of the axis of space that it is, or `missing`.
    pub(super) fn three<V: Copy>(&self, missing: V, value: impl Fn(usize) -> V) -> [V; 3] {
        let absent = 3 - self.spatial().len();
        std::array::from_fn(|axis| axis.checked_sub(absent).map_or(missing, &value))
    }

    /// Whether volumes lie one after the other in an array without gaps: axes of space come last.
    pub(super) fn is_in_order(&self) -> bool {
        let longer = self.order.iter().zip(&self.shape).filter(|(_, length)| **length != 1);
        longer.map(|(axis, _)| axis).is_sorted()
    }

    /// The number of elements of a volume.
    pub(super) fn volume(&self) -> usize {
        self.space().iter().product()
    }

    /// Volume `nth` of `view`; the last of the other axes runs fastest.
    pub(super) fn view<'a, T>(&self, view: ArrayViewD<'a, T>, nth: usize) -> ArrayView3<'a, T> {
        let (mut part, mut left) = (view.permuted_axes(&self.order[..]), nth);
        for axis in (0..self.others).rev() {
            part = part.index_axis_move(Axis(axis), left % self.shape[axis]);
            left /= self.shape[axis];
        }
        while part.ndim() < 3 {
            part = part.insert_axis(Axis(0));
        }
        part.into_dimensionality()
            .expect("invariant: there are at most three axes of space")
    }

    /// The array whose volumes lie one after the other in `data`: with gaps between its elements unless they are
    /// [in order](Self::is_in_order).
    pub(super) fn array<T: Element>(&self, data: Vec<T>) -> Result<Array, Error> {
        let letter = |&axis: &usize| self.axes.letter(axis);
        let letters: String = self.order.iter().filter_map(letter).collect();
        Array::from_vec(letters.as_str(), &self.shape, data)?.to_axes(self.axes)
    }
}
