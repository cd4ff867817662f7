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
//! # Whole or not at all
//!
//! A file that is written grows under a name of its own in the same folder and gets its name when it is whole. A run that was
//! [made to be resumed](Create::resume) leaves its part for the next.

mod axes;
mod block_shape;
mod boxes;
mod bytes;
mod chunk_shape;
mod compression;
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
mod open;
mod ordered;
mod picture;
mod random_name;
mod raw;
mod regions;
mod resident;
mod samples;
mod sink;
mod source;
mod stack;
pub(crate) mod staging;
mod tiff;
mod turn;
mod watched;
mod writable;
mod zarr;

pub use axes::axes_by_shape;
pub use block_shape::block_shape;
pub use compression::Compression;
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
pub use writable::check_writable;
pub use zarr::ZarrVersion;

#[cfg(not(all(feature = "n5", feature = "hdf5")))]
use crate::error::Error;

/// The answer of a format that this build does not have.
#[cfg(not(all(feature = "n5", feature = "hdf5")))]
fn not_built<T>(format: Format, feature: &str) -> Result<T, Error> {
    Err(Error::invalid(format!(
        "this build has no {format}: it needs the feature `{feature}`"
    )))
}
