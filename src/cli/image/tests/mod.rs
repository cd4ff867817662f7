//! Reading and writing together: what comes back, what is refused, what hostile files can do.

mod forge;
mod hostile;
mod kinds;
mod round_trip;
mod writing;

use std::path::{Path, PathBuf};

use headwater::{Checkpoint, Error};

use super::read::read;
use super::write::{Target, Written, write};
use super::{Budget, Image, Samples};
use crate::cli::progress::Progress;

/// Enough for every image of these tests, and far from what their lies ask for.
const BUDGET: u64 = 16 << 20;

/// A folder that goes with the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        // Writing over a file of that name would have the file system flush it: thousands of times too slow.
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn load(path: &Path) -> Result<Image, Error> {
    read(path, Budget::new(BUDGET), &Checkpoint::never())
}

fn save(path: &Path, image: &Image) -> Result<Written, Error> {
    write(&Target::check(path)?, image, &Checkpoint::never(), &Progress::hidden())
}

fn load_bytes(bytes: &[u8]) -> Result<Image, Error> {
    let folder = Folder::new();
    load(&folder.put("image", bytes))
}

fn image(axes: &str, shape: &[usize], samples: Samples) -> Image {
    let image = Image {
        shape: shape.to_vec(),
        axes: axes.to_owned(),
        samples,
    };
    image.check().unwrap();
    image
}

/// The same sequence in every run (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.next() as u8).collect()
    }

    fn words(&mut self, n: usize) -> Vec<u16> {
        (0..n).map(|_| self.next() as u16).collect()
    }

    fn floats(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.next() as i32 as f32 / 1e6).collect()
    }
}
