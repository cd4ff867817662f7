//! An item that was not taken.

use std::fmt;

use crate::error::Error;

/// Why a queue or a pool did not take an item, and the item.
///
/// In requests and other functions that return [`Error`], `?` drops the item and keeps the cause.
///
/// # Examples
///
/// A queue that is full gives the item back:
///
/// ```
/// use headwater::green::Queue;
///
/// let queue = Queue::bounded(1);
/// queue.try_put("first")?;
/// let refused = queue.try_put("second").unwrap_err();
/// assert!(refused.is_full());
/// assert_eq!(refused.into_item(), "second");
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct PutError<T> {
    item: T,
    why: Why,
}

enum Why {
    Full,
    Closed,
    Failed(Error),
}

impl<T> PutError<T> {
    pub(crate) fn full(item: T) -> Self {
        Self { item, why: Why::Full }
    }

    pub(crate) fn closed(item: T) -> Self {
        Self { item, why: Why::Closed }
    }

    pub(crate) fn failed(item: T, error: Error) -> Self {
        let why = Why::Failed(error);
        Self { item, why }
    }

    /// The item.
    pub fn into_item(self) -> T {
        self.item
    }

    /// There is no room now; there may be later.
    pub fn is_full(&self) -> bool {
        matches!(self.why, Why::Full)
    }

    /// It takes no more items.
    pub fn is_closed(&self) -> bool {
        matches!(self.why, Why::Closed)
    }

    /// There was no room in time.
    pub fn is_timeout(&self) -> bool {
        matches!(&self.why, Why::Failed(error) if error.is_timeout())
    }

    /// The cause, without the item.
    pub fn into_error(self) -> Error {
        match self.why {
            Why::Full => Error::msg("there is no room for the item"),
            Why::Closed => Error::msg("closed: no more items are taken"),
            Why::Failed(error) => error,
        }
    }
}

impl<T> From<PutError<T>> for Error {
    fn from(refused: PutError<T>) -> Self {
        refused.into_error()
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Full => f.write_str("there is no room for the item"),
            Why::Closed => f.write_str("closed: no more items are taken"),
            Why::Failed(error) => fmt::Display::fmt(error, f),
        }
    }
}

/// Without the item, which need not be `Debug`.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutError({self})")
    }
}

impl<T> std::error::Error for PutError<T> {}
