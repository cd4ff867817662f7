//! A processor with all that lies behind it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use super::push::Push;
use crate::error::Error;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::{Envelope, Trace};
use crate::flow::failure::{Failure, Verdict};
use crate::flow::meter::{Counts, Meter};
use crate::flow::processor::Processor;
use crate::sync::Arc;

pub(crate) struct Stage<P, N> {
    pub(crate) processor: P,
    pub(crate) next: N,
    pub(crate) name: Arc<str>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) failure: Failure,
    pub(crate) counts: Counts,
    pub(crate) opened: bool,
    /// That of the item before: what comes out at the end was made of it at the latest.
    pub(crate) last: Trace,
}

impl<P: Processor, N: Push<P::Output>> Stage<P, N> {
    pub(crate) fn new(processor: P, next: N, name: Arc<str>, meter: Arc<Meter>, failure: Failure) -> Self {
        Self {
            processor,
            next,
            name,
            meter,
            failure,
            counts: Counts::default(),
            opened: false,
            last: Trace { producer: 0, number: 0 },
        }
    }

    /// Runs `work` on the processor. The first error is the node's, the second that of something behind it.
    fn run(
        &mut self,
        trace: Trace,
        time: Option<std::time::Duration>,
        work: impl FnOnce(&mut P, &mut Emitter<'_, P::Output>) -> Result<(), Error>,
    ) -> (Result<(), Error>, Result<(), Error>) {
        let mut emitter = Emitter::new(&mut self.next, trace, time);
        let processor = &mut self.processor;
        let outcome = catch_unwind(AssertUnwindSafe(|| work(processor, &mut emitter)));
        let (emitted, behind) = emitter.end();
        self.counts.emitted += emitted;
        let own = outcome.unwrap_or_else(|payload| Err(Error::panicked(&*payload)));
        (own, behind.map_or(Ok(()), Err))
    }

    #[cold]
    fn failed(&mut self, error: Error) -> Result<(), Error> {
        self.counts.failed += 1;
        let error = error.context(format!("node `{}`", self.name));
        match self.failure.judge(&error) {
            Verdict::Drop => {
                self.counts.dropped += 1;
                Ok(())
            }
            Verdict::Fail => Err(error),
        }
    }
}

impl<P: Processor, N: Push<P::Output>> Push<P::Input> for Stage<P, N> {
    fn open(&mut self) -> Result<(), Error> {
        self.next.open()?;
        self.opened = true;
        self.processor.open()
    }

    #[inline]
    fn push(&mut self, envelope: Envelope<P::Input>) -> Result<(), Error> {
        let Envelope { item, trace, time } = envelope;
        self.counts.taken += 1;
        self.last = trace;
        let (own, behind) = self.run(trace, time, |processor, emitter| processor.process(item, emitter));
        behind?;
        match own {
            Ok(()) => Ok(()),
            Err(error) => self.failed(error),
        }
    }

    fn is_full(&self) -> bool {
        self.next.is_full()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.next.poll_flush(cx)
    }

    fn end(&mut self) -> Result<(), Error> {
        let (own, behind) = self.run(self.last, None, |processor, emitter| processor.flush(emitter));
        behind?;
        own?;
        self.next.end()
    }

    fn close(&mut self) -> Result<(), Error> {
        let own = match std::mem::take(&mut self.opened) {
            true => self.processor.close(),
            false => Ok(()),
        };
        let next = self.next.close();
        own.and(next)
    }

    fn tell(&mut self) {
        self.meter.add(&mut self.counts);
        self.next.tell();
    }
}
