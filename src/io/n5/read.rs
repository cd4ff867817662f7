//! Reading N5.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::boxes::{Layout, advance, copy};
use crate::io::bytes::{Endian, fill, to_native};
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::n5::attributes::{load, parse};
use crate::io::n5::block::Blocks;
use crate::io::n5::find::dataset;
use crate::io::open::Open;
use crate::io::source::Source;
use crate::roi::Roi;

struct N5 {
    name: String,
    meta: Meta,
    blocks: Blocks,
    limit: Limit,
}

/// Opens the dataset.
///
/// # Errors
///
/// As [`crate::io::open`], without the container's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let folder = dataset(at.path(), at.within())?;
    let attributes = load(&folder)?.unwrap_or_default();
    let (meta, shape, codec) = parse(&attributes, how.axes)?;
    let item = meta.dtype().size();
    let blocks = Blocks {
        folder,
        shape,
        item,
        codec,
    };
    // What a block's head tells is at most this.
    how.limit.admit(blocks.scratch())?;
    Ok(Box::new(N5 {
        name: at.to_string(),
        meta,
        blocks,
        limit: how.limit,
    }))
}

impl N5 {
    fn read_blocks(&self, roi: &Roi, bytes: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        bytes.fill(0);
        if roi.is_empty() {
            return Ok(());
        }
        let touched = self.blocks.touched(roi)?;
        let mut index = touched.start().to_vec();
        loop {
            checkpoint.check()?;
            if let Some((mut samples, place)) = self.blocks.read(&index, self.limit, checkpoint)? {
                to_native(&mut samples, self.blocks.item, Endian::Big);
                let item = self.blocks.item;
                if let Some(common) = place.intersection(roi) {
                    let (from, to) = (Layout::of(&place, item), Layout::of(roi, item));
                    copy((&samples, &from), (&mut *bytes, &to), &common, item, checkpoint)?;
                }
            }
            if !advance(&mut index, &touched) {
                return Ok(());
            }
        }
    }
}

impl Source for N5 {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let read = fill(out, |bytes| self.read_blocks(roi, bytes, checkpoint));
        read.context(format_args!("cannot read `{}`", self.name))
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        self.blocks.scratch()
    }
}
