//! A processor with all that lies behind it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use super::branches::Branches;
use super::outlet::Outlet;
use super::own::Own;
use super::push::{Push, Rest, Room};
use crate::error::Error;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::{Envelope, Origin};
use crate::flow::failure::Then;
use crate::flow::processor::Processor;

pub(crate) struct Stage<P: Processor> {
    processor: P,
    outlet: Outlet<P::Output>,
    own: Own,
    is_open: bool,
    /// That of the item before: what comes out at the end was made of it at the latest.
    last: Option<Origin>,
}

impl<P: Processor> Stage<P> {
    pub(crate) fn new(processor: P, next: Box<dyn Push<P::Output>>, branches: Branches, own: Own) -> Self {
        Self {
            processor,
            outlet: Outlet::new(next, branches),
            own,
            is_open: false,
            last: None,
        }
    }

    /// Runs `work` on the processor. The outer error is that of something behind this node, the inner one its own.
    #[inline]
    pub(super) fn run(
        &mut self,
        origin: &Origin,
        work: impl FnOnce(&mut P, &mut Emitter<'_, P::Output>) -> Result<(), Error>,
    ) -> Result<Result<Room, Error>, Error> {
        let mut emitter = self.outlet.emitter(origin);
        let processor = &mut self.processor;
        let outcome = catch_unwind(AssertUnwindSafe(|| work(processor, &mut emitter)));
        let room = self.outlet.settle(true)?;
        match outcome {
            Ok(outcome) => Ok(outcome.map(|()| room)),
            Err(payload) => Ok(Err(Error::panicked(&*payload))),
        }
    }

    /// Whatever the policy says of an item that has failed; `letter` is it, if a dead letter is to be made.
    #[cold]
    pub(super) fn failed(
        &mut self,
        error: Error,
        letter: Option<Envelope<P::Input>>,
        origin: &Origin,
    ) -> Result<Room, Error> {
        self.own.given_up(error, letter, origin.trace, 1, &mut self.outlet)
    }
}

impl<P: Processor> Push<P::Input> for Stage<P> {
    #[inline]
    fn push(&mut self, item: P::Input, origin: &Origin) -> Result<Room, Error> {
        self.own.counts.taken += 1;
        self.last = Some(*origin);
        let letter = (self.own.failure.then == Then::DeadLetter).then(|| origin.with(item.clone()));
        match self.run(origin, |processor, emitter| processor.process(item, emitter))? {
            Ok(room) => Ok(room),
            Err(error) => self.failed(error, letter, origin),
        }
    }

    fn number(&mut self, number: Option<u64>) {
        self.outlet.number(number);
    }

    fn rest(&mut self) -> &mut dyn Rest {
        self
    }
}

impl<P: Processor> Rest for Stage<P> {
    fn open(&mut self) -> Result<(), Error> {
        self.outlet.open()?;
        let (processor, context) = (&mut self.processor, &self.own.context);
        self.own.check(|| processor.open(context))?;
        self.is_open = true;
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.outlet.poll_flush(cx)
    }

    fn end(&mut self) -> Result<(), Error> {
        let origin = self.last.unwrap_or_else(Origin::none);
        let own = self.run(&origin, |processor, emitter| processor.flush(emitter))?;
        self.own.check(|| own.map(|_| ()))?;
        self.outlet.end()
    }

    fn close(&mut self) -> Result<(), Error> {
        let own = match std::mem::take(&mut self.is_open) {
            true => self.own.check(|| self.processor.close()),
            false => Ok(()),
        };
        own.and(self.outlet.close())
    }

    fn tell(&mut self) {
        self.own.counts.emitted += self.outlet.take_emitted();
        self.own.tell();
        self.outlet.tell();
    }
}
