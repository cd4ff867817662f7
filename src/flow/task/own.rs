//! What a node in a task has beside its processor.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::outlet::Outlet;
use super::push::Room;
use crate::error::Error;
use crate::flow::context::NodeContext;
use crate::flow::dead_letter::{self, DeadLetter};
use crate::flow::envelope::{Envelope, Item, Trace};
use crate::flow::failure::{Failure, Then};
use crate::flow::meter::{Counts, Meter};
use crate::sync::Arc;

/// Its name, its policy, its counts.
pub(crate) struct Own {
    pub(crate) context: NodeContext,
    pub(crate) meter: Arc<Meter>,
    pub(crate) failure: Failure,
    pub(crate) counts: Counts,
}

impl Own {
    /// Lets others see what has been counted.
    pub(crate) fn tell(&mut self) {
        self.meter.add(&mut self.counts);
    }

    /// Runs code of the user's that belongs to no item: its error, or panic, is the flow's.
    pub(crate) fn check(&self, work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|payload| Err(Error::panicked(&*payload)))
            .map_err(|error| self.name(error))
    }

    /// An error of this node.
    pub(crate) fn name(&self, error: Error) -> Error {
        error.context(format!("node `{}`", self.context.node))
    }

    /// Whether an item may be needed after this attempt, counted from 1.
    pub(crate) fn keeps(&self, attempts: u32) -> bool {
        let retry = self.failure.retry.as_ref();
        self.failure.then == Then::DeadLetter || retry.is_some_and(|retry| attempts <= retry.times)
    }

    /// How long to wait before another attempt, if there is to be one after so many.
    pub(crate) fn delay(&self, attempts: u32) -> Option<Duration> {
        let retry = self.failure.retry.as_ref()?;
        let may = attempts <= retry.times && self.meter.spend(retry.budget);
        may.then(|| retry.delay(attempts - 1))
    }

    /// Does with an item that has failed so many times what the policy says.
    pub(crate) fn given_up<T: Item>(
        &mut self,
        error: Error,
        letter: Option<Envelope<T>>,
        trace: Trace,
        attempts: u32,
        outlet: &mut Outlet<impl Item>,
    ) -> Result<Room, Error> {
        self.counts.failed += 1;
        match self.failure.then {
            Then::Fail => Err(self.name(error.context(format!("item {trace}")))),
            Then::Drop => {
                self.counts.dropped += 1;
                let node = &*self.context.node;
                tracing::warn!(flow = &*self.context.flow, node, %trace, error = error.brief(), "item dropped");
                Ok(Room::Left)
            }
            Then::DeadLetter => {
                let envelope = letter.expect("invariant: whoever processes an item keeps it for its letter");
                let letter = envelope.origin.with(DeadLetter {
                    item: envelope.item.clone(),
                    error,
                    node: Arc::clone(&self.context.node),
                    attempts,
                    trace,
                });
                let sent = outlet.send(dead_letter::port::<T>().name(), letter)?;
                self.counts.emitted += u64::from(sent.is_some());
                Ok(sent.unwrap_or_default())
            }
        }
    }
}
