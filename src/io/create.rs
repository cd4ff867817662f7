//! Making what can be written.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Meta;
use crate::io::compression::Compression;
use crate::io::format::Format;
use crate::io::guard::guarded;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::reading::Reading;
use crate::io::sink::Sink;
use crate::io::zarr::{self, ZarrVersion};
use crate::io::{npy, npz, picture, raw, stack, tiff, y4m};
use crate::roi::Shape;

/// How a file is made.
///
/// # Examples
///
/// ```no_run
/// use headwater::graph::Meta;
/// use headwater::io::Create;
/// use headwater::{Array, Checkpoint, DType, roi};
///
/// let (never, image) = (Checkpoint::never(), Array::zeros("yx", &[64, 64], DType::U8)?);
/// let sink = Create::new().create("cells.npy", &Meta::of(&image))?;
/// sink.write_region(&roi![0..64, 0..64], &image, &never)?;
/// sink.finish(&never)?; // only now is there a `cells.npy`
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Create {
    pub(crate) format: Option<Format>,
    pub(crate) compression: Option<Compression>,
    pub(crate) chunk: Option<Shape>,
    pub(crate) shard: Option<Shape>,
    pub(crate) limit: Limit,
    pub(crate) replace: bool,
    /// Whether a power cut may lose the result.
    pub(crate) volatile: bool,
    pub(crate) resume: Option<String>,
    pub(crate) zarr_version: ZarrVersion,
    pub(crate) ome: Option<bool>,
    pub(crate) labels: bool,
    pub(crate) scales: Option<usize>,
    pub(crate) checkpoint: Checkpoint,
    /// What all of the run may take that the file is for, if it is told.
    #[cfg_attr(
        not(feature = "object-store"),
        expect(dead_code, reason = "only stores keep what is on its way")
    )]
    pub(crate) budget: Option<u64>,
    #[cfg(feature = "object-store")]
    pub(crate) settings: crate::io::object::Settings,
}

impl Create {
    /// In the format that the name tells, with the format's usual compression and chunks; what exists is not replaced.
    pub fn new() -> Self {
        Self::default()
    }

