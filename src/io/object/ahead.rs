//! Pieces of an object on their way while others are worked on.

use std::collections::HashMap;

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::flat::cut_short;
use crate::io::limit::Limit;
use crate::io::object::fetch::{Fetch, Fetched, Part};
use crate::io::object::pool::{Inbox, LOOK, Transfer};
use crate::io::object::window::{SPAN, Stretch, TRANSFERS, Window, window};
use crate::sync::Arc;

/// The shortest span, however small the limit is.
const LEAST_SPAN: u64 = 4 << 10;

/// Fetches pieces of an object, those that lie near each other as one, or whole keys, and hands each to `done` when it is there: in
/// any order, on the thread of the caller. Dropping it ends what is under way.
pub(crate) struct Ahead<'f, T, F> {
    fetch: &'f dyn Fetch,
    checkpoint: &'f Checkpoint,
    window: Window,
    transfers: usize,
    span: u64,
    /// What the next piece may be fetched with.
    open: Option<Span<T>>,
    under_way: HashMap<usize, (Span<T>, Option<Transfer>)>,
    next: usize,
    inbox: Arc<Inbox<(usize, Outcome)>>,
    done: F,
}

type Outcome = Result<Option<Fetched>, Error>;

/// Pieces that are fetched as one.
struct Span<T> {
    /// All of a key, of which nobody knows how long it is, and not a part of the object.
    key: Option<String>,
    whole: Stretch,
    pieces: Vec<(Stretch, T)>,
}

impl<T> Span<T> {
    /// What it takes in memory.
    fn cost(&self) -> u64 {
        let pieces = (self.pieces.len() * size_of::<(Stretch, T)>()) as u64;
        self.whole.length().saturating_add(pieces)
    }
}

/// The most bytes that are under way, and wait to be, if `parts` do so side by side within `limit`.
pub(crate) fn kept(limit: Limit, parts: usize) -> u64 {
    let parts = parts.max(1) as u64;
    window(limit).saturating_add(parts.saturating_mul(span(limit, parts)))
}

/// What is fetched at a time.
fn span(limit: Limit, parts: u64) -> u64 {
    SPAN.min(window(limit) / parts).max(LEAST_SPAN)
}

impl<'f, T, F: FnMut(T, Option<&[u8]>) -> Result<(), Error>> Ahead<'f, T, F> {
    /// Fetches by `fetch`, as one of `parts` that do so at the same time within `limit`.
    pub(crate) fn new(
        fetch: &'f dyn Fetch,
        (limit, parts): (Limit, usize),
        checkpoint: &'f Checkpoint,
        done: F,
    ) -> Self {
        let parts = parts.max(1);
        Self {
            fetch,
            checkpoint,
            window: Window::new(window(limit) / parts as u64),
            transfers: (TRANSFERS / parts).max(1),
            span: span(limit, parts as u64),
            open: None,
            under_way: HashMap::new(),
            next: 0,
            inbox: Arc::default(),
            done,
        }
    }

    /// The most bytes of a piece that is not longer than it need be.
    pub(crate) fn span(&self) -> u64 {
        self.span
    }

    /// Wants one more piece. Waits, and works on what has arrived, as long as too much is under way.
    ///
    /// # Errors
    ///
    /// Of a transfer, or of `done`; the checkpoint's reason.
    pub(crate) fn push(&mut self, place: Stretch, what: T) -> Result<(), Error> {
        self.checkpoint.check()?;
        if place.length() == 0 {
            return (self.done)(what, Some(&[]));
        }
        if let Some(open) = &mut self.open {
            let room = self.span.saturating_sub(open.cost() - open.whole.length());
            if let Some(whole) = open.whole.joined(place, room) {
                open.whole = whole;
                open.pieces.push((place, what));
                return Ok(());
            }
        }
        let span = Span {
            key: None,
            whole: place,
            pieces: vec![(place, what)],
        };
        match self.open.replace(span) {
            Some(full) => self.begin(full),
            None => Ok(()),
        }
    }

    /// Wants all of `key`, at most `most` bytes. `done` hears if it is not there.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    #[cfg(feature = "n5")]
    pub(crate) fn push_whole(&mut self, key: String, most: u64, what: T) -> Result<(), Error> {
        self.checkpoint.check()?;
        let whole = Stretch::new(0, most);
        self.begin(Span {
            key: Some(key),
            whole,
            pieces: vec![(whole, what)],
        })
    }

    /// Waits for all, and works on them.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        if let Some(last) = self.open.take() {
            self.begin(last)?;
        }
        while !self.under_way.is_empty() {
            self.take_in()?;
        }
        Ok(())
    }

    fn begin(&mut self, span: Span<T>) -> Result<(), Error> {
        while self.under_way.len() >= self.transfers || !self.window.admits(span.cost()) {
            self.take_in()?;
        }
        let (start, length) = (span.whole.start, span.whole.length());
        let (outbox, number) = (Arc::clone(&self.inbox), self.next);
        let arrival = move |outcome| outbox.post((number, outcome));
        let (key, part) = match &span.key {
            Some(key) => (&**key, Part::Whole),
            None => ("", Part::Range { start, length }),
        };
        let transfer = self.fetch.begin(key, part, length, Box::new(arrival));
        self.window.begin(span.cost());
        self.next += 1;
        self.under_way.insert(number, (span, transfer));
        Ok(())
    }

    /// Waits for one span, and works on its pieces.
    fn take_in(&mut self) -> Result<(), Error> {
        let (number, outcome) = loop {
            self.checkpoint.check()?;
            if let Some(arrived) = self.inbox.take(LOOK) {
                break arrived;
            }
        };
        let Some((span, _)) = self.under_way.remove(&number) else {
            return Ok(());
        };
        let cost = span.cost();
        match span.key {
            Some(key) => {
                let fetched = outcome.context(format!("`{key}`"))?;
                let found = fetched.as_ref().map(|fetched| &*fetched.bytes);
                span.pieces
                    .into_iter()
                    .try_for_each(|(_, what)| (self.done)(what, found))?;
            }
            None => {
                let fetched = outcome?.ok_or_else(|| Error::msg("it is gone"))?;
                for (place, what) in span.pieces {
                    self.checkpoint.check()?;
                    let found = span.whole.part(place, &fetched.bytes);
                    let found = found.ok_or_else(|| cut_short(std::io::ErrorKind::UnexpectedEof.into()))?;
                    (self.done)(what, Some(found))?;
                }
            }
        }
        self.window.end(cost);
        Ok(())
    }
}
