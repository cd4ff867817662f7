//! Where a processor puts what it makes.

use std::fmt;
use std::future::poll_fn;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::flow::envelope::{Envelope, Item, Trace};
use crate::flow::port::Port;
use crate::flow::task::branches::Branches;
use crate::flow::task::push::{Push, Rest, Room, flush_all};

/// Takes what a processor makes of one item.
///
/// What is emitted has the trace and the time of the item that is being processed, unless another time is said. It goes on when
/// the processor returns, or waits for [`room`](Self::room); when nobody takes it, it is let go of.
pub struct Emitter<'a, T> {
    next: &'a mut dyn Push<T>,
    branches: &'a mut Branches,
    /// What the item that is being processed is of.
    origin: &'a Origin,
    emitted: u64,
    /// Whether more may be sent; or why the flow has to end: something behind this node has failed.
    room: Result<Room, Error>,
    /// What is sent on if the attempt succeeds.
    held: Option<Vec<Held<T>>>,
}

type Held<T> = Box<dyn FnOnce(&mut dyn Push<T>, &mut Branches) -> Result<Option<Room>, Error> + Send>;

/// What is known of the item that is being processed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) trace: Trace,
    pub(crate) time: Option<Duration>,
    pub(crate) born: Instant,
}

impl Origin {
    pub(crate) fn of<T>(envelope: &Envelope<T>) -> Self {
        let Envelope { trace, time, born, .. } = *envelope;
        Self { trace, time, born }
    }

    /// An item of it.
    #[inline]
    pub(crate) fn with<T>(&self, item: T) -> Envelope<T> {
        let Self { trace, time, born } = *self;
        Envelope {
            item,
            trace,
            time,
            born,
        }
    }

    /// That of what is made without an item.
    pub(crate) fn none() -> Self {
        Self {
            trace: Trace::default(),
            time: None,
            born: Instant::now(),
        }
    }
}

impl<'a, T> Emitter<'a, T> {
    pub(crate) fn new(next: &'a mut dyn Push<T>, branches: &'a mut Branches, origin: &'a Origin) -> Self {
        Self {
            next,
            branches,
            origin,
            emitted: 0,
            room: Ok(Room::Left),
            held: None,
        }
    }

    /// Nothing goes on before it is known that the attempt has succeeded.
    pub(crate) fn hold(&mut self) {
        self.held = Some(Vec::new());
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
        poll_fn(|cx| flush_all([self.next.rest(), self.branches as &mut dyn Rest].into_iter(), cx)).await;
    }

    /// How many items went on, and whether more may; or why the flow has to end.
    #[inline]
    pub(crate) fn end(&mut self, has_succeeded: bool) -> (u64, Result<Room, Error>) {
        if let Some(held) = self.held.take() {
            self.release(held, has_succeeded);
        }
        // Taken out one by one: to move the whole is slow, since it has just been written in parts.
        (self.emitted, std::mem::replace(&mut self.room, Ok(Room::Left)))
    }

    /// Sends on what was held, if it is to be.
    #[cold]
    fn release(&mut self, held: Vec<Held<T>>, has_succeeded: bool) {
        for held in held.into_iter().filter(|_| has_succeeded) {
            let pushed = held(self.next, self.branches);
            self.note(pushed);
        }
    }

    /// Counts an item that somebody got, or remembers why not.
    #[inline]
    fn note(&mut self, pushed: Result<Option<Room>, Error>) {
        match (&self.room, pushed) {
            (Err(_), _) | (_, Ok(None)) => {}
            (Ok(before), Ok(Some(room))) => {
                self.emitted += 1;
                self.room = Ok(before.and(room));
            }
            (Ok(_), Err(error)) => self.room = Err(error),
        }
    }
}

impl<T: Item> Emitter<'_, T> {
    /// Sends an item on.
    #[inline]
    pub fn emit(&mut self, item: T) {
        self.push(item, self.origin);
    }

    /// Sends an item on whose event time is another than that of what it was made of.
    pub fn emit_at(&mut self, item: T, time: impl Into<Option<Duration>>) {
        let time = time.into();
        let origin = Origin { time, ..*self.origin };
        self.push(item, &origin);
    }

    #[inline]
    fn push(&mut self, item: T, origin: &Origin) {
        if let Some(held) = &mut self.held {
            let origin = *origin;
            held.push(Box::new(move |next, _| next.push(item, &origin).map(Some)));
        } else if self.room.is_ok() {
            let pushed = self.next.push(item, origin).map(Some);
            self.note(pushed);
        }
    }

    /// Sends an item out of another output than the main one. Nothing happens when nobody takes from that.
    pub fn emit_to<U: Item>(&mut self, port: Port<U>, item: U) {
        let envelope = self.origin.with(item);
        if let Some(held) = &mut self.held {
            held.push(Box::new(move |_, branches| branches.push(port.name(), envelope)));
        } else if self.room.is_ok() {
            let pushed = self.branches.push(port.name(), envelope);
            self.note(pushed);
        }
    }
}

impl<T> fmt::Debug for Emitter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter")
            .field("origin", &self.origin)
            .field("emitted", &self.emitted)
            .finish_non_exhaustive()
    }
}
