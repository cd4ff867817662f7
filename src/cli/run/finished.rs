//! What an earlier run has finished.
//!
//! Beside each output that is whole lies, until all are, a mark that tells which work it is of. So a run that goes on with
//! another neither computes it again nor takes a stranger's file for its own.

use std::fs;
use std::path::PathBuf;

use headwater::Error;
use headwater::io::Location;

use crate::cli::file;
use crate::cli::place::Place;
use crate::cli::work;

/// Whether the output at `place` is what the run with this work has made.
pub(super) fn is_done(place: &Place, work: &str) -> bool {
    let told = mark(place).and_then(|mark| fs::read_to_string(mark).ok());
    told.is_some_and(|told| text(place, work).is_ok_and(|text| told == text))
}

/// Remembers that it is.
///
/// # Errors
///
/// The mark cannot be written.
pub(super) fn set(place: &Place, work: &str) -> Result<(), Error> {
    match mark(place) {
        Some(mark) => file::save(&mark, text(place, work)?.as_bytes()),
        None => Ok(()),
    }
}

/// Forgets it.
pub(super) fn clear(place: &Place) {
    if let Some(mark) = mark(place) {
        // That it is not there is what is wanted.
        let _ = fs::remove_file(mark);
    }
}

/// In a store, and of a name that is still to be filled in, there is none.
fn mark(place: &Place) -> Option<PathBuf> {
    let at = Location::parse(&place.location).ok()?;
    if at.url().is_some() || place.location.contains('{') || !at.within().is_empty() {
        return None;
    }
    let name = at.path().file_name()?.to_str()?;
    Some(at.path().with_file_name(format!(".{name}.headwater-done")))
}

fn text(place: &Place, work: &str) -> Result<String, Error> {
    Ok(format!("{work}\n{}\n", work::of_file(&place.location)?))
}
