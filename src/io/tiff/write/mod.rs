//! Writing TIFF.
//!
//! Samples come first in the file, in the order in which they are written; the directories follow when all are there, and the
//! header points to them last. A file without compression and tiles has a place for each sample, so that any region is written
//! where it belongs; of all others, whole strips or tiles are.

mod chunks;
mod directory;
mod ome;
mod pack;
mod plan;
mod sink;
mod table;

pub(crate) use sink::create;
