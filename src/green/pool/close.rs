//! What a pool that is closed does with the work in it.

/// What becomes of the work in a pool that is closed. Results that are there are delivered in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// All items that were put are worked on, and their results delivered.
    Drain,
    /// Items that have not begun are dropped, and those that run are cancelled; neither has a result.
    Abort,
}
