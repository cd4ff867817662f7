//! A TIFF that is being written.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::bytes::{Endian, bytes_of};
use crate::io::create::Create;
use crate::io::flat_sink::FlatSink;
use crate::io::guard::guarded;
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, check_block};
use crate::io::staging::Staging;
use crate::io::tiff::page::Place;
use crate::io::tiff::write::chunk_file::ChunkFile;
use crate::io::tiff::write::chunks::{Block, scratch};
use crate::io::tiff::write::directory::{Directory, header};
use crate::io::tiff::write::ome;
use crate::io::tiff::write::plan::Plan;
use crate::roi::{Roi, Shape};
use crate::runtime::machine::processors;

/// Directories are collected up to this size before they are written.
const PIECE: usize = 1 << 20;

struct TiffSink {
    name: String,
    path: PathBuf,
    meta: Meta,
    plan: Plan,
    body: Body,
}

enum Body {
    /// All samples in order.
    Bare(FlatSink),
    Chunks(ChunkFile),
}

/// Begins the file.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let plan = Plan::of(meta, how)?;
    how.limit
        .admit(scratch(&plan).saturating_add(ChunkFile::memory(&plan, how.resume.is_some())))?;
    let staging = Staging::new(at.path(), how.replace, how.resume.is_some())?.durable(!how.volatile);
    let (head, work) = (header(plan.big, 0), how.resume.as_deref());
    let body = if plan.bare {
        let samples = (plan.shape, meta.dtype(), Endian::NATIVE);
        Body::Bare(FlatSink::new(staging, &head, samples, work)?)
    } else {
        Body::Chunks(ChunkFile::new(staging, &head, &plan, work)?)
    };
    Ok(Box::new(TiffSink {
        name: at.to_string(),
        path: at.path().to_owned(),
        meta: meta.clone(),
        plan,
        body,
    }))
}

impl Sink for TiffSink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        self.plan.unit()
    }

    fn is_written(&self, roi: &Roi) -> bool {
        let place = self.plan.place(roi);
        place.is_ok_and(|place| match &self.body {
            Body::Bare(flat) => flat.is_written(&place),
            Body::Chunks(chunks) => chunks.is_written(&place),
        })
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        let bytes = roi.shape().saturating_volume().saturating_mul(self.meta.dtype().size()) as u64;
        match &self.body {
            Body::Bare(..) => bytes,
            Body::Chunks(_) => bytes.saturating_add(scratch(&self.plan).saturating_mul(processors() as u64)),
        }
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = guarded(|| self.write(roi, block, checkpoint));
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let name = self.name.clone();
        let finished = guarded(|| self.complete(checkpoint));
        finished.context(format_args!("cannot write `{name}`"))
    }
}

impl TiffSink {
    fn write(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        check_block(&self.meta, &self.plan.unit(), roi, block)?;
        if roi.is_empty() {
            return Ok(());
        }
        let place = self.plan.place(roi)?;
        let block = block.to_axes(self.plan.axes)?;
        match &self.body {
            Body::Bare(flat) => flat.write(&place, &block, checkpoint),
            Body::Chunks(chunks) => {
                let block = Block {
                    roi: &place,
                    bytes: &bytes_of(&block)?,
                    plan: &self.plan,
                    checkpoint,
                };
                block.write(chunks)
            }
        }
    }

    fn complete(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let (file, end) = match &self.body {
            Body::Bare(flat) => {
                flat.check_complete()?;
                (flat.file(), self.plan.bare_start(self.plan.pages))
            }
            Body::Chunks(chunks) => (chunks.file(), chunks.check_complete()?),
        };
        let first = end.next_multiple_of(8);
        self.write_directories(file, first, checkpoint)?;
        file.write_all_at(&header(self.plan.big, first), 0)?;
        match self.body {
            Body::Bare(flat) => flat.finish(checkpoint),
            Body::Chunks(chunks) => chunks.finish(checkpoint),
        }
    }

    fn write_directories(&self, file: &File, mut at: u64, checkpoint: &Checkpoint) -> Result<(), Error> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let text = ome::text(&self.meta, &self.plan, &name);
        let mut bytes = Vec::new();
        for page in 0..self.plan.pages {
            checkpoint.check()?;
            let description = (page == 0).then_some(&*text);
            let places = self.places(page);
            let directory = Directory::of(&self.plan, &self.meta, &places, description);
            let here = at + bytes.len() as u64;
            bytes.extend(directory.bytes(self.plan.big, here, page + 1 < self.plan.pages));
            if !self.plan.big && at + bytes.len() as u64 > u64::from(u32::MAX) {
                return Err(Error::msg("it has become longer than offsets of 32 bits reach"));
            }
            if bytes.len() > PIECE || page + 1 == self.plan.pages {
                file.write_all_at(&bytes, at)?;
                at += bytes.len() as u64;
                bytes.clear();
            }
        }
        Ok(())
    }

    /// Where the strips or tiles of a page lie.
    fn places(&self, page: usize) -> Vec<Place> {
        let layout = &self.plan.layout;
        let count = layout.across() * layout.down();
        match &self.body {
            Body::Chunks(chunks) => chunks.places(page * count..(page + 1) * count),
            Body::Bare(_) => {
                let row = layout.row_bytes() as u64;
                let start = self.plan.bare_start(page);
                let strips = (0..count).map(|nth| Place {
                    offset: start + (nth * layout.chunk_height) as u64 * row,
                    length: layout.rows_of(nth) as u64 * row,
                });
                strips.collect()
            }
        }
    }
}
