//! The task of a join.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::assembler::Assembler;
use super::entry::Entry;
use super::erased::Erased;
use super::group::Group;
use super::read_ahead::{Fill, ReadAhead, ReadState};
use super::reader::Reader;
use super::tally::Tally;
use crate::error::Error;
use crate::flow::envelope::{Envelope, Item, Origin};
use crate::flow::failure::Then;
use crate::flow::meter::Activity;
use crate::flow::task::chain::Chain;
use crate::flow::task::head::Head;
use crate::flow::task::own::Own;
use crate::flow::task::push::Room;
use crate::flow::task::waiting::waiting;
use crate::green::pause;
use crate::sync::Arc;

/// How many items are taken from an input at a time.
const MOST: usize = 64;
/// After so many rounds a task lets others have its slot.
const ROUNDS: u32 = 16;

/// Makes one item of a group.
pub(super) type Make<O> = Arc<dyn Fn(&mut Group<Erased>) -> O + Send + Sync>;

/// Where the items of all inputs come together.
pub(super) struct JoinTask<O> {
    head: Head,
    own: Own,
    lanes: Vec<ReadAhead>,
    assembler: Box<dyn Assembler<Erased>>,
    make: Make<O>,
    next: Chain<O>,
    start: Instant,
    alarm: Option<Pin<Box<Sleep>>>,
    halted: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// What others have been told already.
    told: Tally,
    rounds: u32,
    /// When what has just come was made.
    born: Vec<std::time::Instant>,
}

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Go,
    /// All inputs have ended, or the flow is halted.
    Done,
}

impl<O: Item> JoinTask<O> {
    pub(super) fn new(
        head: Head,
        own: Own,
        readers: Vec<Box<dyn Reader>>,
        assembler: Box<dyn Assembler<Erased>>,
        make: Make<O>,
        next: Chain<O>,
    ) -> Self {
        Self {
            halted: Box::pin(head.brake.halted()),
            head,
            own,
            lanes: readers.into_iter().map(ReadAhead::new).collect(),
            assembler,
            make,
            next,
            start: Instant::now(),
            alarm: None,
            told: Tally::default(),
            rounds: 0,
            born: Vec::new(),
        }
    }

    /// Takes items until all inputs have ended.
    pub(super) async fn run(mut self) -> Result<(), Error> {
        let mut outcome = self.next.open();
        if outcome.is_ok() {
            self.start = Instant::now();
            outcome = self.drive().await;
        }
        self.tell();
        // The edges end here: nobody is to wait for room in them.
        self.lanes.clear();
        self.head.finish(outcome, &mut self.next).await
    }

    async fn drive(&mut self) -> Result<(), Error> {
        loop {
            let meter = Arc::clone(&self.head.meter);
            meter.wait_for(self.waits_for());
            let round = waiting(&meter, Activity::Input, |cx| self.poll_read(cx)).await?;
            if round == Round::Done {
                return Ok(());
            }
            let (begun, before) = (std::time::Instant::now(), self.assembler.tally().taken);
            self.feed()?;
            meter.arrived(self.born.drain(..), begun);
            while let Some(mut group) = self.assembler.pop_ready() {
                let origin = Origin {
                    trace: group.trace(),
                    time: group.time,
                    born: group.born(),
                };
                let item = (self.make)(&mut group);
                self.own.counts.emitted += 1;
                if self.next.push(item, &origin)? == Room::Full {
                    self.next.flush(&meter).await;
                }
            }
            let now = std::time::Instant::now();
            meter.worked(self.assembler.tally().taken - before, now - begun, now);
            self.tell();
            self.next.flush(&meter).await;
            self.share().await;
        }
    }

    /// Lets others have the slot, once in a while.
    async fn share(&mut self) {
        self.rounds += 1;
        if self.rounds.is_multiple_of(ROUNDS) {
            pause().await;
        }
    }

    /// The inputs whose items would help, as bits.
    fn waits_for(&self) -> u64 {
        let open = |input: &usize| self.lanes[*input].state == ReadState::Open;
        let missing = self.assembler.waits_for();
        missing.iter().filter(open).fold(0, |bits, input| bits | 1 << input)
    }

