//! Reading NPY.

use std::fs::File;

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::axes::axes_by_shape;
use crate::io::flat::Flat;
use crate::io::location::Location;
use crate::io::npy::Header;
use crate::io::open::Open;
use crate::io::source::Source;
use crate::roi::{Roi, Shape};

struct Npy {
    name: String,
    meta: Meta,
    flat: Flat,
}

/// Opens the file.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let mut file = File::open(at.path())?;
    let header = Header::read(&mut file)?;
    let bytes = Flat::nbytes(&header.shape, header.dtype);
    let needed = bytes.and_then(|bytes| bytes.checked_add(header.offset));
    if needed.is_none_or(|needed| file.metadata().is_ok_and(|file| file.len() < needed)) {
        let shape = header.shape;
        return Err(Error::msg(format!(
            "it is too short for {shape} {} (cut short or damaged)",
            header.dtype
        )));
    }
    // In Fortran's order the last axis is the outermost.
    let lengths = header.shape.iter();
    let shape = match header.fortran {
        false => header.shape,
        true => Shape::new(lengths.rev().collect::<Vec<_>>())?,
    };
    let axes = match how.axes {
        Some(axes) => axes,
        None => axes_by_shape(&header.shape)?,
    };
    let axes = if header.fortran { reversed(axes)? } else { axes };
    let flat = Flat::new(file, header.offset, shape, header.dtype, header.order);
    let meta = Meta::new(shape, header.dtype, axes)?;
    let name = at.to_string();
    Ok(Box::new(Npy { name, meta, flat }))
}

fn reversed(axes: Axes) -> Result<Axes, Error> {
    let letters: Vec<_> = axes.iter().collect();
    Ok(letters.iter().rev().collect::<String>().parse()?)
}

impl Source for Npy {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let read = self.flat.read(roi, out, checkpoint);
        read.context(format_args!("cannot read `{}`", self.name))
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        0
    }
}
