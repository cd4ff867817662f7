//! How an image is cut: into volumes, and those into blocks.

use crate::error::Error;
use crate::graph::{Dirt, Meta};
use crate::roi::{BlockGrid, Roi, Shape, determine_block_shape};

/// Elements of a block if nobody says how large one should be: 64³.
const BLOCK_VOLUME: usize = 1 << 18;

/// The volumes of an image, numbered in the order of its axes that are not of space, and the blocks of each.
///
/// Places and directions are along the axes of space, as three numbers: for fewer axes the first ones are 0.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    shape: Shape,
    grid: BlockGrid,
    /// Along each axis of space.
    space: Vec<usize>,
    others: Vec<usize>,
}

impl Layout {
    /// That of an image with blocks of `block`, one volume thick.
    pub(super) fn new(meta: &Meta, block: Shape) -> Result<Self, Error> {
        let space: Vec<usize> = meta.axes().spatial().collect();
        if space.is_empty() {
            return Err(Error::invalid(format!(
                "the axes {} have none of space (z, y, x) along which there could be objects",
                meta.axes()
            )));
        }
        Ok(Self {
            shape: meta.shape(),
            grid: BlockGrid::aligned(meta.shape(), block)?,
            others: (0..meta.axes().len()).filter(|axis| !space.contains(axis)).collect(),
            space,
        })
    }

    /// That of an image that is described with the blocks that it has.
    pub(super) fn of(meta: &Meta) -> Result<Self, Error> {
        Self::new(meta, meta.ideal_block().unwrap_or(meta.shape()))
    }

    /// The shape of a block: as wished, as the image has it, or about [`BLOCK_VOLUME`]. 0 is the whole of an axis.
    pub(super) fn block_shape(meta: &Meta, wished: Option<Shape>) -> Result<Shape, Error> {
        let whole = meta.shape();
        if let Some(wished) = wished.filter(|wished| wished.rank() != whole.rank()) {
            let message = format!("blocks of {wished} do not fit the axes `{}`", meta.axes());
            return Err(Error::invalid(message));
        }
        let ideal = meta.ideal_block().filter(|ideal| ideal.rank() == whole.rank());
        let largest: Vec<usize> = (0..whole.rank())
            .map(|axis| if is_space(meta, axis) { whole[axis].max(1) } else { 1 })
            .collect();
        let block = match wished.or(ideal) {
            Some(block) => block,
            None => determine_block_shape(Shape::new(&largest)?, BLOCK_VOLUME)?,
        };
        let clipped = block.iter().zip(&largest).map(|(length, largest)| match length {
            0 => *largest,
            _ => length.min(*largest),
        });
        Ok(Shape::new(clipped.collect::<Vec<_>>())?)
    }

    /// How many volumes there are.
    pub(super) fn volumes(&self) -> usize {
        self.others.iter().map(|axis| self.shape[*axis]).product()
    }

    /// The region of a volume.
    pub(super) fn volume(&self, nth: usize) -> Result<Roi, Error> {
        let (mut left, mut roi) = (nth, Roi::full(self.shape));
        for axis in self.others.iter().rev() {
            let at = left % self.shape[*axis];
            left /= self.shape[*axis];
            roi = roi.with_axis(*axis, at..at + 1)?;
        }
        Ok(roi)
    }

    /// How many blocks each volume has.
    pub(super) fn blocks_of_a_volume(&self) -> Result<usize, Error> {
        match self.volumes() {
            0 => Ok(0),
            _ => Ok(self.blocks(&self.volume(0)?)?.len()),
        }
    }

    /// The volume that a block, or any region of one volume, belongs to.
    pub(super) fn volume_of(&self, roi: &Roi) -> usize {
        let place = self.others.iter();
        place.fold(0, |nth, axis| nth * self.shape[*axis] + roi.start()[*axis])
    }

    /// The volumes that a region has a part of, in order.
    pub(super) fn volumes_in(&self, roi: &Roi) -> Vec<usize> {
        let mut all = vec![0];
        for axis in &self.others {
            let length = self.shape[*axis];
            let places = |nth: usize| roi.range(*axis).map(move |at| nth * length + at);
            all = all.into_iter().flat_map(places).collect();
        }
        match roi.is_empty() {
            true => Vec::new(),
            false => all,
        }
    }

