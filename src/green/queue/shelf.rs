//! Where items stand while nobody has taken them.

use crate::green::queue::fifo::Fifo;
use crate::green::queue::lifo::Lifo;
use crate::green::queue::priority::Ascending;

/// The order of a [`Queue`](crate::green::Queue): [`Fifo`], [`Lifo`] or [`Ascending`]. Sealed: its methods run under a lock, where no
/// code of the user's may run.
pub trait Shelf<T>: Sealed<T> + Default + Send {}

impl<T: Send> Shelf<T> for Fifo<T> {}
impl<T: Send> Shelf<T> for Lifo<T> {}
impl<T: Send> Shelf<(i32, T)> for Ascending<T> {}

#[expect(
    unnameable_types,
    reason = "sealed: the trait can be relied on, and not implemented, outside"
)]
pub trait Sealed<T> {
    fn push(&mut self, item: T);
    fn pop(&mut self) -> Option<T>;
    fn len(&self) -> usize;
}
