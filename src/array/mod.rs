//! Arrays: shared, n-dimensional, of any element type, with named axes.
//!
//! An [`Array`] is what operators and kernels hand to each other. It is immutable and cheap to clone (the buffer is
//! shared), knows the type of its elements at run time ([`DType`]) and the meaning of its axes ([`Axes`]). Code that works
//! on elements asks for a checked typed view, [`Array::view`].

mod arithmetic;
mod axes;
mod data;
mod dtype;
pub(crate) mod element;

pub use axes::Axes;
pub use data::Array;
pub use dtype::DType;
pub use element::Element;
pub(crate) use element::with_typed;

pub use crate::roi::MAX_AXES;
