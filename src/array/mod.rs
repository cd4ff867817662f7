//! Arrays: shared, n-dimensional, of any element type, with named axes.
//!
//! An [`Array`] is what operators and kernels hand to each other: a value, cheap to clone and to slice (the buffer is shared,
//! and copied when somebody writes to it), that knows the type of its elements at run time ([`DType`]) and the meaning of its
//! axes ([`Axes`]). Code that works on elements asks for a checked typed view, [`Array::view`]; code for all types at once
//! says [`match_dtype!`].

mod allocate;
mod arithmetic;
mod axes;
mod convert;
mod create;
mod data;
mod dispatch;
mod dtype;
mod element;
mod equal;
mod huge;
mod join;
mod layout;
mod map;
mod pool;
mod reorder;
mod rows;
#[cfg(feature = "serde")]
mod serde;
mod slice;
mod store;
mod view;
mod window;
mod write;

pub(crate) use allocate::zeros;
pub use axes::Axes;
pub use data::Array;
pub use dispatch::match_dtype;
pub use dtype::DType;
pub use element::Element;
pub use pool::BufferPool;

pub use crate::roi::MAX_AXES;
