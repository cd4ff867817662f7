//! Items that could not be processed.

use crate::error::Error;
use crate::flow::envelope::Trace;
use crate::flow::port::Port;
use crate::sync::Arc;

/// An item that a node has given up, with what is known of it.
#[derive(Clone, Debug)]
pub struct DeadLetter<T> {
    /// The item.
    pub item: T,
    /// Why the last attempt failed.
    pub error: Error,
    /// The node that has given it up.
    pub node: Arc<str>,
    /// How often it was tried.
    pub attempts: u32,
    /// What it was made of.
    pub trace: Trace,
}

/// What the output is called that they leave by.
pub(crate) const PORT: &str = "dead letters";

/// The output that they leave by.
pub(crate) const fn port<T>() -> Port<DeadLetter<T>> {
    Port::new(PORT)
}
