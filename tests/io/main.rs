//! Files: what is written is read back, by us and by others; what is damaged is an error.

#[cfg(feature = "hdf5")]
mod hdf5;
mod interop_small;
#[cfg(feature = "n5")]
mod n5;
mod nifti;
mod npy;
mod npz;
mod picture;
mod raw;
mod stack;
mod support;
