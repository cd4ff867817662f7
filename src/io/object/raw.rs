//! Opening an object of bare samples, whose description lies beside it.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::location::Location;
use crate::io::object::bytes::RemoteBytes;
use crate::io::object::fetch::Part;
use crate::io::object::remote::Remote;
use crate::io::object::samples::RemoteSamples;
use crate::io::open::Open;
use crate::io::raw;
use crate::io::source::Source;
use crate::roi::Roi;

struct RawObject {
    name: String,
    meta: Meta,
    samples: RemoteSamples,
}

/// Opens bare samples.
///
/// # Errors
///
/// As [`crate::io::open`], without the URL.
pub(super) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let object = RemoteBytes::open(at, how)?;
    let beside = Location::parse(&format!("{at}.json"))?;
    let said = Remote::new(&beside, &how.settings)?.get("", Part::Whole, raw::LONGEST, &how.checkpoint);
    let said = match said.context(format!("its description `{beside}`"))? {
        Some(text) => {
            let text = String::from_utf8(text.bytes).map_err(|_| Error::invalid("it is not UTF-8"));
            let said = text.and_then(|text| raw::Sidecar::parse(&text));
            said.context(format!("its description `{beside}`"))?
        }
        None => raw::of_name(&at.path().file_name().unwrap_or_default().to_string_lossy())?,
    };
    let (meta, offset, order) = (said.meta(how.axes)?, said.offset(), said.order());
    raw::check_length(&meta, offset, object.length())?;
    let samples = object.samples(offset, meta.shape(), (meta.dtype(), order));
    let name = at.to_string();
    Ok(Box::new(RawObject { name, meta, samples }))
}

impl Source for RawObject {
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
