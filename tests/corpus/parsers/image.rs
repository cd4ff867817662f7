//! An image that a stranger sent: opened, read whole if it is small, and in parts.

use std::path::Path;

use headwater::io::{Limit, Open, Source};
use headwater::{Array, Checkpoint, Error, Roi};

use super::{LIMIT, strict};

/// The largest image that is read whole, and the largest part, in bytes.
const WHOLE: usize = 1 << 20;
const PART: usize = 4 << 10;

/// Opens and reads what lies at `path`; returns the whole image if it is small.
///
/// # Panics
///
/// If an error does not name it; if more memory is taken than is told; if parts are not parts of the whole.
pub(super) fn look(path: &Path) -> Result<Option<Array>, String> {
    look_as(&Open::new(), path)
}

/// The same, opened as `open` says.
pub(super) fn look_as(open: &Open, path: &Path) -> Result<Option<Array>, String> {
    let location = path.to_str().expect("paths of tests are text");
    let open = open.clone().limit(Limit::bytes(LIMIT));
    let source = strict::within(LIMIT, "opening", || open.open(location));
    let source = source.map_err(|error| report(&error, location))?;
    let all = source.meta().roi();
    let whole = (bytes(&*source, &all) <= WHOLE).then(|| read(&*source, &all));
    for part in parts(&*source, &all) {
        let read = read(&*source, &part);
        match (&whole, read) {
            (Some(Ok(whole)), part_of) => {
                let expected = whole.slice(&part).expect("a part of the image");
                let same = part_of.as_ref().is_ok_and(|part_of| part_of.same_bits(&expected));
                assert!(same, "{part} of {all} is not what the whole has: {:?}", part_of.err());
            }
            (None, Err(error)) => return Err(error),
            _ => {}
        }
    }
    whole.transpose()
}

/// Reads `roi` within the memory that the source tells.
fn read(source: &dyn Source, roi: &Roi) -> Result<Array, String> {
    let (told, own) = (source.scratch(roi), bytes(source, roi) as u64);
    // Some can be opened and tell that they take more: they are not to be read.
    let most = if told > LIMIT { own } else { told + own };
    let read = strict::within(most, "reading", || source.read(roi, &Checkpoint::never()));
    assert!(
        told <= LIMIT || read.is_err(),
        "{roi} was read, which is said to take {told} bytes"
    );
    read.map_err(|error| report(&error, source.name()))
}

/// What a user would see.
///
/// # Panics
///
/// If it does not name the file.
pub(super) fn report(error: &Error, location: &str) -> String {
    let report = error.report();
    let cause = report.replace(location, "");
    assert!(report.contains(location), "`{report}` does not name `{location}`");
    assert!(cause.len() > "cannot read ``: ".len(), "`{report}` gives no cause");
    report
}

fn bytes(source: &dyn Source, roi: &Roi) -> usize {
    roi.shape()
        .saturating_volume()
        .saturating_mul(source.meta().dtype().size())
}

/// Some small parts of `all`: at its beginning, at its end, and in its middle.
fn parts(source: &dyn Source, all: &Roi) -> Vec<Roi> {
    if all.is_empty() {
        return Vec::new();
    }
    let mut lengths = vec![1; all.rank()];
    let mut room = PART / source.meta().dtype().size();
    for (axis, length) in lengths.iter_mut().enumerate().rev() {
        // A little of each axis, and most of the last.
        let most = if axis + 1 == all.rank() { room / 16 } else { 3 };
        *length = all.range(axis).len().min(most).min(room).max(1);
        room /= *length;
    }
    let at = |place: fn(usize) -> usize| {
        let ranges = lengths.iter().enumerate().map(|(axis, length)| {
            let start = place(all.range(axis).len() - length);
            start..start + length
        });
        Roi::from_ranges(ranges).expect("ranges within an image")
    };
    vec![at(|_| 0), at(|free| free), at(|free| free / 2)]
}
