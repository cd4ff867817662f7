//! N5: a folder of blocks, one file each.
//!
//! | | |
//! |---|---|
//! | samples | the ten types of numbers; bool is written as u8 |
//! | compression | none, gzip, zstd; blosc, lz4, xz and bzip2 are not read |
//! | axes | the attributes `axes` or ilastik's `axistags`, by shape otherwise; the file's order is the reverse of ours |
//! | pixel sizes | the attributes `resolution` and `units` |
//! | channel names | the attribute `channels` |
//! | a block without a file | zeros |
//! | a dataset | by the place within; the only one if none is told; written as `data` |
//!
//! Into an N5 container that exists, a dataset is added. A run that is resumed goes on with the blocks that are whole.
//!
//! Source: the README of `saalfeldlab/n5`, version 4.0.0 of the format.

mod attributes;
mod block;
mod container;
#[cfg(feature = "object-store")]
mod far;
mod find;
mod read;
mod write;

pub(crate) use find::names;
pub(crate) use read::open;
pub(crate) use write::create;
