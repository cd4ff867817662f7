//! What depends on the element alone, and summaries of all elements.

pub(super) mod arithmetic;
pub(super) mod channels;
pub(super) mod elements;
pub(super) mod first_nonzero;
pub(super) mod histogram;
pub(super) mod normalise;
pub(super) mod overlay;
pub(super) mod pieces;
pub(super) mod pointwise;
pub(super) mod threshold;

pub use arithmetic::{Arithmetic, ArithmeticOperation};
pub use channels::{arg_max_channel, max_channel_indicator};
pub(crate) use elements::assemble;
pub use elements::{cast, map_elements, merge_elements, merge_elements_into, reinterpret};
pub use first_nonzero::first_nonzero;
pub use histogram::{Histogram, otsu, value_range};
pub use normalise::Normalise;
pub use overlay::LabelOverlay;
pub(crate) use pointwise::{any_nonzero, update};
pub use threshold::{Threshold, threshold};
