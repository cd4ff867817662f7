//! Why there is no item.

/// Why a queue gave no item at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TryGetError {
    /// It is empty now.
    #[error("the queue is empty")]
    Empty,
    /// It is empty and has been closed: no item will come.
    #[error("the queue is empty and closed")]
    Closed,
}
