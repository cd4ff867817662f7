//! Files: what is written is read back, by us and by others; what is damaged is an error.

mod nifti;
mod npy;
mod npz;
mod picture;
mod raw;
mod stack;
mod support;
