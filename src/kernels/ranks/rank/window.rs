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
        // Each axis counts for more in the order than those before it. The list may be long: it is not sorted afterwards.
        let sliding = sliding(&halo);
        let others = (0..halo.len()).rev().filter(|&axis| Some(axis) != sliding);
        for axis in others.chain(sliding) {
            let before = offsets.len();
            for at in 1..=2 * halo[axis] {
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
        sliding(&self.halo)
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
        // Rows of boxes and balls have no gaps, and those with a lesser place along the axis come first.
        let mut rows: Vec<Option<[usize; 2]>> = vec![None; self.rows(axis)];
        for (nth, offset) in self.offsets.iter().enumerate() {
            let row = self
                .halo
                .iter()
                .zip(offset)
                .enumerate()
                .filter(|(other, _)| *other != axis);
            let row = row.fold(0, |row, (_, (radius, at))| row * (2 * radius + 1) + at);
            rows[row].get_or_insert([nth; 2])[1] = nth;
        }
        let ends = rows.into_iter().flatten();
        let (first, last) = ends
            .map(|ends| ends.map(|nth| self.offsets[nth].clone()).into())
            .unzip();
        [first, last]
    }

    /// How many rows along `axis` there are in the box around it.
    fn rows(&self, axis: usize) -> usize {
        let others = self.halo.iter().enumerate().filter(|(other, _)| *other != axis);
        others.map(|(_, radius)| 2 * radius + 1).product()
    }

    /// The bytes that it takes, with its ends, if it has so many rows.
    pub(super) fn bytes(&self, rows: usize) -> usize {
        let each = size_of::<PerAxis>();
        (self.offsets.capacity() + 2 * rows) * each + (self.offsets.len() + 2 * rows) * size_of::<usize>()
    }
}

/// The innermost axis along which a window that reaches `halo` is longer than one element.
fn sliding(halo: &[usize]) -> Option<usize> {
    halo.iter().rposition(|&radius| radius > 0)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn windows() -> impl Iterator<Item = Window> {
        let halos = [
            &[][..],
            &[0],
            &[3],
            &[2, 0],
            &[1, 2],
            &[2, 1, 3],
            &[3, 2, 0],
            &[0, 4, 2],
        ];
        halos.into_iter().flat_map(|halo| {
            let radius = || halo.to_vec().into();
            [Footprint::Box(radius()), Footprint::Ball(radius())]
                .map(|footprint| Window::new(&footprint, PerAxis::from_slice(halo)))
        })
    }

    #[test]
    fn elements_come_in_the_order_of_the_sliding_axis() {
        for window in windows() {
            let axis = window.sliding();
            assert!(
                window
                    .offsets
                    .is_sorted_by_key(|offset| (axis.map(|axis| offset[axis]), offset.clone()))
            );
        }
    }

    #[test]
    fn ends_are_the_first_and_the_last_of_each_row() {
        for window in windows() {
            let Some(axis) = window.sliding() else { continue };
            let is_in = |offset: &PerAxis, by: isize| {
                let mut offset = offset.clone();
                let Some(at) = offset[axis].checked_add_signed(by) else {
                    return false;
                };
                offset[axis] = at;
                window.offsets.contains(&offset)
            };
            let expected = [-1, 1].map(|by| {
                let mut ends: Vec<_> = window
                    .offsets
                    .iter()
                    .filter(|offset| !is_in(offset, by))
                    .cloned()
                    .collect();
                ends.sort_by_key(|end| (end[..axis].to_vec(), end[axis + 1..].to_vec()));
                ends
            });
            assert_eq!(window.ends(), expected, "{window:?}");
        }
    }
}
