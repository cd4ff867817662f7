//! Files: what is written is read back, by us and by others; what is damaged is an error.

mod interop;
mod npy;
mod support;
mod zarr;
