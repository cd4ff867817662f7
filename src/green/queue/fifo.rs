//! First in, first out.

use std::collections::VecDeque;

use crate::green::queue::queue_discipline::Sealed;
use crate::green::queue::queue_of::QueueOf;

/// A queue that gives the oldest item first.
///
/// # Examples
///
/// ```
/// use headwater::green::Queue;
///
/// let queue = Queue::bounded(2);
/// queue.try_put(1)?;
/// queue.try_put(2)?;
/// assert_eq!(queue.get_wait()?, Some(1));
/// # Ok::<(), headwater::Error>(())
/// ```
pub type Queue<T> = QueueOf<Fifo<T>>;

/// First in, first out: the order of a [`Queue`].
#[derive(Debug)]
pub struct Fifo<T>(VecDeque<T>);

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Sealed for Fifo<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        self.0.push_back(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
