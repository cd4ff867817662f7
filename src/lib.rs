//! Headwater: lazy, demand-driven computation.

pub mod array;
pub mod checkpoint;
pub mod error;
pub mod kernels;

pub use array::{Array, Axes, DType};
pub use checkpoint::{Checkpoint, Interrupt};
pub use error::{Error, ErrorContext, ErrorKind};
