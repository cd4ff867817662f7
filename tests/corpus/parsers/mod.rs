//! Everything that reads what a stranger wrote, each behind one function from bytes.
//!
//! The test `corpus` gives them the files of `fuzz/corpus`, the targets of `fuzz` what a fuzzer makes up. Both hold them to the
//! same: the bytes are read, or refused with an error that says why and names the file; no panic of ours, caught or not; no memory
//! beyond the limit; and what is read in parts is what is read as a whole.

mod archive;
mod checksum;
mod image;
mod journal;
mod names;
mod nifti;
mod pipeline;
mod png;
mod raw;
mod region;
mod room;
mod strict;
mod y4m;

use room::Room;

/// The most that opening or reading may take beside the region.
const LIMIT: u64 = 32 << 20;

/// What became of some bytes: read, or refused with this report.
pub(crate) type Outcome = Result<(), String>;

/// A parser.
pub(crate) struct Parser {
    /// That of its target, and of its folder in the corpus.
    pub(crate) name: &'static str,
    parse: fn(&[u8]) -> Outcome,
}

/// All of them.
pub(crate) const PARSERS: [Parser; 14] = [
    Parser::new("pipeline", pipeline::parse),
    Parser::new("tiff", |bytes| file("a.tif", bytes)),
    Parser::new("zarr", |bytes| archive::parse("a.zarr", bytes)),
    Parser::new("n5", |bytes| archive::parse("a.n5", bytes)),
    Parser::new("nifti", nifti::parse),
    Parser::new("raw", raw::parse),
    Parser::new("npy", |bytes| file("a.npy", bytes)),
    Parser::new("npz", |bytes| file("a.npz", bytes)),
    Parser::new("png", png::parse),
    Parser::new("jpeg", |bytes| file("a.jpg", bytes)),
    Parser::new("region", region::parse),
    Parser::new("names", names::parse),
    Parser::new("journal", journal::parse),
    Parser::new("y4m", y4m::parse),
];

impl Parser {
    const fn new(name: &'static str, parse: fn(&[u8]) -> Outcome) -> Self {
        Self { name, parse }
    }

    /// Gives `bytes` to the parser.
    ///
    /// # Panics
    ///
    /// If it does anything but read them or refuse them in an orderly way.
    pub(crate) fn give(&self, bytes: &[u8]) -> Outcome {
        strict::run(|| (self.parse)(bytes))
    }
}

/// An image in one file.
fn file(name: &str, bytes: &[u8]) -> Outcome {
    let room = Room::new();
    room.put(name, bytes);
    image::look(&room.path(name)).map(drop)
}
