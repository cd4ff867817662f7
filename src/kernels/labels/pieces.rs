//! The components of one block, to be joined with those of the blocks around it.

use super::components::{ConnectedComponents, volume_at, volumes_first};
use super::ground::Ground;
use super::runs::Runs;
use super::touching::Neighbour;
use super::volume::Volume;
use super::{Connectivity, values::Values};
use crate::array::{Array, Axes, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::zero_array;

/// Elements of a border between two looks at the checkpoint.
const PATIENCE: usize = 1 << 14;

/// The components of one block of a volume: pieces of those of the volume.
///
/// They are kept as runs of elements, much smaller than labels. What a piece is part of is found by joining the pieces of
/// neighbouring blocks, [where they touch](Self::touching), in a [`UnionFind`](crate::kernels::UnionFind).
///
/// Pieces are numbered from 0 in the order of their first elements. Places are along the axes of space, in the order of the
/// array's axes, as three numbers: for fewer axes the first ones are 0.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::ConnectedComponents;
///
/// let never = Checkpoint::never();
/// let labelling = ConnectedComponents::new();
/// let left = labelling.pieces(&Array::from_vec("yx", &[2, 2], vec![1u8, 0, 0, 5])?, &never)?;
/// let right = labelling.pieces(&Array::from_vec("yx", &[2, 2], vec![1u8, 1, 5, 0])?, &never)?;
/// let mut pairs = Vec::new();
/// left.touching(&right, [0, 0, 1], |left, right| pairs.push((left, right)))?;
/// assert_eq!(pairs, [(1, 1)]);
/// assert_eq!(left.first(1), [0, 1, 1]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct Pieces {
    axes: Axes,
    /// The axes of space last.
    order: Axes,
    /// By `order`.
    shape: Vec<usize>,
    /// Along the axes of space, 1 before the first.
    space: [usize; 3],
    connectivity: Connectivity,
    runs: Runs,
    /// Which element of the block is the first of each piece.
    firsts: Vec<u32>,
    values: Values,
}

impl ConnectedComponents {
    /// The components of one block, on one thread.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply); and `Invalid` if the block is of more than one volume, an axis that is not of space being
    /// longer than 1, or has more elements than a `u32` can count.
    pub fn pieces(&self, block: &Array, checkpoint: &Checkpoint) -> Result<Pieces, Error> {
        let (order, outer) = volumes_first(block.axes())?;
        let ordered = block.to_axes(order)?;
        let (others, own) = ordered.shape().split_at(outer);
        if others.iter().any(|length| *length != 1) || u32::try_from(block.len()).is_err() {
            let message = format!("{block:?} is no block of one volume, of 4,294,967,295 elements at most");
            return Err(Error::invalid(message));
        }
        let mut space = [1; 3];
        space[3 - own.len()..].copy_from_slice(own);
        match_dtype!(block.dtype(), T => {
            let ground = Ground::<T>::new(self.background)?;
            let volume = Volume::new(volume_at(ordered.view::<T>()?, outer, 0), checkpoint)?;
            let neighbours = Neighbour::all(volume.extent, self.connectivity);
            let rows = match block.is_empty() {
                true => 0,
                false => volume.extent.rows(),
            };
            let runs = Runs::find(&volume, 0..rows, ground, &neighbours, checkpoint)?;
            let (firsts, values) = runs.firsts(&volume, checkpoint)?;
            Ok(Pieces {
                axes: block.axes(),
                order,
                shape: ordered.shape().to_vec(),
                space,
                connectivity: self.connectivity,
                runs,
                firsts,
                values,
            })
        })
    }
}

impl Pieces {
    /// How many there are.
    pub fn count(&self) -> u32 {
        self.runs.count
    }

    /// The axes of the block.
    pub fn axes(&self) -> Axes {
        self.axes
    }

    /// The size of this in memory, in bytes.
    pub fn nbytes(&self) -> usize {
        self.runs.nbytes() + self.firsts.len() * size_of::<u32>() + self.values.nbytes()
    }

