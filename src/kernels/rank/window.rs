//! A footprint as a list of offsets, in the order in which axes lie in a block.

use crate::kernels::footprint::{Footprint, PerAxis};

/// The elements that a filter looks at, counted from the first along each axis.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The position of each element, those with a lesser one along the [sliding](Self::sliding) axis first.
    pub(super) offsets: Vec<PerAxis>,
    /// How far the window reaches from its centre along each axis.
    pub(super) halo: PerAxis,
    pub(super) is_box: bool,
}

impl Window {
    /// The window of `footprint` where it reaches `halo` along each axis.
    pub(super) fn new(footprint: &Footprint, halo: PerAxis) -> Self {
        let mut offsets = vec![halo.iter().map(|_| 0).collect::<PerAxis>()];
        for (axis, radius) in halo.iter().enumerate() {
            let along = |offset: PerAxis| (0..=2 * radius).map(move |at| with(&offset, axis, at));
            offsets = offsets.into_iter().flat_map(along).collect();
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
            window.offsets.sort_by_key(|offset| offset[axis]);
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

    /// How far each element is behind the first in a block with `strides`.
    pub(super) fn flat(&self, strides: &[usize]) -> Vec<usize> {
        let flat = |offset: &PerAxis| offset.iter().zip(strides).map(|(at, stride)| at * stride).sum();
        self.offsets.iter().map(flat).collect()
    }

    /// The elements that a step along the sliding axis leaves behind, and those that it brings in, of each row the first and
    /// the last.
    pub(super) fn ends(&self) -> [Vec<PerAxis>; 2] {
        let Some(axis) = self.sliding() else {
            return [self.offsets.clone(), self.offsets.clone()];
        };
        // Row by row; rows of boxes and balls have no gaps.
        let mut rows: Vec<_> = self
            .offsets
            .iter()
            .map(|offset| (with(offset, axis, 0), offset))
            .collect();
        rows.sort();
        let of_row = |row: &[(PerAxis, &PerAxis)]| [row[0].1.clone(), row[row.len() - 1].1.clone()];
        let ends = rows.chunk_by(|(row, _), (next, _)| row == next).map(of_row);
        let (first, last) = ends.map(|[first, last]| (first, last)).unzip();
        [first, last]
    }
}

fn with(offset: &PerAxis, axis: usize, at: usize) -> PerAxis {
    let mut offset = offset.clone();
    offset[axis] = at;
    offset
}

/// The distance between neighbours along each axis.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len())
        .map(|axis| shape[axis + 1..].iter().product())
        .collect()
}