    /// Fills the lanes of those inputs that are wanted. Ready when there is something to do.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Round, Error>> {
        let mut is_due = false;
        for (input, lane) in self.lanes.iter_mut().enumerate() {
            if self.assembler.wants(input) {
                match lane.poll_fill(MOST, cx) {
                    Fill::Some => is_due = true,
                    Fill::Halted => return Poll::Ready(Ok(Round::Done)),
                    Fill::Nothing => {}
                }
            }
        }
        if is_due || self.poll_alarm(cx).is_ready() {
            return Poll::Ready(Ok(Round::Go));
        }
        if self.lanes.iter().all(|lane| lane.state == ReadState::Ended) || self.halted.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(Round::Done));
        }
        self.poll_stuck(cx)
    }

    /// Whether each input is full and has more, so that nothing will ever happen (J5).
    fn poll_stuck(&mut self, cx: &mut Context<'_>) -> Poll<Result<Round, Error>> {
        let Some(error) = self.assembler.stuck() else {
            return Poll::Pending;
        };
        let mut have_more = true;
        for lane in self.lanes.iter_mut().filter(|lane| lane.state != ReadState::Ended) {
            match lane.poll_fill(1, cx) {
                Fill::Some if lane.is_ending() => {
                    return Poll::Ready(Ok(Round::Go));
                }
                Fill::Some => {}
                Fill::Halted => return Poll::Ready(Ok(Round::Done)),
                Fill::Nothing => have_more = false,
            }
        }
        match have_more {
            true => Poll::Ready(Err(self.own.name(error))),
            false => Poll::Pending,
        }
    }

    /// Ready when something has waited too long.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.assembler.next_deadline() else {
            return Poll::Pending;
        };
        // What is further away than clocks count does not come.
        let Some(at) = self.start.checked_add(deadline) else {
            return Poll::Pending;
        };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        if alarm.deadline() != at {
            alarm.as_mut().reset(at);
        }
        alarm.as_mut().poll(cx)
    }

    /// Gives the assembler what it wants of what has been read, and the time.
    fn feed(&mut self) -> Result<(), Error> {
        let now = self.start.elapsed();
        let outcome = self.assembler.expire(now);
        outcome.map_err(|error| self.own.name(error))?;
        for input in 0..self.lanes.len() {
            while self.assembler.wants(input) {
                let Some(envelope) = self.lanes[input].items.pop_front() else {
                    break;
                };
                self.take(input, envelope, now)?;
            }
            let lane = &mut self.lanes[input];
            if lane.is_ending() {
                lane.state = ReadState::Ended;
                let outcome = self.assembler.end(input);
                outcome.map_err(|error| self.own.name(error))?;
            }
        }
        Ok(())
    }

    fn take(&mut self, input: usize, envelope: Envelope<Erased>, now: Duration) -> Result<(), Error> {
        let Envelope { item, origin } = envelope;
        let Origin { trace, time, born } = origin;
        self.own.counts.taken += 1;
        self.born.push(born);
        let entry = Entry {
            item,
            trace,
            time,
            arrived: now,
        };
        let assembler = &mut self.assembler;
        // The user's code says the key.
        let outcome = catch_unwind(AssertUnwindSafe(|| assembler.push(input, entry)));
        match outcome {
            Ok(outcome) => outcome.map_err(|error| self.own.name(error)),
            Err(payload) => self.failed(Error::panicked(&*payload).context(format!("item {trace}"))),
        }
    }

    /// An item without a key.
    fn failed(&mut self, error: Error) -> Result<(), Error> {
        self.own.counts.failed += 1;
        if self.own.failure.then != Then::Drop {
            return Err(self.own.name(error));
        }
        self.own.counts.dropped += 1;
        tracing::warn!(node = &*self.own.context.node, error = error.brief(), "item dropped");
        Ok(())
    }

    /// Lets others see what has been counted.
    fn tell(&mut self) {
        let tally = self.assembler.tally();
        let unmatched = |tally: Tally| tally.unmatched + tally.late + tally.unclaimed;
        self.own.counts.unmatched += unmatched(tally) - unmatched(self.told);
        self.own.counts.dropped += tally.evicted - self.told.evicted;
        self.told = tally;
        self.own.tell();
        self.next.tell();
    }
}
