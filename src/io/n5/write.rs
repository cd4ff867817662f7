//! Writing N5.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::boxes::advance;
use crate::io::bytes::{Endian, bytes_of, to_native};
use crate::io::chunk_shape::chunk_shape_or;
use crate::io::compression::Compression;
use crate::io::create::Create;
use crate::io::journal::begin_folder;
use crate::io::location::Location;
use crate::io::n5::attributes::{self, Codec};
use crate::io::n5::block::{Blocks, SCRATCH};
use crate::io::n5::find::inside;
use crate::io::sink::{Saved, Sink, check_block};
use crate::io::staging::Staging;
use crate::roi::{Roi, Shape};

/// The name of a dataset, if none is told.
const NAME: &str = "data";

struct N5Sink {
    name: String,
    meta: Meta,
    blocks: Blocks,
    staging: Staging,
}

/// Begins the dataset, and the container if there is none.
///
/// # Errors
///
/// As [`Create::create`], without the name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let codec = Codec::of(how.compression.unwrap_or(Compression::Deflate(6)))?;
    let shape = chunk_shape_or(how.chunk, meta)?;
    let within = if at.within().is_empty() { NAME } else { at.within() };
    // Whatever exists there is judged by `Staging`, but a container is added to.
    let exists = at.path().join(attributes::FILE).is_file();
    let staging = if exists {
        let place = inside(at.path(), within)?;
        fs::create_dir_all(place.parent().unwrap_or(at.path()))?;
        Staging::new(&place, how.replace, how.resume.is_some())?.durable(!how.volatile)
    } else {
        Staging::new(at.path(), how.replace, how.resume.is_some())?.durable(!how.volatile)
    };
    let folder = match exists {
        true => staging.staged().to_owned(),
        false => inside(staging.staged(), within)?,
    };
    let said = attributes::of(meta, &shape, codec);
    let work = how.resume.as_ref().map(|work| format!("{said}\n{work}"));
    begin_folder(&staging, work.as_deref())?;
    fs::create_dir_all(&folder)?;
    if !exists {
        save(staging.staged(), &json!({"n5": "4.0.0"}))?;
    }
    save(&folder, &said)?;
    let item = meta.dtype().size();
    let blocks = Blocks {
        folder,
        shape,
        item,
        codec,
    };
    Ok(Box::new(N5Sink {
        name: at.to_string(),
        meta: meta.clone(),
        blocks,
        staging,
    }))
}

fn save(folder: &Path, attributes: &serde_json::Value) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(attributes).map_err(Error::new)?;
    Ok(fs::write(folder.join(attributes::FILE), text)?)
}

/// Whether the block has been written. A power cut may have left its name without its bytes: no block is empty.
fn is_there(block: &Path) -> bool {
    fs::metadata(block).is_ok_and(|found| found.is_file() && found.len() > 0)
}

impl N5Sink {
    /// Calls `each` with the index of every block of `roi`, and its own region.
    fn each_block(&self, roi: &Roi, mut each: impl FnMut(&[usize], Roi) -> Result<(), Error>) -> Result<(), Error> {
        if roi.is_empty() {
            return Ok(());
        }
        let touched = self.blocks.touched(roi)?;
        let whole = self.meta.shape();
        let mut index = touched.start().to_vec();
        loop {
            let lengths = self.blocks.shape.iter().zip(whole.iter());
            let ranges = index
                .iter()
                .zip(lengths)
                .map(|(n, (block, whole))| n * block..((n + 1) * block).min(whole));
            each(&index, Roi::from_ranges(ranges)?)?;
            if !advance(&mut index, &touched) {
                return Ok(());
            }
        }
    }

    fn write_blocks(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        check_block(&self.meta, &self.blocks.shape, roi, block)?;
        self.each_block(roi, |index, place| {
            checkpoint.check()?;
            let part = block.slice(&place.relative_to(roi)?)?;
            let mut samples = bytes_of(&part)?;
            if Endian::NATIVE != Endian::Big && self.blocks.item > 1 {
                to_native(samples.to_mut(), self.blocks.item, Endian::Big);
            }
            self.blocks.write(index, &place.shape(), &samples, checkpoint)
        })
    }

    fn missing(&self, checkpoint: &Checkpoint) -> Result<Option<PathBuf>, Error> {
        let mut missing = None;
        self.each_block(&self.meta.roi(), |index, _| {
            checkpoint.check()?;
            let path = self.blocks.path(index);
            if missing.is_none() && !is_there(&path) {
                missing = Some(path);
            }
            Ok(())
        })?;
        Ok(missing)
    }

    fn end(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        if let Some(missing) = self.missing(checkpoint)? {
            let block = missing.strip_prefix(&self.blocks.folder).unwrap_or(&missing);
            return Err(Error::msg(format!(
                "its block {} has not been written",
                block.display()
            )));
        }
        self.staging.commit(checkpoint)
    }
}

impl Sink for N5Sink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        self.blocks.shape
    }

    fn is_written(&self, roi: &Roi) -> bool {
        let mut all = true;
        let seen = self.each_block(roi, |index, _| {
            all &= is_there(&self.blocks.path(index));
            Ok(())
        });
        all && seen.is_ok()
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        let block = self.blocks.shape.saturating_volume() as u64;
        block.saturating_mul(self.blocks.item as u64).saturating_add(SCRATCH)
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = self.write_blocks(roi, block, checkpoint);
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let context = format!("cannot write `{}`", self.name);
        self.end(checkpoint).context(context)
    }
}
