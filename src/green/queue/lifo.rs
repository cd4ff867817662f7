//! Last in, first out.

use crate::green::queue::queue_discipline::Sealed;
use crate::green::queue::queue_of::QueueOf;

/// A queue that gives the newest item first.
///
/// # Examples
///
/// ```
/// use headwater::green::LifoQueue;
///
/// let stack = LifoQueue::unbounded();
/// stack.try_put(1)?;
/// stack.try_put(2)?;
/// assert_eq!(stack.get_wait()?, Some(2));
/// # Ok::<(), headwater::Error>(())
/// ```
pub type LifoQueue<T> = QueueOf<Lifo<T>>;

/// Last in, first out: the order of a [`LifoQueue`].
#[derive(Debug)]
pub struct Lifo<T>(Vec<T>);

impl<T> Default for Lifo<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Sealed for Lifo<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        self.0.push(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
