//! NumPy's `.npz`: a zip archive of [`.npy`](crate::io::npy) files.
//!
//! | | |
//! |---|---|
//! | entries | by the place within (`cells.npz/data`, with or without `.npy`); the only one if none is told |
//! | read | stored: any region at once; deflated: a region costs inflating all that comes before it in the entry |
//! | written | one entry, `data` or the place within; stored, in any order, or deflated, in order, if that is asked for |
//! | not read | encryption, other compressions, archives in parts |
//!
//! Source: PKWARE's APPNOTE 6.3.10, §4.3 and §4.5.3 (zip64).

mod directory;
mod read;
mod records;
mod write;

pub(crate) use read::{names, open};
pub(crate) use write::create;
