//! The smallest number first.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::green::queue::queue_discipline::Sealed;
use crate::green::queue::queue_of::QueueOf;

/// A queue of items with a number, as in `(-1, item)`, that gives the smallest number first, and of equal ones the oldest.
///
/// As with the priority of a request, smaller is more urgent. The number is an `i32` and not anything that can be compared,
/// since comparing happens under the queue's lock.
///
/// # Examples
///
/// ```
/// use headwater::green::PriorityQueue;
///
/// let queue = PriorityQueue::unbounded();
/// queue.try_put((3, "later"))?;
/// queue.try_put((-1, "first"))?;
/// assert_eq!(queue.get_wait()?, Some((-1, "first")));
/// # Ok::<(), headwater::Error>(())
/// ```
pub type PriorityQueue<T> = QueueOf<Ascending<T>>;

/// The smallest number first: the order of a [`PriorityQueue`].
#[derive(Debug)]
pub struct Ascending<T> {
    heap: BinaryHeap<Reverse<Ranked<T>>>,
    arrived: u64,
}

#[derive(Debug)]
struct Ranked<T> {
    rank: (i32, u64),
    item: T,
}

impl<T> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl<T> Eq for Ranked<T> {}

impl<T> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl<T> Default for Ascending<T> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            arrived: 0,
        }
    }
}

impl<T> Sealed for Ascending<T> {
    type Item = (i32, T);

    fn push(&mut self, (number, item): (i32, T)) {
        self.arrived += 1;
        let rank = (number, self.arrived);
        self.heap.push(Reverse(Ranked { rank, item }));
    }

    fn pop(&mut self) -> Option<(i32, T)> {
        let Reverse(Ranked { rank, item }) = self.heap.pop()?;
        Some((rank.0, item))
    }

    fn len(&self) -> usize {
        self.heap.len()
    }
}
