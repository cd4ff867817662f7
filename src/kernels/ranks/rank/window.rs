//! A footprint as a list of offsets, in the order in which axes lie in a block.

use crate::kernels::ranks::footprint::{Footprint, PerAxis};

/// The elements that a filter looks at, counted from the first along each axis.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The position of each element, those with a lesser one along the [sliding](Self::sliding) axis first.
    pub(super) offsets: Vec<PerAxis>,
    /// How far the window reaches from its centre along each axis.
    pub(super) halo: PerAxis,
    is_box: bool,
}

impl Window {
    /// The window of `footprint` where it reaches `halo` along each axis.
    pub(super) fn new(footprint: &Footprint, halo: PerAxis) -> Self {
        let mut offsets = Vec::with_capacity(halo.iter().map(|radius| 2 * radius + 1).product());
        offsets.push(halo.iter().map(|_| 0).collect::<PerAxis>());
        for (axis, radius) in halo.iter().enumerate() {
            let before = offsets.len();
            for at in 1..=2 * radius {
                offsets.extend_from_within(..before);
                let new = offsets.len() - before;
                offsets[new..].iter_mut().for_each(|offset| offset[axis] = at);
            }
        }
        let mut window = Self {
            offsets,
            is_box: matches!(footprint, Footprint::Box(_)),
            halo,
        };
        window.offsets.retain(|offset| {
            let from_centre = offset.iter().zip(&window.halo);
            let from_centre = from_centre.map(|(at, radius)| at.cast_signed() - radius.cast_signed());
            footprint.contains(&from_centre.collect::<Vec<_>>(), &window.halo)
        });
        if let Some(axis) = window.sliding() {
            // In place: the list may be long.
            window.offsets.sort_unstable_by(|a, b| (a[axis], a).cmp(&(b[axis], b)));
        }
        window
    }

    /// The number of elements, if they can be counted.
    pub(super) fn count(footprint: &Footprint, halo: &[usize], most: usize) -> Option<usize> {
        let volume = halo
            .iter()
            .try_fold(1usize, |product, radius| product.checked_mul(2 * radius + 1));
        match (footprint, volume) {
            (_, Some(volume)) if volume > most => None,
            (Footprint::Box(_), volume) => volume,
            (Footprint::Ball(_), _) => Some(Self::new(footprint, PerAxis::from_slice(halo)).offsets.len()),
        }
    }

    /// The innermost axis along which the window is longer than one element.
    pub(super) fn sliding(&self) -> Option<usize> {
        self.halo.iter().rposition(|&radius| radius > 0)
    }

    /// How many equal columns the window consists of, one behind the other along the sliding axis: 1 if it is no box, or has
    /// a single row.
    pub(super) fn columns(&self) -> usize {
        let columns = self.sliding().map_or(1, |axis| 2 * self.halo[axis] + 1);
        if self.is_box && columns < self.offsets.len() {
            columns
        } else {
            1
        }
    }

    /// The elements that a step along the sliding axis leaves behind, and those that it brings in, of each row the first and
    /// the last.
    pub(super) fn ends(&self) -> [Vec<PerAxis>; 2] {
        let Some(axis) = self.sliding() else {
            return [self.offsets.clone(), self.offsets.clone()];
        };
        // Row by row; rows of boxes and balls have no gaps.
        let place = |offset: &PerAxis, other: &PerAxis| {
            let of_row = |offset: &PerAxis| {
                (offset[..axis].iter().copied())
                    .chain(offset[axis + 1..].iter().copied())
                    .collect::<PerAxis>()
            };
            of_row(offset).cmp(&of_row(other))
        };
        let mut rows: Vec<&PerAxis> = self.offsets.iter().collect();
        // Stable: those of a row stay in the order of the sliding axis.
        rows.sort_by(|a, b| place(a, b));
        let ends = rows.chunk_by(|a, b| place(a, b).is_eq());
        let (first, last) = ends.map(|row| (row[0].clone(), row[row.len() - 1].clone())).unzip();
        [first, last]
    }

    /// The bytes that it takes, with its ends, if it has so many rows.
    pub(super) fn bytes(&self, rows: usize) -> usize {
        let each = size_of::<PerAxis>();
        (self.offsets.capacity() + 2 * rows) * each + (self.offsets.len() + 2 * rows) * size_of::<usize>()
    }
}

/// How far each element is behind the first in a block with `strides`.
pub(super) fn flat(offsets: &[PerAxis], strides: &[usize]) -> Vec<usize> {
    let flat = |offset: &PerAxis| offset.iter().zip(strides).map(|(at, stride)| at * stride).sum();
    offsets.iter().map(flat).collect()
}

/// The distance between neighbours along each axis.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len())
        .map(|axis| shape[axis + 1..].iter().product())
        .collect()
}
