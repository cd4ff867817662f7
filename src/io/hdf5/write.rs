//! Writing HDF5.

use hdf5_metno::{Dataset, File, Group};

use crate::array::{Array, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::chunk_shape::chunk_shape_or;
use crate::io::compression::Compression;
use crate::io::covered::Covered;
use crate::io::create::Create;
use crate::io::hdf5::{slab, tags};
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, check_block};
use crate::io::staging::Staging;
use crate::roi::{BlockGrid, Roi, Shape};

/// The name of a dataset, if none is told.
const NAME: &str = "data";

struct Hdf5Sink {
    name: String,
    meta: Meta,
    chunk: Shape,
    dataset: Dataset,
    file: File,
    staging: Staging,
    written: Covered,
}

/// Begins the file.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let level = match how.compression {
        None => Some(1),
        Some(Compression::None) => None,
        Some(Compression::Deflate(level)) => Some(level),
        Some(other) => {
            return Err(Error::invalid(format!(
                "{other} is not written into HDF5: use none or deflate"
            )));
        }
    };
    let chunk = chunk_shape(meta, how.chunk)?;
    // The library keeps its index in memory: what a run that ended early leaves cannot be resumed.
    let staging = Staging::new(at.path(), how.replace, false)?.durable(!how.volatile);
    // Nobody else knows the staged file, and a process that this one starts would hold its lock for as long as it lives.
    let file = File::with_options()
        .with_fapl(|access| access.file_locking(false))
        .create_excl(staging.staged())
        .context("the HDF5 library")?;
    let within = if at.within().is_empty() { NAME } else { at.within() };
    let dataset = begin(&file, within, meta, &chunk, level)?;
    tags::write(&dataset, meta)?;
    Ok(Box::new(Hdf5Sink {
        name: at.to_string(),
        meta: meta.clone(),
        chunk,
        dataset,
        file,
        staging,
        written: Covered::new(meta.roi()),
    }))
}

fn begin(file: &File, within: &str, meta: &Meta, chunk: &Shape, level: Option<u8>) -> Result<Dataset, Error> {
    let (groups, name) = within.rsplit_once('/').unwrap_or(("", within));
    let mut made: Option<Group> = None;
    for part in groups.split('/').filter(|part| !part.is_empty()) {
        let parent = made.as_ref().unwrap_or(file);
        made = Some(parent.create_group(part).context("the HDF5 library")?);
    }
    let group = made.as_ref().unwrap_or(file);
    let dataset = match_dtype!(meta.dtype(), T => {
        let new = group.new_dataset::<T>().shape(meta.shape().as_slice().to_vec()).chunk(chunk.as_slice());
        match level {
            Some(level) => new.deflate(level).create(name),
            None => new.create(name),
        }
    });
    dataset.context("the HDF5 library")
}

fn chunk_shape(meta: &Meta, wanted: Option<Shape>) -> Result<Shape, Error> {
    let shape = meta.shape();
    if shape.is_empty() {
        return Err(Error::invalid("an image without samples has no chunks"));
    }
    let chunk = chunk_shape_or(wanted, meta)?;
    // The library refuses chunks that are longer than the image.
    let lengths = chunk.iter().zip(shape.iter()).map(|(chunk, whole)| chunk.min(whole));
    Ok(Shape::new(lengths.collect::<Vec<_>>())?)
}

impl Hdf5Sink {
    fn write_chunks(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        check_block(&self.meta, &self.chunk, roi, block)?;
        self.written.remove(roi)?;
        for chunk in BlockGrid::aligned(self.meta.roi(), self.chunk)?.intersecting(roi)? {
            checkpoint.check()?;
            let Some(part) = chunk.roi.intersection(roi) else {
                continue;
            };
            let samples = block.slice(&part.relative_to(roi)?)?.to_contiguous()?;
            match_dtype!(self.meta.dtype(), T => {
                let written = self.dataset.write_slice::<_, T, _, _>(samples.view::<T>()?, slab(&part));
                written.context("the HDF5 library")?;
            });
        }
        self.written.add(roi)
    }

    fn end(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        self.written.check_whole()?;
        drop(self.dataset);
        self.file.close().context("the HDF5 library")?;
        self.staging.commit(checkpoint)
    }
}

impl Sink for Hdf5Sink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        self.chunk
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        let chunk = self.chunk.saturating_volume() as u64;
        // The samples of a chunk in C order, as the library holds them, and compressed.
        chunk.saturating_mul(self.meta.dtype().size() as u64).saturating_mul(3)
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = self.write_chunks(roi, block, checkpoint);
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let context = format!("cannot write `{}`", self.name);
        self.end(checkpoint).context(context)
    }
}