    /// The format, whatever the name is.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        let format = Some(format);
        Self { format, ..self }
    }

    /// How chunks are compressed.
    #[must_use]
    pub fn compression(self, compression: Compression) -> Self {
        let compression = Some(compression);
        Self { compression, ..self }
    }

    /// The shape of a chunk or tile, in formats that have them. Default: near the image's [ideal block](Meta::ideal_block).
    #[must_use]
    pub fn chunk(self, shape: Shape) -> Self {
        let chunk = Some(shape);
        Self { chunk, ..self }
    }

    /// The shape of a shard, a file that holds many chunks, in Zarr v3. A multiple of the chunk along each axis.
    #[must_use]
    pub fn shard(self, shape: Shape) -> Self {
        let shard = Some(shape);
        Self { shard, ..self }
    }

    /// The most memory that writing may take at a time, beside the block itself. Default: half of the machine's.
    #[must_use]
    pub fn limit(self, limit: Limit) -> Self {
        Self { limit, ..self }
    }

    /// Whether what lies at the location may be replaced. It stays as it is until the new file is whole, except for a Zarr at a URL,
    /// which goes as soon as the new one is begun.
    #[must_use]
    pub fn replace(self, replace: bool) -> Self {
        Self { replace, ..self }
    }

    /// Whether `finish` waits until the image is on the disk, so that not even a power cut leaves a name without its samples.
    /// Default: yes. Without, it is as safe from everything but a power cut, and faster by what the disk takes.
    #[must_use]
    pub fn durable(self, durable: bool) -> Self {
        let volatile = !durable;
        Self { volatile, ..self }
    }

    /// Keeps what is written if this run ends early, and resumes what an earlier one kept under the same `work`: any text
    /// that differs if the pixels do, such as the pipeline with its parameters. What was kept for other work, or with other
    /// options that decide about the bytes of the file, is dropped.
    ///
    /// Zarr, N5, TIFF, NPY, raw and uncompressed NPZ are resumed block by block, stacks of files at the first that is not whole. PNG,
    /// JPEG, HDF5, Y4M, compressed NPZ, and NPY and raw at URLs are written in one piece, and always begun anew: of them nothing is kept.
    #[must_use]
    pub fn resume(self, work: impl Into<String>) -> Self {
        let resume = Some(work.into());
        Self { resume, ..self }
    }

    /// The version of Zarr, and with it of OME-NGFF. Default: 3.
    #[must_use]
    pub fn zarr_version(self, zarr_version: ZarrVersion) -> Self {
        Self { zarr_version, ..self }
    }

    /// Whether a Zarr gets OME-NGFF's metadata and coarser scales, or is a bare array. Default: if the name ends in `.zarr`.
    #[must_use]
    pub fn ome(self, ome: bool) -> Self {
        let ome = Some(ome);
        Self { ome, ..self }
    }

    /// Whether the samples are labels, of which no mean can be taken: coarser scales then take one sample of many. Default: no.
    #[must_use]
    pub fn labels(self, labels: bool) -> Self {
        Self { labels, ..self }
    }

    /// How many scales a multiscale Zarr gets, the finest among them: each is half as long along the axes of space, as long as
    /// one of them is longer than 1. Default: until a scale is a single chunk.
    #[must_use]
    pub fn scales(self, scales: usize) -> Self {
        let scales = Some(scales);
        Self { scales, ..self }
    }

    /// What is looked at while the file is begun, so that waiting for a store, or until what is to be replaced is gone there, ends
    /// when nobody wants it any more. Writing looks at its own.
    #[must_use]
    pub fn checkpoint(self, checkpoint: &Checkpoint) -> Self {
        let checkpoint = checkpoint.clone();
        Self { checkpoint, ..self }
    }

    /// A setting of the object store of a URL, as [`Open::store_setting`](crate::io::Open::store_setting) has it.
    #[cfg(feature = "object-store")]
    #[must_use]
    pub fn store_setting(self, name: &str, value: &str) -> Self {
        let settings = self.settings.with(name, value);
        Self { settings, ..self }
    }

    /// Begins a file for an image like `meta`.
    ///
    /// # Errors
    ///
    /// Something exists there and is not to be [replaced](Self::replace); a folder that is missing or cannot be written; a
    /// shape, type, axis or option that the format cannot hold. Every error names the file. Nothing is left behind.
    pub fn create(&self, location: &str, meta: &Meta) -> Result<Box<dyn Sink>, Error> {
        let sink = Location::parse(location).and_then(|at| self.begin(&at, meta));
        sink.map_err(|cause| cause.context(format!("cannot write `{}`", Location::shown(location))))
    }

    /// The same; the error does not name the file.
    pub(crate) fn begin(&self, at: &Location, meta: &Meta) -> Result<Box<dyn Sink>, Error> {
        let reading = Reading::of(&self.checkpoint);
        let how = self.clone().checkpoint(&reading.checkpoint());
        let sink = guarded(|| how.dispatch(at, meta));
        reading.end();
        sink
    }

    fn dispatch(&self, at: &Location, meta: &Meta) -> Result<Box<dyn Sink>, Error> {
        match stack::Template::of(at)? {
            Some(template) => stack::create(at, template, meta, self),
            None => self.single(at, meta),
        }
    }

    /// One file, whatever braces there are in its name.
    pub(crate) fn single(&self, at: &Location, meta: &Meta) -> Result<Box<dyn Sink>, Error> {
        let format = match self.format {
            Some(format) => format,
            None => Format::of_name(at)?,
        };
        if self.scales.is_some() && format != Format::Zarr {
            let name = format.name();
            return Err(Error::invalid(format!("{name} has no scales; Zarr has")));
        }
        if at.url().is_some() {
            #[cfg(feature = "object-store")]
            return crate::io::object::create(at, meta, self, format);
            #[cfg(not(feature = "object-store"))]
            return crate::io::no_urls();
        }
        match format {
            Format::Npy => npy::create(at, meta, self),
            Format::Tiff => tiff::create(at, meta, self),
            Format::Zarr => zarr::create(at, meta, self),
            Format::Npz => npz::create(at, meta, self),
            Format::Raw => raw::create(at, meta, self),
            Format::Png | Format::Jpeg => picture::create(at, meta, self, format),
            Format::Y4m => y4m::create(at, meta, self),
            Format::Nifti => Err(Error::invalid("NIfTI is read, not written: use Zarr, TIFF or NPY")),
            #[cfg(feature = "hdf5")]
            Format::Hdf5 => crate::io::hdf5::create(at, meta, self),
            #[cfg(feature = "n5")]
            Format::N5 => crate::io::n5::create(at, meta, self),
            #[cfg(not(feature = "hdf5"))]
            Format::Hdf5 => crate::io::not_built(format, "hdf5"),
            #[cfg(not(feature = "n5"))]
            Format::N5 => crate::io::not_built(format, "n5"),
        }
    }
}
