//! TIFF: the trip of every kind, regions, metadata, and files that lie.

mod about;
mod forge;
mod hostile;
mod kinds;
mod lies;
mod round_trip;

use std::path::PathBuf;

use headwater::io::open;
use headwater::{Array, Checkpoint, Error};
use tempfile::TempDir;

/// A folder for one test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The path of `name` in it.
    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes `bytes` to `name`, and returns its path.
    fn put(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// The image in `bytes`.
fn load_bytes(bytes: &[u8]) -> Result<Array, Error> {
    let folder = Folder::new();
    let path = folder.put("forged.tif", bytes);
    let source = open(&path)?;
    source.read(&source.meta().roi(), &Checkpoint::never())
}

/// The path of a file of the repository.
fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Numbers that look like chance and are the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 32) as u8).collect()
    }
}
