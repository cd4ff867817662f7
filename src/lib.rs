//! Headwater: lazy, demand-driven computation.

pub mod checkpoint;
pub mod error;

pub use checkpoint::{Checkpoint, Interrupt};
pub use error::{Error, ErrorContext, ErrorKind};
