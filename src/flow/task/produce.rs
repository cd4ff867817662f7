//! A task that makes items.

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures::FutureExt as _;

use super::caught::{caught, closed, unwound};
use super::chain::Chain;
use super::head::Head;
use super::own::Own;
use super::pace::Pace;
use super::push::Room;
use super::waiting::waiting;
use crate::error::Error;
use crate::flow::envelope::{Origin, Trace};
use crate::flow::meter::Activity;
use crate::flow::producer::Producer;

/// For how long items collect at most before they are moved on.
const TURN: Duration = Duration::from_micros(50);

/// Makes items until there are no more, or the flow is stopped.
pub(crate) async fn produce<P: Producer>(
    mut head: Head,
    own: Own,
    place: u32,
    mut producer: P,
    mut next: Chain<P::Item>,
) -> Result<(), Error> {
    let mut outcome = next.open();
    let mut is_open = false;
    if outcome.is_ok() {
        let opened = head.brake.unless_stopped(caught(producer.open(&own.context))).await;
        is_open = matches!(opened, Some(Ok(())));
        outcome = opened.unwrap_or(Ok(())).map_err(|error| own.name(error));
    }
    if is_open {
        let mut turn = Turn::new(&head, own, place);
        let driven = unwound(turn.drive(&mut producer, &mut next)).await;
        outcome = driven.unwrap_or_else(|panic| Err(turn.own.name(panic)));
        let closed = closed(&turn.own, &head.brake, producer.close()).await;
        turn.own.tell();
        outcome = outcome.and(closed);
    }
    head.finish(outcome, &mut next).await
}

/// For how many items a reading of the clock stands, which costs as much as a quick one: for as many as take less than a
/// microsecond together.
fn stride(made: u64, time: Duration) -> u64 {
    let fit = u128::from(made) * 1000 / time.as_nanos().max(1);
    u64::try_from(fit).unwrap_or(1).clamp(1, 16)
}

/// What is made between two times at which it is moved on.
struct Turn<'a> {
    head: &'a Head,
    own: Own,
    place: u32,
    since: Instant,
    made: u64,
    /// The clock, which is read each so many items.
    now: Instant,
    stride: u64,
    pace: Pace,
}

impl<'a> Turn<'a> {
    fn new(head: &'a Head, own: Own, place: u32) -> Self {
        Self {
            head,
            own,
            place,
            since: Instant::now(),
            made: 0,
            now: Instant::now(),
            stride: 1,
            pace: Pace::new(),
        }
    }

    async fn drive<P: Producer>(&mut self, producer: &mut P, next: &mut Chain<P::Item>) -> Result<(), Error> {
        let mut stopped = pin!(self.head.brake.stopped());
        for number in 1.. {
            let Some(item) = self.next(producer, next, stopped.as_mut()).await? else {
                break;
            };
            let time = producer.time(&item);
            if number % self.stride == 0 {
                self.now = Instant::now();
            }
            let (trace, born) = (self.trace(number), self.now);
            self.made += 1;
            let room = next.push(item, &Origin { trace, time, born })?;
            // Behind slow items the clock is read again: what has been made is not to wait for the next one.
            let is_over = || match self.stride {
                1 => self.since.elapsed() >= TURN,
                _ => born - self.since >= TURN,
            };
            if room == Room::Full || is_over() {
                self.end(next);
                next.flush(&self.head.meter).await;
                self.pace.share().await;
                self.begin();
                if self.head.brake.is_stopped() {
                    break;
                }
            }
        }
        self.end(next);
        next.flush(&self.head.meter).await;
        Ok(())
    }

    /// The next item. While it is awaited, what has been made goes on.
    async fn next<P: Producer>(
        &mut self,
        producer: &mut P,
        next: &mut Chain<P::Item>,
        mut stopped: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<P::Item>, Error> {
        let mut made = pin!(AssertUnwindSafe(producer.next()).catch_unwind());
        let outcome = match futures::poll!(made.as_mut()) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => {
                self.end(next);
                let outcome = waiting(&self.head.meter, Activity::Source, |cx| {
                    let _ = next.poll_flush(cx);
                    match stopped.as_mut().poll(cx) {
                        Poll::Ready(()) => Poll::Ready(Ok(Ok(None))),
                        Poll::Pending => made.as_mut().poll(cx),
                    }
                });
                let outcome = outcome.await;
                self.begin();
                outcome
            }
        };
        let outcome = outcome.unwrap_or_else(|payload| Err(Error::panicked(&*payload)));
        outcome.map_err(|error| self.own.name(error))
    }

    fn trace(&self, number: u64) -> Trace {
        Trace {
            producer: self.place,
            number,
        }
    }

    fn begin(&mut self) {
        self.now = Instant::now();
        self.since = self.now;
    }

    /// Counts what has been made since the turn began.
    fn end<T>(&mut self, next: &mut Chain<T>) {
        let now = Instant::now();
        let made = std::mem::take(&mut self.made);
        self.own.counts.emitted += made;
        self.own.tell();
        self.head.meter.worked(made, now - self.since, now);
        self.stride = stride(made, now - self.since);
        (self.since, self.now) = (now, now);
        next.tell();
    }
}
