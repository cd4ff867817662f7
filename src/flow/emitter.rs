//! Where a processor puts what it makes.

use std::time::Duration;

use crate::error::Error;
use crate::flow::envelope::{Envelope, Trace};
use crate::flow::task::push::Push;

/// Takes what a processor makes of one item.
///
/// What is emitted has the trace and the time of the item that is being processed, unless another time is said. It goes on as soon
/// as the processor returns, or before.
pub struct Emitter<'a, T> {
    next: &'a mut dyn Push<T>,
    trace: Trace,
    time: Option<Duration>,
    emitted: u64,
    /// Why the flow has to end: something behind this node has failed.
    failed: Option<Error>,
}

impl<'a, T> Emitter<'a, T> {
    pub(crate) fn new(next: &'a mut dyn Push<T>, trace: Trace, time: Option<Duration>) -> Self {
        Self {
            next,
            trace,
            time,
            emitted: 0,
            failed: None,
        }
    }

    /// Sends an item on.
    #[inline]
    pub fn emit(&mut self, item: T) {
        self.emit_at(item, self.time);
    }

    /// Sends an item on whose event time is another than that of what it was made of.
    pub fn emit_at(&mut self, item: T, time: impl Into<Option<Duration>>) {
        if self.failed.is_some() {
            return;
        }
        self.emitted += 1;
        let (trace, time) = (self.trace, time.into());
        self.failed = self.next.push(Envelope { item, trace, time }).err();
    }

    /// The trace of the item that is being processed.
    pub fn trace(&self) -> Trace {
        self.trace
    }

    /// Its event time.
    pub fn time(&self) -> Option<Duration> {
        self.time
    }

    pub(crate) fn end(self) -> (u64, Option<Error>) {
        (self.emitted, self.failed)
    }
}
