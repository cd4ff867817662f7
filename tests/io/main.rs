//! Files: what is written is read back, by us and by others; what is damaged is an error.

mod export;
mod interop;
mod interop_tiff;
mod kill;
mod npy;
mod support;
mod tiff;
mod volume;
mod zarr;