    /// The place of the first element of a piece within the block.
    ///
    /// # Panics
    ///
    /// If there is no such piece.
    pub fn first(&self, piece: u32) -> [usize; 3] {
        let at = self.firsts[piece as usize] as usize;
        let [_, height, width] = self.space;
        [at / width / height, at / width % height, at % width]
    }

    /// For each element its piece, counted from 1, or 0: an array like the block, of `u32`.
    ///
    /// # Errors
    ///
    /// If there is no memory; the checkpoint's own error if it stops the kernel.
    pub fn labels(&self, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let ordered = |letter| self.order.position(letter).map_or(1, |axis| self.shape[axis]);
        let shape: Vec<_> = self.axes.iter().map(ordered).collect();
        let mut labels = zero_array(self.axes, &shape, DType::U32, checkpoint)?;
        self.write_labels(&mut labels, checkpoint)?;
        Ok(labels)
    }

    /// The same into `out`, an array of `u32` of the shape of the block, without gaps, that holds anything.
    ///
    /// # Errors
    ///
    /// `Invalid` if `out` has another form; the checkpoint's own error if it stops the kernel.
    pub fn write_labels(&self, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        if !self.fits(out) {
            let message = format!("{out:?} cannot take the labels of a block `{}`", self.axes);
            return Err(Error::invalid(message));
        }
        let mut own: Vec<u32> = Vec::with_capacity(self.count() as usize);
        while own.len() < self.count() as usize {
            checkpoint.check()?;
            let done = own.len() as u32;
            own.extend(done + 1..=self.count().min(done.saturating_add(PATIENCE as u32)));
        }
        // What is not of space has length 1, so the elements lie in order.
        let mut view = out.view_mut::<u32>()?;
        match view.as_slice_mut() {
            Some(elements) => self.runs.paint(&own, elements, checkpoint),
            None => Err(Error::invalid(format!(
                "{out:?} has gaps, and the labels of a block are written without"
            ))),
        }
    }

    /// Whether the labels have a place in `out`.
    fn fits(&self, out: &Array) -> bool {
        let has_shape = || {
            let lengths = self.order.iter().filter_map(|letter| self.axes.position(letter));
            lengths.map(|axis| out.shape()[axis]).eq(self.shape.iter().copied())
        };
        out.axes() == self.axes && out.dtype() == DType::U32 && has_shape()
    }

    /// Calls `join` with pieces of this block and of `other` that touch and have the same value, some more than once.
    ///
    /// `direction` leads from this block to `other`: for each axis of space -1, 0 or 1, in three numbers. Blocks that share
    /// an edge or a corner only have to be joined too, if [`Connectivity`] counts such neighbours; else there is nothing.
    ///
    /// # Errors
    ///
    /// `Invalid` if the faces of the blocks that meet have different lengths.
    pub fn touching(&self, other: &Self, direction: [isize; 3], join: impl FnMut(u32, u32)) -> Result<(), Error> {
        self.try_touching(other, direction, &Checkpoint::never(), join)
    }

    /// The same as long as it is wanted; after an error `join` has been called for some.
    pub(crate) fn try_touching(
        &self,
        other: &Self,
        direction: [isize; 3],
        checkpoint: &Checkpoint,
        mut join: impl FnMut(u32, u32),
    ) -> Result<(), Error> {
        let steps = direction.iter().filter(|step| **step != 0).count();
        if steps > self.connectivity.axes() || self.runs.count == 0 || other.runs.count == 0 {
            return Ok(());
        }
        let (one, two) = (
            self.border(direction, checkpoint)?,
            other.border(direction.map(|step| -step), checkpoint)?,
        );
        if one.lengths != two.lengths {
            return Err(Error::invalid(format!(
                "blocks of {:?} and {:?} do not meet in direction {direction:?}",
                self.space, other.space
            )));
        }
        for offset in offsets(direction, self.connectivity.axes() - steps) {
            // Of a line of neighbours that belong to the same two pieces, one pair is enough.
            let mut last = None;
            one.each_pair(&two, offset, checkpoint, |a, b| {
                if last != Some((a, b)) {
                    last = Some((a, b));
                    if self.values.is_equal(a, &other.values, b) {
                        join(a, b);
                    }
                }
            })?;
        }
        Ok(())
    }

