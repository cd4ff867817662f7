//! Writing TIFF.
//!
//! Samples come first in the file, in the order in which they are written; the directories follow when all are there, and the
//! header points to them last. A file without compression and tiles has a place for each sample, so that any region is written
//! where it belongs; of all others, whole strips or tiles are.
//!
//! A run that can be resumed keeps a journal beside the file: of regions where samples are bare, else of strips and tiles, with
//! the place of each. The next run finds there what need not be written again, and appends behind it. What the first has appended
//! without entering it stays in the file, and nobody refers to it.

mod chunk_file;
mod chunks;
mod directory;
mod lzw;
mod ome;
mod pack;
mod plan;
mod sink;
mod table;

pub(crate) use sink::create;
