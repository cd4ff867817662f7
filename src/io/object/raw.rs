//! Opening an object of bare samples, whose description lies beside it.

use crate::error::{Error, ErrorContext as _};
use crate::io::location::Location;
use crate::io::object::bytes::RemoteBytes;
use crate::io::object::fetch::Part;
use crate::io::object::remote::Remote;
use crate::io::open::Open;
use crate::io::raw;
use crate::io::sampled::Sampled;
use crate::io::samples::Samples;
use crate::io::source::Source;

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
    Ok(Sampled::source(at, meta, Samples::Remote(samples)))
}
