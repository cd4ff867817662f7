//! Writing NPY.

use std::os::unix::fs::FileExt as _;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::bytes::Endian;
use crate::io::create::Create;
use crate::io::flat::Flat;
use crate::io::location::Location;
use crate::io::npy::Header;
use crate::io::sink::{Saved, Sink};
use crate::io::staging::Staging;
use crate::roi::{Roi, Shape};

struct NpySink {
    name: String,
    meta: Meta,
    flat: Flat,
    staging: Staging,
}

/// Begins the file.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let staging = Staging::new(at.path(), how.replace, how.resume.is_some())?;
    let header = Header::write(meta.dtype(), &meta.shape());
    let file = staging.new_file()?;
    file.write_all_at(&header, 0)?;
    let flat = Flat::new(file, header.len() as u64, meta.shape(), meta.dtype(), Endian::NATIVE);
    let (name, meta) = (at.to_string(), meta.clone());
    Ok(Box::new(NpySink {
        name,
        meta,
        flat,
        staging,
    }))
}

impl Sink for NpySink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        let ones = vec![1; self.meta.shape().rank()];
        Shape::new(ones).expect("invariant: as many axes as the image")
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        0
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = self.flat.write(roi, block, checkpoint);
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, _checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let path = self.staging.path().to_owned();
        let context = format!("cannot write `{}`", self.name);
        let written = self.flat.check_written();
        let bytes = written.and_then(|()| self.staging.commit()).context(context)?;
        Ok(Saved { path, bytes })
    }
}
