//! Zarr, version 2 and 3, with OME-NGFF's metadata or without.
//!
//! | | read | written |
//! |---|---|---|
//! | versions | 2 and 3 | 3; 2 by option |
//! | samples | all eleven types, little or big endian | little endian |
//! | order | C and F, any `transpose` | C |
//! | chunks | a regular grid; keys of either version; missing chunks are the fill value | all, keys with slashes |
//! | shards | index at either end, with a CRC-32C or without | index at the end, with a CRC-32C |
//! | compressions | zstd, gzip, zlib (version 2), Blosc with all its compressors; CRC-32C | zstd, gzip, Blosc with LZ4 or zstd |
//! | not read | filters of version 2, LZ4 alone, shards within shards or compressed as a whole, two compressions in a row | |
//! | OME-NGFF | 0.1 to 0.5: axes, pixel sizes, units, channels, scales | 0.5 in version 3, 0.4 in version 2 |
//!
//! # Parts
//!
//! A [`store`] has bytes under keys; `node` finds what lies at a path of it; `v2` and `v3` read and write [`metadata`];
//! [`codec`] decodes chunks, `shard` finds them in shards, and `array` puts them to where they go, by several threads.
//! `write` makes a store in a folder that gets its name at the end; `pyramid` fills the coarser scales as it goes.

#[cfg(feature = "object-store")]
mod ahead;
mod array;
mod codec;
mod codecs_v3;
mod contents;
mod data_type;
mod downsample;
mod encode;
mod home;
mod json;
mod keys;
mod metadata;
mod node;
#[cfg(feature = "object-store")]
mod objects;
mod ome;
mod ome_write;
mod plain;
mod plan;
mod pyramid;
mod read;
mod shard;
mod store;
mod target;
mod v2;
mod v3;
mod version;
mod write;
mod written;

pub(crate) use contents::contents;
pub(crate) use read::open;
pub use version::ZarrVersion;
pub(crate) use write::create;