    /// The blocks that a region has a part of, in order; made one at a time.
    pub(super) fn blocks(&self, roi: &Roi) -> Result<impl ExactSizeIterator<Item = Roi> + Send + use<>, Error> {
        Ok(self.grid.intersecting(roi)?.map(|block| block.roi))
    }

    /// A region with all of the blocks that it has a part of.
    pub(super) fn whole_blocks(&self, roi: &Roi) -> Result<Roi, Error> {
        Ok(self.grid.align_outward(roi)?)
    }

    /// What of the blocks changes with `regions`: the blocks that they have a part of.
    pub(super) fn dirt_of(&self, regions: &[Roi]) -> Dirt {
        let whole = Roi::full(self.shape);
        let blocks = regions.iter().map(|roi| self.whole_blocks(roi).unwrap_or(whole));
        blocks.collect()
    }

    /// How many blocks a volume has along each axis of space.
    pub(super) fn counts(&self) -> [usize; 3] {
        self.in_space(|axis| self.grid.counts()[axis], 1)
    }

    /// Which block it is along each axis of space.
    fn place(&self, block: &Roi) -> [usize; 3] {
        self.in_space(|axis| block.start()[axis] / self.grid.block_shape()[axis], 0)
    }

    /// Which block it is among those of its volume.
    pub(super) fn number(&self, block: &Roi) -> usize {
        let ([_, height, width], [z, y, x]) = (self.counts(), self.place(block));
        (z * height + y) * width + x
    }

    /// The block of the same volume in that direction, if there is one.
    pub(super) fn neighbour(&self, block: &Roi, direction: [isize; 3]) -> Option<Roi> {
        let skipped = 3 - self.space.len();
        if direction[..skipped].iter().any(|step| *step != 0) {
            return None;
        }
        let mut point = block.start().to_vec();
        for (axis, step) in self.space.iter().zip(&direction[skipped..]) {
            let away = self.grid.block_shape()[*axis].cast_signed() * step;
            point[*axis] = point[*axis].checked_add_signed(away)?;
        }
        self.grid.block(self.grid.number_at(point)?)
    }

    /// The number in scan order, within its volume, of the element at `place` within a block.
    pub(super) fn element(&self, block: &Roi, place: [usize; 3]) -> u64 {
        let lengths = self.in_space(|axis| self.shape[axis], 1);
        let start = self.in_space(|axis| block.start()[axis], 0);
        (0..3).fold(0, |at, axis| {
            at * lengths[axis] as u64 + (start[axis] + place[axis]) as u64
        })
    }

    /// Elements of a volume.
    pub(super) fn volume_elements(&self) -> u64 {
        let lengths = self.space.iter().map(|axis| self.shape[*axis] as u64);
        lengths.fold(1, u64::saturating_mul)
    }

    /// The lengths of a volume along its axes of space, and where a block begins along them.
    pub(super) fn along_space(&self, block: &Roi) -> (Vec<usize>, Vec<usize>) {
        let of = |lengths: &[usize]| self.space.iter().map(|axis| lengths[*axis]).collect();
        (of(self.shape.as_slice()), of(block.start()))
    }

    /// The axes that are not of space.
    pub(super) fn others(&self) -> &[usize] {
        &self.others
    }

    fn in_space(&self, of: impl Fn(usize) -> usize, missing: usize) -> [usize; 3] {
        let skipped = 3 - self.space.len();
        [0, 1, 2].map(|axis| match axis < skipped {
            true => missing,
            false => of(self.space[axis - skipped]),
        })
    }
}

fn is_space(meta: &Meta, axis: usize) -> bool {
    meta.axes().spatial().any(|own| own == axis)
}

/// The directions to neighbours along at most `axes` axes at once; the first half leads to blocks that come before.
pub(super) fn directions(axes: usize) -> Vec<[isize; 3]> {
    let steps = || -1..=1;
    let all = steps().flat_map(|z| steps().flat_map(move |y| steps().map(move |x| [z, y, x])));
    let count = |direction: &[isize; 3]| direction.iter().filter(|step| **step != 0).count();
    all.filter(|direction| (1..=axes).contains(&count(direction))).collect()
}
