//! NIfTI-1 and -2 in one file, `.nii`, or compressed, `.nii.gz`, and in two, `.hdr` with the header and `.img` with the samples.
//!
//! | | |
//! |---|---|
//! | samples | the ten types of numbers, little or big endian |
//! | axes | `x` runs fastest in the file: `zyx`, `tzyx`, `ctzyx`; axes 6 and 7 have length 1 |
//! | values | scaled by `scl_slope` and `scl_inter` to f32, of f64 to f64; as they are, if that changes nothing |
//! | pixel sizes | `pixdim` in the units of `xyzt_units` |
//! | regions | of `.nii` any at once; of `.nii.gz` by inflating all that comes before |
//! | not read | Analyze 7.5, complex numbers, RGB, one bit, 128 bit |
//!
//! Nothing is turned by `qform` and `sform`. Sources: `nifti1.h` and `nifti2.h` of the NIfTI Data Format Working Group.

mod header;
mod read;

pub(crate) use header::Header;
pub(crate) use read::open;
