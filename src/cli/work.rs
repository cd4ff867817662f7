//! What a run does, as text: what an earlier run has kept is gone on with only if it did the same.

use std::fs;
use std::time::UNIX_EPOCH;

use headwater::io::Location;

/// A file by its name, and how long it is and when it was changed last, as far as it has that.
pub(super) fn of_file(location: &str) -> String {
    let known = Location::parse(location).ok().and_then(|at| {
        let metadata = fs::metadata(at.path()).ok()?;
        let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{} bytes, changed at {}", metadata.len(), changed.as_nanos()))
    });
    format!("{location}: {}", known.unwrap_or_default())
}

/// All of `parts`, and which program did it.
pub(super) fn of_all(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<_> = parts.into_iter().collect();
    format!("headwater {}\n{}", env!("CARGO_PKG_VERSION"), parts.join("\n"))
}
