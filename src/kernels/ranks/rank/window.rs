//! A footprint as a list of offsets, in the order in which axes lie in a block.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::ranks::footprint::{Footprint, PerAxis};

/// Elements of a window between two looks at the checkpoint.
const PATIENCE: usize = 1 << 12;

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
    pub(super) fn new(footprint: &Footprint, halo: PerAxis, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let volume: usize = halo.iter().map(|radius| 2 * radius + 1).product();
        let mut offsets = Vec::with_capacity(Self::size(footprint, &halo).0);
        // The sliding axis counts for most in the order, then the others from the first on. The list may be long: it is not
        // sorted afterwards.
        let sliding = sliding(&halo);
        let others = (0..halo.len()).filter(|&axis| Some(axis) != sliding);
        let order: PerAxis = sliding.into_iter().chain(others).collect();
        let mut offset: PerAxis = halo.iter().map(|_| 0).collect();
        for nth in 0..volume {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            let from_centre = offset.iter().zip(&halo);
            if footprint.contains(from_centre.map(|(at, radius)| at.abs_diff(*radius)), &halo) {
                offsets.push(offset.clone());
            }
            for &axis in order.iter().rev() {
                if offset[axis] < 2 * halo[axis] {
                    offset[axis] += 1;
                    break;
                }
                offset[axis] = 0;
            }
        }
        Ok(Self {
            offsets,
            is_box: matches!(footprint, Footprint::Box(_)),
            halo,
        })
    }

    /// The number of elements, if they can be counted.
    pub(super) fn count(footprint: &Footprint, halo: &[usize], most: usize) -> Option<usize> {
        let volume = halo
            .iter()
            .try_fold(1usize, |product, radius| product.checked_mul(2 * radius + 1));
        match (footprint, volume) {
            (_, Some(volume)) if volume > most => None,
            (Footprint::Box(_), volume) => volume,
            (Footprint::Ball(_), _) => Some(elements(footprint, halo)),
        }
    }

    /// How many elements there are, and in how many rows along the sliding axis.
    pub(super) fn size(footprint: &Footprint, halo: &[usize]) -> (usize, usize) {
        let Some(axis) = sliding(halo) else { return (1, 1) };
        let mut across = PerAxis::from_slice(halo);
        across[axis] = 0;
        (elements(footprint, halo), elements(footprint, &across))
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
    pub(super) fn ends(&self, checkpoint: &Checkpoint) -> Result<[Vec<PerAxis>; 2], Error> {
        let Some(axis) = self.sliding() else {
            return Ok([self.offsets.clone(), self.offsets.clone()]);
        };
        // Rows of boxes and balls have no gaps, and those with a lesser place along the axis come first.
        let mut rows: Vec<Option<[usize; 2]>> = vec![None; self.rows(axis)];
        for (nth, offset) in self.offsets.iter().enumerate() {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            let row = self
                .halo
                .iter()
                .zip(offset)
                .enumerate()
                .filter(|(other, _)| *other != axis);
            let row = row.fold(0, |row, (_, (radius, at))| row * (2 * radius + 1) + at);
            rows[row].get_or_insert([nth; 2])[1] = nth;
        }
        let mut ends = [Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len())];
        for rows in rows.chunks(PATIENCE) {
            checkpoint.check()?;
            for (ends, side) in ends.iter_mut().zip([0, 1]) {
                let own = rows.iter().flatten().map(|row| row[side]);
                ends.extend(own.map(|nth| self.offsets[nth].clone()));
            }
        }
        Ok(ends)
    }

    /// How many rows along `axis` there are in the box around it.
    fn rows(&self, axis: usize) -> usize {
        let others = self.halo.iter().enumerate().filter(|(other, _)| *other != axis);
        others.map(|(_, radius)| 2 * radius + 1).product()
    }
}

/// How many elements a footprint has that reaches `halo`.
///
/// Lines along the longest axis are measured, for of these there are the fewest, and one of those that mirror each other: of the
/// largest footprint there are some thousands, which take less time than there may be between two looks at a checkpoint.
fn elements(footprint: &Footprint, halo: &[usize]) -> usize {
    let Some(along) = (0..halo.len()).max_by_key(|&axis| halo[axis]) else {
        return 1;
    };
    if matches!(footprint, Footprint::Box(_)) {
        return halo.iter().map(|radius| 2 * radius + 1).product();
    }
    let others: PerAxis = (0..halo.len()).filter(|&axis| axis != along).collect();
    let lines: usize = others.iter().map(|&axis| halo[axis] + 1).product();
    let mut away = PerAxis::from_slice(halo);
    let mut count = 0;
    for nth in 0..lines {
        let (mut rest, mut mirrored) = (nth, 1);
        for &axis in &others {
            away[axis] = rest % (halo[axis] + 1);
            rest /= halo[axis] + 1;
            mirrored *= if away[axis] > 0 { 2 } else { 1 };
        }
        // Those nearer to the centre belong to it if one does.
        let (mut fits, mut too_far) = (0, halo[along] + 1);
        while fits < too_far {
            let middle = fits.midpoint(too_far);
            away[along] = middle;
            match footprint.contains(away.iter().copied(), halo) {
                true => fits = middle + 1,
                false => too_far = middle,
            }
        }
        count += mirrored * (2 * fits).saturating_sub(1);
    }
    count
}

/// How many bytes a window of so many elements and rows takes, and the ends of its rows, with their places in a block.
pub(super) fn bytes(count: usize, rows: usize) -> usize {
    (count + 2 * rows) * (size_of::<PerAxis>() + size_of::<usize>())
}

/// The innermost axis along which a window that reaches `halo` is longer than one element.
fn sliding(halo: &[usize]) -> Option<usize> {
    halo.iter().rposition(|&radius| radius > 0)
}

/// How far each element is behind the first in a block with `strides`.
pub(super) fn flat(offsets: &[PerAxis], strides: &[usize], checkpoint: &Checkpoint) -> Result<Vec<usize>, Error> {
    let flat = |offset: &PerAxis| {
        offset
            .iter()
            .zip(strides)
            .map(|(at, stride)| at * stride)
            .sum::<usize>()
    };
    let mut all = Vec::with_capacity(offsets.len());
    for offsets in offsets.chunks(PATIENCE) {
        checkpoint.check()?;
        all.extend(offsets.iter().map(flat));
    }
    Ok(all)
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
            &[5, 1, 1],
        ];
        halos.into_iter().flat_map(|halo| {
            let radius = || halo.to_vec().into();
            [Footprint::Box(radius()), Footprint::Ball(radius())]
                .map(|footprint| Window::new(&footprint, PerAxis::from_slice(halo), &Checkpoint::never()).unwrap())
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
            assert_eq!(window.ends(&Checkpoint::never()).unwrap(), expected, "{window:?}");
            let footprint = match window.is_box {
                true => Footprint::Box(0.into()),
                false => Footprint::Ball(0.into()),
            };
            let size = Window::size(&footprint, &window.halo);
            assert_eq!(size, (window.offsets.len(), expected[0].len()), "{window:?}");
        }
    }
}
