//! A task whose node awaits, or tries again.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::{Duration, Instant};

use super::caught::{caught, closed, unwound};
use super::chain::Chain;
use super::head::Head;
use super::own::Own;
use super::pace::Pace;
use super::receive::note_age;
use super::waiting::waiting;
use crate::error::Error;
use crate::flow::async_processor::AsyncProcessor;
use crate::flow::edge::{Source, Taken};
use crate::flow::emitter::Emitter;
use crate::flow::envelope::{Envelope, Origin};
use crate::flow::meter::Activity;

/// A node that awaits, with all that lies behind it.
pub(crate) struct Server<P: AsyncProcessor> {
    head: Head,
    own: Own,
    processor: P,
    next: Chain<P::Output>,
    /// That of the item before: what comes out at the end was made of it at the latest.
    last: Origin,
    /// The time of all attempts for the item at hand.
    work: Duration,
}

/// What became of an attempt, if the flow has not been halted meanwhile. The outer error is that of something behind the node.
type Attempt = Result<Option<Result<(), Error>>, Error>;

impl<P: AsyncProcessor> Server<P> {
    pub(crate) fn new(head: Head, own: Own, processor: P, next: Chain<P::Output>) -> Self {
        Self {
            head,
            own,
            processor,
            next,
            last: Origin::none(),
            work: Duration::ZERO,
        }
    }

    /// Takes items from `input` until it ends.
    pub(crate) async fn serve(mut self, mut input: impl Source<P::Input>) -> Result<(), Error> {
        let mut outcome = self.next.open();
        let mut is_open = false;
        if outcome.is_ok() {
            let open = caught(self.processor.open(&self.own.context));
            let opened = self.head.brake.unless_halted(open).await;
            is_open = matches!(opened, Some(Ok(())));
            outcome = opened.unwrap_or(Ok(())).map_err(|error| self.own.name(error));
        }
        if is_open {
            let driven = unwound(self.all(&mut input)).await;
            outcome = driven.unwrap_or_else(|panic| Err(self.own.name(panic)));
            let close = self.processor.close();
            outcome = outcome.and(closed(&self.own, &self.head.brake, close).await);
        }
        self.tell();
        self.head.finish(outcome, &mut self.next).await
    }

    /// Lets others see what has been counted.
    fn tell(&mut self) {
        self.own.counts.emitted += self.next.outlet().take_emitted();
        self.own.tell();
    }

    async fn all(&mut self, input: &mut impl Source<P::Input>) -> Result<(), Error> {
        self.drive(input).await?;
        match self.head.brake.is_halted() {
            true => Ok(()),
            false => self.flush().await,
        }
    }

    async fn drive(&mut self, input: &mut impl Source<P::Input>) -> Result<(), Error> {
        let (mut items, mut pace) = (VecDeque::new(), Pace::new());
        loop {
            let meter = &self.head.meter;
            let taken = waiting(meter, Activity::Input, |cx| input.poll_take(&mut items, 1, cx)).await;
            if taken != Taken::Items {
                return Ok(());
            }
            note_age(meter, &items, Instant::now());
            while let Some(parcel) = items.pop_front() {
                self.next.number(parcel.number);
                self.item(parcel.envelope).await?;
            }
            let work = std::mem::take(&mut self.work);
            self.head.meter.worked(1, work, Instant::now());
            self.tell();
            self.next.tell();
            self.next.flush(&self.head.meter).await;
            pace.share().await;
        }
    }

    /// Takes one item, as often as the policy allows.
    async fn item(&mut self, envelope: Envelope<P::Input>) -> Result<(), Error> {
        self.own.counts.taken += 1;
        self.last = envelope.origin;
        let mut at_hand = envelope;
        for attempts in 1.. {
            let spare = self.own.keeps(attempts).then(|| at_hand.clone());
            let item = at_hand.item;
            let outcome = self
                .attempt(async |processor: &mut P, emitter: &mut Emitter<'_, P::Output>| {
                    processor.process(item, emitter).await
                })
                .await?;
            let Some(Err(error)) = outcome else { break };
            match (self.again(attempts).await, spare) {
                (None, _) => break,
                (Some(true), Some(spare)) => at_hand = spare,
                (Some(_), spare) => {
                    let outlet = self.next.outlet();
                    let given_up = self.own.given_up(error, spare, self.last.trace, attempts, outlet);
                    return given_up.map(|_| ());
                }
            }
        }
        Ok(())
    }

    /// Whether there is to be another attempt; waits until it is time for it. Nothing if the flow is halted before.
    async fn again(&mut self, attempts: u32) -> Option<bool> {
        let Some(delay) = self.own.delay(attempts) else {
            return Some(false);
        };
        self.own.counts.retried += 1;
        self.tell();
        if delay.is_zero() {
            return (!self.head.brake.is_halted()).then_some(true);
        }
        let mut sleep = pin!(self.head.brake.unless_halted(tokio::time::sleep(delay)));
        let slept = waiting(&self.head.meter, Activity::BackOff, |cx| sleep.as_mut().poll(cx)).await;
        slept.map(|()| true)
    }

    async fn flush(&mut self) -> Result<(), Error> {
        let outcome = self
            .attempt(async |processor: &mut P, emitter: &mut Emitter<'_, P::Output>| processor.flush(emitter).await)
            .await?;
        outcome.unwrap_or(Ok(())).map_err(|error| self.own.name(error))
    }

    /// Runs `work` on the processor, unless the flow is halted first.
    async fn attempt(
        &mut self,
        work: impl AsyncFnOnce(&mut P, &mut Emitter<'_, P::Output>) -> Result<(), Error>,
    ) -> Attempt {
        let outlet = self.next.outlet();
        if self.own.failure.retry.is_some() {
            outlet.hold();
        }
        let mut emitter = outlet.emitter(&self.last);
        let begun = Instant::now();
        let outcome = {
            let work = caught(work(&mut self.processor, &mut emitter));
            let mut work = pin!(self.head.brake.unless_halted(work));
            waiting(&self.head.meter, Activity::Result, |cx| work.as_mut().poll(cx)).await
        };
        self.work += begun.elapsed();
        let outlet = self.next.outlet();
        let room = outlet.settle(matches!(outcome, Some(Ok(()))));
        // It is moved on after each item, full or not.
        room.map(|_| outcome)
    }
}
