//! Bare samples, with a description beside them.
//!
//! `cells.raw` is described by `cells.raw.json`:
//!
//! ```json
//! {
//!   "shape": [5, 40, 30],
//!   "axes": "zyx",
//!   "dtype": "u16",
//!   "byte_order": "little",
//!   "offset": 0,
//!   "pixel_size": [{"size": 2.0, "unit": "micrometer"}, {"size": 0.5, "unit": "micrometer"}, {"size": 0.5, "unit": ""}],
//!   "channels": [],
//!   "range": [0.0, 4095.0]
//! }
//! ```
//!
//! `shape` and `dtype` must be there. `axes` are by shape, `byte_order` is little, `offset` is 0 if they are not; a key that is
//! not in this list is an error. The file has as many bytes as that takes, no more.
//!
//! Without a description, the name tells, as lazyflow has it: `cells-5-40-30-uint16.raw`, also with `x` and `_` between the
//! numbers and with letters of axes: `cells_zyx-5x40x30_u16.raw`. Two to five numbers; u8 if no type is told; little endian.
//!
//! # A pair of files
//!
//! Whoever reads by this module never gets samples with the description of others, at whatever moment, and a run that is killed
//! at any point leaves a pair that can be read: the old one, or the new one. A new pair: the description comes first, which
//! without samples is nothing. Over an old pair: if its description stays the same, only the samples are exchanged; else the old
//! description is followed by [one of both](change), this by the new samples, and these by their own description. What reads
//! such pairs without knowing of that may meet samples of which `NAME.json` says nothing, for a moment or after a killed run.

mod change;
mod name;
mod read;
mod sidecar;
mod write;

#[cfg(feature = "object-store")]
pub(crate) use name::of_name;
#[cfg(feature = "object-store")]
pub(crate) use read::check_length;
pub(crate) use read::open;
#[cfg(feature = "object-store")]
pub(crate) use sidecar::LONGEST;
pub(crate) use sidecar::Sidecar;
pub(crate) use write::create;
