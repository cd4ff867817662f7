//! Writing NPY.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::bytes::Endian;
use crate::io::create::Create;
use crate::io::flat_sink::FlatSink;
use crate::io::location::Location;
use crate::io::npy::Header;
use crate::io::sink::{Saved, Sink, check_block};
use crate::io::staging::Staging;
use crate::roi::Roi;

struct NpySink {
    name: String,
    meta: Meta,
    flat: FlatSink,
}

/// Begins the file.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    let staging = Staging::new(at.path(), how.replace, how.resume.is_some())?.durable(!how.volatile);
    let header = Header::write(meta.dtype(), &meta.shape());
    let samples = (meta.shape(), meta.dtype(), Endian::NATIVE);
    let flat = FlatSink::new(staging, &header, samples, how.resume.as_deref())?;
    let (name, meta) = (at.to_string(), meta.clone());
    Ok(Box::new(NpySink { name, meta, flat }))
}

impl Sink for NpySink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_written(&self, roi: &Roi) -> bool {
        self.flat.is_written(roi)
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        0
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written =
            check_block(&self.meta, &self.unit(), roi, block).and_then(|()| self.flat.write(roi, block, checkpoint));
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let saved = self.flat.finish(checkpoint);
        saved.context(format_args!("cannot write `{}`", self.name))
    }
}
