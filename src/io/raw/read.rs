//! Reading bare samples.

use std::fs::File;
use std::path::Path;

use crate::error::Error;
use crate::graph::Meta;
use crate::io::flat::Flat;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::raw::Sidecar;
use crate::io::raw::change::Beside;
use crate::io::raw::name::of_name;
use crate::io::sampled::Sampled;
use crate::io::samples::Samples;
use crate::io::source::Source;

/// How often a pair may be replaced while it is opened.
const CHANGES: usize = 16;

/// Opens the file.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let (said, file) = pair(at.path())?;
    let meta = said.meta(how.axes)?;
    check_length(&meta, said.offset, file.metadata()?.len())?;
    let flat = Flat::new(file, said.offset, meta.shape(), meta.dtype(), said.byte_order.into());
    Ok(Sampled::source(at, meta, Samples::Bare(flat)))
}

/// The samples at `path`, and the description that is theirs (C3).
///
/// # Errors
///
/// The file system's; nothing tells their shape; a description that is damaged.
fn pair(path: &Path) -> Result<(Sidecar, File), Error> {
    let beside = Sidecar::path(path);
    let mut found = Beside::read(&beside)?;
    for _ in 0..CHANGES {
        let file = File::open(path)?;
        let again = Beside::read(&beside)?;
        let bytes = |found: &Option<(Vec<u8>, Beside)>| found.as_ref().map(|(bytes, _)| bytes.clone());
        if bytes(&again) != bytes(&found) {
            found = again;
            continue;
        }
        let said = found
            .map(|(_, beside)| beside.of(&file.metadata()?))
            .transpose()?
            .flatten();
        let by_name = || of_name(&path.file_name().unwrap_or_default().to_string_lossy());
        return Ok((said.map_or_else(by_name, Ok)?, file));
    }
    Err(Error::msg("its description changes all the time"))
}

/// Whether a file of `length` bytes holds the samples of `meta` from `offset` on, and nothing else.
///
/// # Errors
///
/// That it does not.
pub(crate) fn check_length(meta: &Meta, offset: u64, length: u64) -> Result<(), Error> {
    let needed = Flat::nbytes(&meta.shape(), meta.dtype()).and_then(|bytes| bytes.checked_add(offset));
    if needed == Some(length) {
        return Ok(());
    }
    Err(Error::msg(format!(
        "it has {length} bytes, and {} {} from byte {offset} on takes {}",
        meta.shape(),
        meta.dtype(),
        needed.map_or("more than there can be".to_owned(), |needed| needed.to_string())
    )))
}
