//! Reading NPY.

use std::io::BufReader;

use crate::array::Axes;
use crate::error::Error;
use crate::graph::Meta;
use crate::io::axes::axes_by_shape;
use crate::io::blob::Blob;
use crate::io::file_reader::FileReader;
use crate::io::flat::Flat;
use crate::io::location::Location;
use crate::io::npy::Header;
use crate::io::open::Open;
use crate::io::reading::Reading;
use crate::io::sampled::Sampled;
use crate::io::source::Source;
use crate::roi::Shape;
use crate::sync::Arc;

/// Opens the file.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let blob = Arc::new(Blob::open(at, how)?);
    let stream = FileReader::new(&blob, 0, blob.length()).watched_by(&Reading::of(&how.checkpoint));
    let header = Header::read(&mut BufReader::new(stream))?;
    let (meta, needed) = layout(&header, how.axes)?;
    if blob.length() < needed {
        return Err(too_short(&header));
    }
    let samples = blob.samples(header.offset, meta.shape(), (header.dtype, header.order))?;
    Ok(Sampled::source(at, meta, samples))
}

/// What is described as bare samples in C order, and the bytes that the file has at least. `axes` are those of the file's shape.
///
/// # Errors
///
/// A shape without usual axes or of more bytes than there can be, axes that do not fit it.
pub(crate) fn layout(header: &Header, axes: Option<Axes>) -> Result<(Meta, u64), Error> {
    let bytes = Flat::nbytes(&header.shape, header.dtype);
    let needed = bytes.and_then(|bytes| bytes.checked_add(header.offset));
    let needed = needed.ok_or_else(|| too_short(header))?;
    let axes = match axes {
        Some(axes) => axes,
        None => axes_by_shape(&header.shape)?,
    };
    if !header.fortran {
        return Ok((Meta::new(header.shape, header.dtype, axes)?, needed));
    }
    // In Fortran's order the last axis is the outermost.
    let lengths = header.shape.iter().rev().collect::<Vec<_>>();
    Ok((Meta::new(Shape::new(lengths)?, header.dtype, reversed(axes)?)?, needed))
}

fn too_short(header: &Header) -> Error {
    let (shape, dtype) = (header.shape, header.dtype);
    Error::msg(format!("it is too short for {shape} {dtype} (cut short or damaged)"))
}

fn reversed(axes: Axes) -> Result<Axes, Error> {
    let letters: Vec<_> = axes.iter().collect();
    letters.iter().rev().collect::<String>().parse()
}
