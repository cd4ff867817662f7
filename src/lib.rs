//! Headwater: lazy, demand-driven computation.

pub mod checkpoint;
pub mod error;
mod request;
mod runtime;
mod sync;

pub use checkpoint::{Checkpoint, Interrupt};
pub use error::{Error, ErrorContext, ErrorKind};
pub use request::*;
pub use runtime::*;
