//! Headwater: lazy, demand-driven computation.

pub mod array;
pub mod checkpoint;
pub mod error;
pub mod kernels;
mod request;
mod runtime;
mod sync;

pub use array::{Array, Axes, DType};
pub use checkpoint::{Checkpoint, Interrupt};
pub use error::{Error, ErrorContext, ErrorKind};
pub use request::*;
pub use runtime::*;
