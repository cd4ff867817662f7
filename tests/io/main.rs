//! Files: what is written is read back, by us and by others; what is damaged is an error.

mod export;
mod kill;
mod npy;
mod support;
mod volume;
