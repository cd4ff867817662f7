//! A folder that is gone afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Where files are in memory, where there is such a place.
const IN_MEMORY: &str = "/dev/shm";

pub(super) struct Room(TempDir);

impl Room {
    pub(super) fn new() -> Self {
        let folder = match Path::new(IN_MEMORY).is_dir() {
            true => tempfile::tempdir_in(IN_MEMORY),
            false => tempfile::tempdir(),
        };
        Self(folder.expect("a temporary folder"))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("a file in a temporary folder");
    }
}
