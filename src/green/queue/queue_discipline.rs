//! In which order a queue gives its items.

use crate::green::queue::fifo::Fifo;
use crate::green::queue::lifo::Lifo;
use crate::green::queue::priority::Ascending;

/// The order of a [queue](crate::green::QueueOf): [`Fifo`], [`Lifo`] or [`Ascending`]. Sealed: its methods run under a lock,
/// where no code of the user's may run.
pub trait QueueDiscipline: Sealed + Default {}

impl<T> QueueDiscipline for Fifo<T> {}
impl<T> QueueDiscipline for Lifo<T> {}
impl<T> QueueDiscipline for Ascending<T> {}

#[expect(
    unnameable_types,
    reason = "sealed: the trait can be relied on, and not implemented, outside"
)]
pub trait Sealed {
    type Item;

    fn push(&mut self, item: Self::Item);
    fn pop(&mut self) -> Option<Self::Item>;
    fn len(&self) -> usize;
}
