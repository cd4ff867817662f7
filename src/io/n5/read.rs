//! Reading N5.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::boxes::{Layout, advance, copy};
use crate::io::bytes::{Endian, fill, to_native};
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::n5::attributes::parse;
use crate::io::n5::block::Blocks;
use crate::io::n5::container::Container;
#[cfg(feature = "object-store")]
use crate::io::n5::far;
use crate::io::n5::find::dataset;
use crate::io::open::Open;
use crate::io::source::Source;
use crate::roi::Roi;

struct N5 {
    name: String,
    meta: Meta,
    blocks: Blocks,
    limit: Limit,
    container: Container,
}

/// Opens the dataset.
///
/// # Errors
///
/// As [`crate::io::open`], without the container's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let container = Container::of(at, how)?;
    let path = dataset(&container, at.within())?;
    let attributes = container.attributes(&path)?.unwrap_or_default();
    let folder = match &container {
        Container::Folder(root) => root.join(path),
        #[cfg(feature = "object-store")]
        Container::Object(..) => path,
    };
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
        container,
    }))
}

impl N5 {
    fn read_blocks(&self, roi: &Roi, bytes: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        bytes.fill(0);
        if roi.is_empty() {
            return Ok(());
        }
        #[cfg(feature = "object-store")]
        if let Container::Object(remote, _) = &self.container {
            let put = |(samples, place)| self.put(samples, &place, roi, bytes, checkpoint);
            return far::read(remote, &self.blocks, roi, self.limit, checkpoint, put);
        }
        let touched = self.blocks.touched(roi)?;
        let mut index = touched.start().to_vec();
        loop {
            checkpoint.check()?;
            if let Some((samples, place)) = self.blocks.read(&index, self.limit, checkpoint)? {
                self.put(samples, &place, roi, bytes, checkpoint)?;
            }
            if !advance(&mut index, &touched) {
                return Ok(());
            }
        }
    }

    /// Puts the samples of the block at `place` where they belong in `roi`.
    fn put(
        &self,
        mut samples: Vec<u8>,
        place: &Roi,
        roi: &Roi,
        bytes: &mut [u8],
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let item = self.blocks.item;
        to_native(&mut samples, item, Endian::Big);
        let Some(common) = place.intersection(roi) else {
            return Ok(());
        };
        let (from, to) = (Layout::of(place, item), Layout::of(roi, item));
        copy((&samples, &from), (bytes, &to), &common, item, checkpoint)
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
        let fetched = match &self.container {
            Container::Folder(_) => 0,
            #[cfg(feature = "object-store")]
            Container::Object(..) => far::scratch(&self.blocks, self.limit),
        };
        self.blocks.scratch().saturating_add(fetched)
    }
}
