//! Images that are nothing but their [samples](Samples).

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::location::Location;
use crate::io::samples::Samples;
use crate::io::source::Source;
use crate::roi::Roi;

/// The image of an NPY, of an entry of an NPZ, of a raw file.
pub(crate) struct Sampled {
    name: String,
    meta: Meta,
    samples: Samples,
}

impl Sampled {
    /// That at `at`, which is described as its samples are.
    pub(crate) fn source(at: &Location, meta: Meta, samples: Samples) -> Box<dyn Source> {
        let name = at.to_string();
        Box::new(Self { name, meta, samples })
    }
}

impl Source for Sampled {
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

    fn scratch(&self, _roi: &Roi) -> u64 {
        self.samples.scratch()
    }
}
