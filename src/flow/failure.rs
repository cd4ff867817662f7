//! What becomes of a flow when an item cannot be processed.

use crate::error::Error;

/// What a node does with an item that has failed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Failure {
    /// The flow ends with its error.
    #[default]
    Fail,
    /// The item is let go of, and counted.
    Drop,
}

/// What is to be done.
pub(crate) enum Verdict {
    Fail,
    Drop,
}

impl Failure {
    pub(crate) fn judge(&self, _error: &Error) -> Verdict {
        match self {
            Self::Fail => Verdict::Fail,
            Self::Drop => Verdict::Drop,
        }
    }
}
