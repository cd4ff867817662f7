//! Files: what is written is read back, by us and by others; what is damaged is an error.

mod export;
#[cfg(feature = "hdf5")]
mod hdf5;
mod interop;
mod kill;
#[cfg(feature = "n5")]
mod n5;
mod nifti;
mod npy;
mod npz;
#[cfg(feature = "object-store")]
mod object;
mod picture;
mod raw;
mod stack;
mod support;
mod tiff;
mod volume;
mod y4m;
mod zarr;
mod zarr_groups;