    /// Calls `f` with each piece that has an element next to the block in that direction, some more than once.
    pub(crate) fn at_border(
        &self,
        direction: [isize; 3],
        checkpoint: &Checkpoint,
        mut f: impl FnMut(u32),
    ) -> Result<(), Error> {
        for labels in self.border(direction, checkpoint)?.labels.chunks(PATIENCE) {
            checkpoint.check()?;
            labels
                .iter()
                .filter(|label| **label != 0)
                .for_each(|label| f(label - 1));
        }
        Ok(())
    }

    /// The elements of the block that are next to the block in that direction.
    fn border(&self, direction: [isize; 3], checkpoint: &Checkpoint) -> Result<Border, Error> {
        let [_, height, width] = self.space;
        let range = |axis: usize| match direction[axis] {
            0 => 0..self.space[axis],
            1 => self.space[axis].saturating_sub(1)..self.space[axis],
            _ => 0..self.space[axis].min(1),
        };
        let lengths = [0, 1, 2].map(|axis| range(axis).len());
        let (mut labels, mut since) = (Vec::with_capacity(lengths.iter().product()), 0);
        for z in range(0) {
            for y in range(1) {
                let first = (z * height + y) * width + range(2).start;
                let end = first + range(2).len();
                for first in (first..end).step_by(PATIENCE) {
                    let count = PATIENCE.min(end - first);
                    since += count;
                    if since >= PATIENCE {
                        checkpoint.check()?;
                        since = 0;
                    }
                    self.runs.labels(first, count, |label| labels.push(label));
                }
            }
        }
        Ok(Border { lengths, labels })
    }
}

/// Elements of a block at a border.
struct Border {
    lengths: [usize; 3],
    /// The piece of each, counted from 1, or 0.
    labels: Vec<u32>,
}

impl Border {
    /// Calls `f` for the pieces of elements of both that are `offset` apart.
    fn each_pair(
        &self,
        other: &Self,
        offset: [isize; 3],
        checkpoint: &Checkpoint,
        mut f: impl FnMut(u32, u32),
    ) -> Result<(), Error> {
        let mut since = 0;
        let range = |axis: usize| {
            let (step, length) = (offset[axis], self.lengths[axis]);
            usize::from(step < 0)..length.saturating_sub(usize::from(step > 0))
        };
        let [_, height, width] = self.lengths;
        let away = (offset[0] * height.cast_signed() + offset[1]) * width.cast_signed() + offset[2];
        for z in range(0) {
            for y in range(1) {
                let row = (z * height + y) * width;
                for at in range(2).map(|x| row + x) {
                    since += 1;
                    if since >= PATIENCE {
                        checkpoint.check()?;
                        since = 0;
                    }
                    let (one, two) = (self.labels[at], other.labels[at.wrapping_add_signed(away)]);
                    if one != 0 && two != 0 {
                        f(one - 1, two - 1);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The steps along the border that lead to neighbours: along `most` axes at most, none of them that of the direction.
fn offsets(direction: [isize; 3], most: usize) -> Vec<[isize; 3]> {
    let mut all = vec![[0; 3]];
    for axis in (0..3).filter(|axis| direction[*axis] == 0) {
        let shifted = |step: isize| {
            move |mut offset: [isize; 3]| {
                offset[axis] = step;
                offset
            }
        };
        let (back, forth) = (
            all.clone().into_iter().map(shifted(-1)),
            all.clone().into_iter().map(shifted(1)),
        );
        all = all.clone().into_iter().chain(back).chain(forth).collect();
    }
    all.retain(|offset| offset.iter().filter(|step| **step != 0).count() <= most);
    all
}

impl ConnectedComponents {
    /// Whether the background is a value that elements of this type can have.
    pub(crate) fn check(&self, dtype: DType) -> Result<(), Error> {
        match_dtype!(dtype, T => Ground::<T>::new(self.background).map(|_| ()))
    }
}
