//! What every file that can be written is.

use std::path::PathBuf;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Meta;
use crate::roi::{Roi, Shape};

/// An image that is being written, block by block.
///
/// Its name appears only with [`finish`](Self::finish), when it is whole. Dropped before, it leaves nothing behind, unless it
/// was made to be [resumed](crate::io::Create::resume): then what is written stays under a name of its own for the next run.
///
/// A process that is killed drops nothing. What it was writing stays, under a name with a dot in front that ends in
/// `.headwater-part`; of a run that was made to be resumed, the next one takes it up or clears it away.
pub trait Sink: Send + Sync + 'static {
    /// What is written.
    fn meta(&self) -> &Meta;

    /// Where it will be, as errors and reports name it.
    fn name(&self) -> &str;

    /// Blocks begin at multiples of this, and end at multiples or at the end of the image. Without it: anywhere.
    fn unit(&self) -> Shape {
        Shape::from_fn(self.meta().shape().rank(), |_| 1)
    }

    /// In which order blocks may come.
    fn order(&self) -> WriteOrder {
        WriteOrder::Any
    }

    /// Whether an earlier run has written all of `roi`, and it is still good.
    fn is_written(&self, roi: &Roi) -> bool {
        let _ = roi;
        false
    }

    /// The most bytes that writing `roi` takes beside the block itself.
    fn scratch(&self, roi: &Roi) -> u64;

    /// The most bytes that it holds from its first block to its end, whatever is being written.
    fn kept(&self) -> u64 {
        0
    }

    /// Writes `block`, of the shape of `roi` and of the image's type and axes, as the content of `roi`. In any layout.
    ///
    /// It runs in the compute pool. With [`WriteOrder::Any`] it may be called from several threads at once, for regions that do
    /// not overlap.
    ///
    /// # Errors
    ///
    /// A full disk, a folder that is gone, a block that does not fit [`unit`](Self::unit) or the order; the checkpoint's reason.
    /// The error names the file. The block then counts as not written.
    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error>;

    /// Makes the file appear under its name, in one step, after all of it has been written.
    ///
    /// What is more than one file or folder takes more steps, in an order in which nobody reads what is wrong: bare samples and
    /// their description, a stack whose files go into a folder with others (each file in one step), a Zarr in an object store.
    /// Some file systems replace a folder in two steps, between which nothing has the name.
    ///
    /// # Errors
    ///
    /// Blocks that are missing; the file system's errors; the checkpoint's reason. The name is then as it was before; of a stack
    /// among other files, some may be new.
    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error>;
}

/// In which order the blocks of a [`Sink`] may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOrder {
    /// In any, and several at once.
    Any,
    /// One after another, in C order of the [units](Sink::unit): the format is a stream.
    Ascending,
}

/// A file that has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where.
    pub path: PathBuf,
    /// Its length, or that of all its parts.
    pub bytes: u64,
}

/// That `block` is the content of `roi`, whole [units](Sink::unit) of an image like `meta`.
///
/// # Errors
///
/// That it is not.
pub(crate) fn check_block(meta: &Meta, unit: &Shape, roi: &Roi, block: &Array) -> Result<(), Error> {
    roi.relative_to(&meta.roi())?;
    let (shape, dtype) = (block.shape(), block.dtype());
    if roi.shape() != *shape || dtype != meta.dtype() || block.axes() != meta.axes() {
        return Err(Error::invalid(format!(
            "a block of {shape:?} {dtype} `{}` is not {roi} of {meta:?}",
            block.axes()
        )));
    }
    let in_units = |axis: usize| {
        let (range, unit, end) = (roi.range(axis), unit[axis].max(1), meta.shape()[axis]);
        range.start.is_multiple_of(unit) && (range.end.is_multiple_of(unit) || range.end == end)
    };
    match (0..roi.rank()).all(in_units) {
        true => Ok(()),
        false => Err(Error::invalid(format!("{roi} is not made of whole blocks of {unit}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;
    use crate::roi;

    #[test]
    fn blocks_are_of_the_image_and_made_of_whole_units() {
        let meta = Meta::new(Shape::from([10, 10]), DType::U8, "yx").unwrap();
        let unit = Shape::from([4, 5]);
        let check = |roi: Roi, axes: &str, dtype| {
            let block = Array::zeros(axes, roi.shape().as_slice(), dtype).unwrap();
            check_block(&meta, &unit, &roi, &block)
        };
        for roi in [
            roi![0..4, 0..5],
            roi![4..10, 5..10],
            roi![0..10, 0..10],
            roi![8..10, 0..5],
        ] {
            check(roi, "yx", DType::U8).unwrap();
        }
        for roi in [
            roi![0..3, 0..5],
            roi![1..4, 0..5],
            roi![0..4, 0..9],
            roi![8..12, 0..5],
            roi![0..4, 5..15],
        ] {
            assert!(check(roi, "yx", DType::U8).is_err(), "{roi}");
        }
        assert!(check(roi![0..4, 0..5], "zx", DType::U8).is_err());
        assert!(check(roi![0..4, 0..5], "yx", DType::I8).is_err());
        let other = Array::zeros("yx", &[4, 4], DType::U8).unwrap();
        assert!(check_block(&meta, &unit, &roi![0..4, 0..5], &other).is_err());
    }
}
