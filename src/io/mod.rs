//! Images from and to files and stores, of which only a part need be in memory.
//!
//! A [`Source`] is an image that can be read in parts, a [`Sink`] one that is written in parts; [`open`] and [`Create`] find the
//! format. [`ImageSource`] is a source as an operator.
//!
//! # Trust
//!
//! A file is a claim by a stranger. Sizes are [admitted](Limit) before memory is taken by them, a file that ends early is an error,
//! a decoder's panic is an error, nothing in a file is ever evaluated. Every error names the file.
//!
//! # URLs
//!
//! With the feature `object-store`, a [`Location`] may be a URL: `s3://bucket/…`, `gs://bucket/…`, `az://container/…`,
//! `https://host/…` and `http://host/…`, and `memory:///…`, which is a store within the process. All formats but HDF5 can be
//! read: of Zarr, N5, TIFF, NPY, raw, and uncompressed NIfTI and NPZ what a region needs, of PNG and JPEG the whole object, of what is
//! compressed as one stream all that comes before. Zarr, NPY and raw can be written, though not to web servers. The format is that
//! of the name, and Zarr where it has no ending.
//!
//! Endpoint, region and credentials are in the environment, in the variables of the stores' own tools (`AWS_ACCESS_KEY_ID`,
//! `AWS_ENDPOINT_URL`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME`, …), or settings of [`Open`] and [`Create`]; a public
//! bucket of S3 wants `AWS_SKIP_SIGNATURE=true`. They show in no message, and none are taken from a URL.
//!
//! Opening waits for the store, until its [checkpoint](Open::checkpoint) says otherwise. On a thread that drives a tokio runtime of
//! one thread it is an error that says so.
//!
//! # Whole or not at all
//!
//! A file that is written grows under a name of its own in the same folder and gets its name when it is whole, in one step. A run
//! that was [made to be resumed](Create::resume) leaves its part for the next.
//!
//! Stacks of files, `planes/p_{z}.png`, appear in one step if `planes` is not there before or holds nothing but files that they
//! replace; among other files, each appears in one step, one soon after the other. Bare samples and their description are two
//! files: whoever opens them here gets a pair that belongs together at every moment. Where a file system cannot exchange two
//! folders, as some over a network, a folder that is replaced is missing for a moment.
//!
//! An object store has no renaming: there the metadata by which an image is found come last, and one that is to be replaced goes
//! before the new one is written. What ends early is removed; if even that is not possible, by the next run to the same place.
//! Nothing keeps two runs from the same place: the one that began first fails at its end, instead of making an image with holes.
//! Chunks are on their way while the next are computed, so that an upload that fails for good ends a later block, or the end.
//! A raw is two objects. The description of one that is replaced goes just before the new samples appear, and comes back if they do
//! not: no name shows samples with the description of others, but who is killed between leaves samples without one.

mod axes;
mod blob;
mod block_shape;
mod boxes;
mod bytes;
mod channels;
mod chunk_shape;
mod compression;
mod contents;
mod covered;
mod create;
mod exchange;
mod export;
mod file_reader;
mod flat;
mod flat_sink;
mod format;
mod guard;
#[cfg(feature = "hdf5")]
mod hdf5;
mod image_source;
mod inflated;
mod journal;
mod limit;
mod location;
mod lock;
#[cfg(feature = "n5")]
mod n5;
mod name;
mod nearby;
mod nifti;
mod npy;
mod npz;
mod numpy_type;
#[cfg(feature = "object-store")]
mod object;
mod on_disk;
mod open;
mod ordered;
mod picture;
#[cfg(test)]
#[path = "tests/points.rs"]
mod points;
mod random_name;
mod raw;
mod reading;
mod regions;
mod resident;
mod sampled;
mod samples;
mod sink;
mod source;
mod stack;
pub(crate) mod staging;
mod syncer;
mod tiff;
mod turn;
mod watched;
mod writable;
pub mod y4m;
mod zarr;

pub use axes::axes_by_shape;
pub use block_shape::block_shape;
pub use compression::Compression;
pub use contents::Contents;
pub use create::Create;
pub use export::{Export, ExportPlan, ExportProgress, Exporting};
pub use format::Format;
pub use image_source::{ImageSource, ImageSourceSlots};
pub use limit::{Limit, format_bytes, memory, parse_bytes};
pub use location::Location;
pub use name::fill_in;
pub use open::{Open, open};
pub use regions::{RegionBatch, Regions};
pub use resident::{peak_resident, resident};
pub use sink::{Saved, Sink, WriteOrder};
pub use source::{SharedSource, Source};
pub(crate) use stack::matching_files;
pub use writable::check_writable;
pub use zarr::ZarrVersion;

#[cfg(not(all(feature = "n5", feature = "hdf5", feature = "object-store")))]
use crate::error::Error;

/// The answer of a format that this build does not have.
#[cfg(not(all(feature = "n5", feature = "hdf5")))]
fn not_built<T>(format: Format, feature: &str) -> Result<T, Error> {
    Err(Error::invalid(format!(
        "this build has no {format}: it needs the feature `{feature}`"
    )))
}

/// The answer to a URL of a build that has no object stores.
#[cfg(not(feature = "object-store"))]
fn no_urls<T>() -> Result<T, Error> {
    Err(Error::invalid(
        "it is a URL: this build reads and writes files and folders, URLs need the feature `object-store`",
    ))
}
