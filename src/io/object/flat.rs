//! Opening objects of bare samples: NPY, raw, NIfTI.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::flat::Flat;
use crate::io::location::Location;
use crate::io::object::fetch::Part;
use crate::io::object::remote::Remote;
use crate::io::object::samples::RemoteSamples;
use crate::io::open::Open;
use crate::io::samples::Samples;
use crate::io::source::Source;
use crate::io::{nifti, npy, raw};
use crate::roi::Roi;

/// Longer than any header of these formats.
const HEADER: u64 = 66 << 10;

struct FlatObject {
    name: String,
    meta: Meta,
    samples: RemoteSamples,
}

/// The object at `at`, and how many bytes it has.
fn object(at: &Location, how: &Open) -> Result<(Remote, u64), Error> {
    let remote = Remote::new(at, &how.settings)?;
    let length = remote.length("", &Checkpoint::never())?;
    let length = length.ok_or_else(|| Error::invalid("there is no such object"))?;
    Ok((remote, length))
}

/// What it begins with.
fn start(remote: &Remote, length: u64) -> Result<Vec<u8>, Error> {
    let length = length.min(HEADER);
    if length == 0 {
        return Err(Error::invalid("it is empty"));
    }
    let fetched = remote.get("", Part::Range { start: 0, length }, length, &Checkpoint::never())?;
    Ok(fetched.ok_or_else(|| Error::msg("it is gone"))?.bytes)
}

fn too_short(meta: &Meta) -> Error {
    let (shape, dtype) = (meta.shape(), meta.dtype());
    Error::msg(format!("it is too short for {shape} {dtype} (cut short or damaged)"))
}

/// Opens an NPY.
///
/// # Errors
///
/// As [`crate::io::open`], without the URL.
pub(super) fn npy(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let (remote, length) = object(at, how)?;
    let header = npy::Header::read(&mut &start(&remote, length)?[..])?;
    let (meta, needed) = npy::layout(&header, how.axes)?;
    if length < needed {
        return Err(too_short(&meta));
    }
    let kind = (header.dtype, header.order);
    let samples = RemoteSamples::new(remote, header.offset, meta.shape(), kind, how.limit);
    let name = at.to_string();
    Ok(Box::new(FlatObject { name, meta, samples }))
}

/// Opens bare samples.
///
/// # Errors
///
/// As [`crate::io::open`], without the URL.
pub(super) fn raw(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let (remote, length) = object(at, how)?;
    let beside = Location::parse(&format!("{at}.json"))?;
    let said = Remote::new(&beside, &how.settings)?.get("", Part::Whole, raw::LONGEST, &Checkpoint::never());
    let said = match said.context(format!("its description `{beside}`"))? {
        Some(text) => {
            let text = String::from_utf8(text.bytes).map_err(|_| Error::invalid("it is not UTF-8"));
            let said = text.and_then(|text| raw::Sidecar::parse(&text));
            said.context(format!("its description `{beside}`"))?
        }
        None => raw::of_name(&at.path().file_name().unwrap_or_default().to_string_lossy())?,
    };
    let (meta, offset, order) = (said.meta(how.axes)?, said.offset(), said.order());
    raw::check_length(&meta, offset, length)?;
    let samples = RemoteSamples::new(remote, offset, meta.shape(), (meta.dtype(), order), how.limit);
    let name = at.to_string();
    Ok(Box::new(FlatObject { name, meta, samples }))
}

/// Opens an uncompressed NIfTI.
///
/// # Errors
///
/// As [`crate::io::open`], without the URL; that it is compressed.
pub(super) fn nifti(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let (remote, length) = object(at, how)?;
    let start = start(&remote, length)?;
    if start.starts_with(&[0x1F, 0x8B]) {
        return Err(Error::invalid(
            "a compressed NIfTI is not read from URLs, as there is no way into its middle: copy it to a file",
        ));
    }
    let header = nifti::read_header(&start[..])?;
    if header.apart() {
        return Err(Error::invalid(
            "its samples are in another file (.img), which is not read from URLs: copy both to files",
        ));
    }
    let meta = header.meta(how.axes)?;
    let needed = Flat::nbytes(&meta.shape(), meta.dtype()).and_then(|bytes| bytes.checked_add(header.offset()));
    if needed.is_none_or(|needed| length < needed) {
        return Err(too_short(&meta));
    }
    let kind = (meta.dtype(), header.order());
    let samples = RemoteSamples::new(remote, header.offset(), meta.shape(), kind, how.limit);
    Ok(nifti::source(at, &header, meta, Samples::Remote(samples)))
}

impl Source for FlatObject {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let read = self.samples.read(roi, out, checkpoint);
        read.context(format_args!("cannot read `{}`", self.name))
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        self.samples.scratch(roi)
    }
}
