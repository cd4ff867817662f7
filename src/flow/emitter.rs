//! Where a processor puts what it makes.

use std::fmt;
use std::future::poll_fn;
use std::time::Duration;

use crate::flow::envelope::{Item, Origin, Trace};
use crate::flow::port::Port;
use crate::flow::task::outlet::Outlet;
use crate::flow::task::push::Rest;

/// Takes what a processor makes of one item.
///
/// What is emitted has the trace and the time of the item that is being processed, unless another time is said. It goes on when
/// the processor returns, or waits for [`room`](Self::room); when nobody takes it, it is let go of.
pub struct Emitter<'a, T> {
    outlet: &'a mut Outlet<T>,
    /// What the item that is being processed is of.
    origin: &'a Origin,
}

impl<'a, T> Emitter<'a, T> {
    #[inline]
    pub(crate) fn new(outlet: &'a mut Outlet<T>, origin: &'a Origin) -> Self {
        Self { outlet, origin }
    }

    /// The trace of the item that is being processed.
    pub fn trace(&self) -> Trace {
        self.origin.trace
    }

    /// Its event time.
    pub fn time(&self) -> Option<Duration> {
        self.origin.time
    }

    /// How old it is: how long ago its producer has made it.
    pub fn age(&self) -> Duration {
        self.origin.born.elapsed()
    }

    /// Waits until what has been emitted so far has gone on, for processors that make very many items of one: those have to
    /// fit the edge behind then, and not memory. What is [tried again](crate::flow::Retry) is held back all the same.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait.
    pub async fn room(&mut self) {
        poll_fn(|cx| self.outlet.poll_flush(cx)).await;
    }
}

impl<T: Item> Emitter<'_, T> {
    /// Sends an item on.
    #[inline]
    pub fn emit(&mut self, item: T) {
        self.outlet.emit(item, self.origin);
    }

    /// Sends an item on whose event time is another than that of what it was made of.
    pub fn emit_at(&mut self, item: T, time: impl Into<Option<Duration>>) {
        let time = time.into();
        self.outlet.emit(item, &Origin { time, ..*self.origin });
    }

    /// Sends an item out of another output than the main one. Nothing happens when nobody takes from that;
    /// if somebody takes items of another type from an output of this name, the flow fails.
    pub fn emit_to<U: Item>(&mut self, port: Port<U>, item: U) {
        self.outlet.emit_to(port.name(), self.origin.with(item));
    }
}

impl<T> fmt::Debug for Emitter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
