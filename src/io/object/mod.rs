//! Images in object stores: AWS S3 and what speaks its protocol, Google Cloud Storage, Azure, and web servers.
//!
//! | | read | written |
//! |---|---|---|
//! | Zarr | v2, v3, shards, OME-NGFF | v2, v3, shards, OME-NGFF, resumed |
//! | NPY, raw | any region, by ranges | from the beginning to the end; not resumed, but begun anew |
//! | TIFF | directories by blocks, strips and tiles by ranges | |
//! | NIfTI, NPZ | uncompressed by ranges; compressed by all that comes before | |
//! | PNG, JPEG | as a whole, in memory | |
//! | Y4M | by frames | |
//! | N5 | by blocks | |
//! | stores | `s3://`, `gs://`, `az://`, `http(s)://`, `memory:///` | those but `http(s)://` |
//!
//! # Transfers
//!
//! They run on [threads of their own](pool). The compute thread that needs something asks for as much as may be under way at a
//! time, and works on what has arrived. It looks at its checkpoint each few milliseconds while it waits, and a transfer that
//! nobody waits for any more is ended.
//!
//! # Trust
//!
//! A server is a stranger as a file is. Its answers are [bounded](transport) before they are taken into memory, an answer that is
//! shorter or longer than it says is an error, and so is another range than that asked for. What it says of a failure is shown
//! as far as it is a code and a message: the rest may repeat signatures. Settings show their names alone.

mod address;
mod ahead;
mod bytes;
mod fetch;
mod fingerprint;
mod listing;
mod pool;
mod problem;
mod raw;
mod remote;
mod samples;
mod settings;
mod stream;
mod stream_sink;
mod transfers;
mod transport;
mod uploads;
mod window;

#[cfg(feature = "n5")]
pub(crate) use ahead::{Ahead, kept};
pub(crate) use bytes::RemoteBytes;
pub(crate) use fetch::{Fetch, Fetched, Part};
pub(crate) use pool::{Inbox, LOOK, Transfer, waiting};
pub(crate) use remote::Remote;
pub(crate) use samples::RemoteSamples;
pub(crate) use settings::Settings;
pub(crate) use uploads::Uploads;
pub(crate) use window::{SPAN, Stretch, TRANSFERS, Window, window};

use crate::error::Error;
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::format::Format;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::random_name::random_name;
use crate::io::sink::Sink;
use crate::io::source::Source;
use crate::io::{nifti, npy, npz, picture, tiff, y4m, zarr};

/// Opens the image at a URL.
///
/// # Errors
///
/// As [`crate::io::open`], without the URL.
pub(crate) fn open(at: &Location, how: &Open, format: Format) -> Result<Box<dyn Source>, Error> {
    match format {
        Format::Zarr => zarr::open(at, how),
        Format::Tiff => tiff::open(at, how),
        Format::Npy => npy::open(at, how),
        Format::Npz => npz::open(at, how),
        Format::Nifti => nifti::open(at, how),
        Format::Png | Format::Jpeg => picture::open(at, how, format),
        Format::Raw => raw::open(at, how),
        Format::Y4m => y4m::open(at, how),
        #[cfg(feature = "n5")]
        Format::N5 => crate::io::n5::open(at, how),
        #[cfg(not(feature = "n5"))]
        Format::N5 => crate::io::not_built(format, "n5"),
        Format::Hdf5 => Err(Error::invalid(
            "HDF5 is not read from URLs, but the other formats are: copy it to a file",
        )),
    }
}

/// Begins an image at a URL.
///
/// # Errors
///
/// As [`Create::create`], without the URL.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create, format: Format) -> Result<Box<dyn Sink>, Error> {
    match format {
        Format::Zarr => zarr::create(at, meta, how),
        Format::Npy => stream_sink::npy(at, meta, how),
        Format::Raw => stream_sink::raw(at, meta, how),
        other => Err(Error::invalid(format!(
            "{other} is not written to URLs, but Zarr, NPY and raw are: write a file and copy it"
        ))),
    }
}

/// A place in memory that is like the one at a URL, to try out what would be written there. The store itself is not asked.
///
/// # Errors
///
/// A URL of no store that is known or that cannot be written, settings that are wrong.
pub(crate) fn rehearsal(at: &Location, how: &Create) -> Result<Location, Error> {
    Remote::new(at, &how.settings)?.check_writable()?;
    let name = at.path().file_name().unwrap_or_default().to_string_lossy();
    let place = Location::parse(&format!("memory:///rehearsals/{}/{name}", random_name()))?;
    Ok(place.with_within(at.within()))
}

impl Open {
    /// What the store tells of that which lies at a URL: lengths, times and tags, as a text that is another if one of them has
    /// changed. Of a folder, 16,384 objects are looked at; where the store does not list, as web servers do not, its metadata.
    ///
    /// # Errors
    ///
    /// A path, whose file system can be asked; the store's error; the checkpoint's reason. The error names the URL.
    pub fn fingerprint(&self, url: &str) -> Result<String, Error> {
        let told = || {
            let at = Location::parse(url)?;
            fingerprint::fingerprint(&at, self)
        };
        told().map_err(|cause| cause.context(format!("cannot read `{}`", Location::shown(url))))
    }
}
