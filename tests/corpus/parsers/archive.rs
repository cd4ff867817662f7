//! A folder of small files as one text, so that a fuzzer can change several at once.
//!
//! ```text
//! labels/0
//! -- zarr.json --
//! {"zarr_format": 3}
//! -- labels/0/c/0 --
//! any bytes
//! ```
//!
//! The first line is the place of the image within; it may be missing. The line break before a mark belongs to the mark, and that at the
//! end to nothing.

use std::fs;
use std::path::Path;

use super::room::Room;
use super::{Outcome, image};

/// How much of it is believed.
const FILES: usize = 64;
const LONGEST: usize = 120;

/// Reads the folder called `name`, a container, that `bytes` describe.
pub(super) fn parse(name: &str, bytes: &[u8]) -> Outcome {
    let room = Room::new();
    let folder = room.path(name);
    fs::create_dir(&folder).expect("a folder in a temporary one");
    let (within, files) = entries(bytes);
    for (key, content) in files.iter().take(FILES) {
        put(&folder, key, content);
    }
    let within = within.trim_matches('/');
    image::look(&folder.join(within)).map(drop)
}

/// Names that cannot be are left out, as are those that would be outside.
fn put(folder: &Path, key: &str, content: &[u8]) {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if key.len() > LONGEST || key.contains('\0') || !key.split('/').all(plain) {
        return;
    }
    let path = folder.join(key);
    let made = path.parent().map(fs::create_dir_all);
    if made.is_some_and(|made| made.is_ok()) {
        // Where a folder is already, there is none.
        let _ = fs::write(path, content);
    }
}

/// The place within, and the files with their names.
fn entries(bytes: &[u8]) -> (String, Vec<(String, Vec<u8>)>) {
    let mut within = Vec::new();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match (mark(line), files.last_mut()) {
            (Some(key), last) => {
                if let Some((_, content)) = last {
                    content.pop_if(|byte| *byte == b'\n');
                }
                files.push((key, Vec::new()));
            }
            (None, Some((_, content))) => content.extend(line),
            (None, None) => within.extend(line),
        }
    }
    let within = String::from_utf8_lossy(&within).replace('\0', "");
    let first = within.lines().next().unwrap_or_default().trim();
    (first.chars().take(LONGEST).collect(), files)
}

/// The name in a line that is a mark.
fn mark(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    let name = line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")?;
    Some(name.trim().to_owned())
}
