//! NumPy's `.npy`: a header, then bare samples.
//!
//! | | |
//! |---|---|
//! | samples | all eleven types, little or big endian |
//! | order | C, and Fortran, whose axes are read in reverse |
//! | axes | by shape, as lazyflow does: `x`, `yx`; `zyx`, or `yxc` if the last is at most 4; `zyxc`, `tzyxc` |
//! | not read | complex numbers, structures, objects (a pickle, which is code) |
//!
//! Source: the format's description in NumPy's `numpy/lib/format.py`, versions 1.0 to 3.0.

mod header;
mod read;
mod write;

pub(crate) use header::Header;
pub(crate) use read::{layout, open};
pub(crate) use write::create;
