//! Writing many objects: what is handed over is on its way while the next is made.
//!
//! U1 A key that has been handed over counts as there: it is found in memory until it is in the store.
//! U2 Values on their way are bounded in number and bytes; whoever has one more waits, looking at its checkpoint.
//! U3 Whatever comes after the first upload that fails for good gets its error.
//! U4 What is dropped before it is finished lets what is on its way end, and then, unless it can be resumed, removes all: what is
//!    cut off on our side may still arrive at the other, after all has been removed. It waits for a bounded time.

use std::collections::HashMap;
use std::time::Duration;

use hashlink::LinkedHashMap;
use object_store::PutPayload;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::limit::Limit;
use crate::io::object::fetch::{Arrival, Fetch, Fetched, Part};
use crate::io::object::pool::{Inbox, LOOK, Transfer, patiently, waiting};
use crate::io::object::remote::Remote;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};

/// The most uploads at a time.
const UPLOADS: usize = 32;
/// What they hold at most, within their share of the limit, and what is kept of those that are done: coarser scales are made of
/// what has just been written.
const WINDOW: u64 = 64 << 20;
const RECENT: u64 = 256 << 20;
const SHARE: u64 = 8;
/// How long what is on its way may take to end, once nobody wants it any more.
const GRACE: Duration = Duration::from_secs(30);

/// Keys of a place that nobody else writes to.
#[derive(Debug)]
pub(crate) struct Uploads {
    remote: Remote,
    shared: Arc<Shared>,
    window: u64,
    /// What is removed last, if all is to be removed when this is dropped before it is finished.
    swept: OnceLock<String>,
    finished: AtomicBool,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    bell: Condvar,
    /// Rings when nothing is on its way any more.
    idle: Notify,
    recent: u64,
}

#[derive(Debug, Default)]
struct State {
    /// All keys that are there, with their lengths.
    known: HashMap<String, u64>,
    under_way: HashMap<String, (PutPayload, Transfer)>,
    bytes: u64,
    recent: LinkedHashMap<String, PutPayload>,
    recent_bytes: u64,
    failed: Option<Error>,
}

impl Uploads {
    /// Below `remote`, where `known` keys are already.
    pub(crate) fn new(remote: Remote, limit: Limit, known: HashMap<String, u64>) -> Self {
        let share = limit.get() / SHARE;
        let state = State {
            known,
            ..State::default()
        };
        let shared = Shared {
            state: Mutex::new(state),
            bell: Condvar::default(),
            idle: Notify::new(),
            recent: RECENT.min(share),
        };
        Self {
            remote,
            shared: Arc::new(shared),
            window: WINDOW.min(share),
            swept: OnceLock::new(),
            finished: AtomicBool::new(false),
        }
    }

    /// From here on, all is removed if this is dropped before it is finished, the key `last` at the end.
    pub(crate) fn sweep_unfinished(&self, last: &str) {
        let _ = self.swept.set(last.to_owned());
    }

    /// What lies there is another's by now: it stays when this is dropped.
    pub(crate) fn disown(&self) {
        self.finished.store(true, Ordering::SeqCst);
    }

    /// The most bytes in memory: on their way, and kept of those that are there.
    pub(crate) fn kept(&self) -> u64 {
        self.window.saturating_add(self.shared.recent)
    }

    /// How many bytes `key` has, if it is there.
    pub(crate) fn known(&self, key: &str) -> Option<u64> {
        self.shared.state.lock().known.get(key).copied()
    }

    /// Hands `bytes` over as the content of `key`.
    ///
    /// # Errors
    ///
    /// Of this upload or of one before it; the checkpoint's reason.
    pub(crate) fn send(&self, key: &str, bytes: Vec<u8>, checkpoint: &Checkpoint) -> Result<(), Error> {
        let length = bytes.len() as u64;
        let fits = |state: &State| {
            let count = state.under_way.len();
            let same = state.under_way.contains_key(key);
            !same && (count == 0 || (count < UPLOADS && state.bytes.saturating_add(length) <= self.window))
        };
        let mut state = self.when(fits, checkpoint)?;
        let payload = PutPayload::from(bytes);
        let (shared, own) = (Arc::clone(&self.shared), key.to_owned());
        let arrival = move |outcome| shared.sent(&own, outcome);
        let upload = self.remote.send(key, payload.clone());
        // It cannot arrive before it is entered: the lock is held.
        let transfer = self.remote.pool().begin(upload, arrival);
        state.bytes += length;
        state.known.insert(key.to_owned(), length);
        state.forget(key);
        state.under_way.insert(key.to_owned(), (payload, transfer));
        Ok(())
    }

    /// Waits until all that has been handed over is there.
    ///
    /// # Errors
    ///
    /// Of an upload; the checkpoint's reason.
    pub(crate) fn flush(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.when(|state| state.under_way.is_empty(), checkpoint).map(drop)
    }

    /// Ends it, by removing `mark`, and returns the bytes of all keys.
    ///
    /// # Errors
    ///
    /// The transfer's.
    pub(crate) fn finish(&self, mark: &str) -> Result<u64, Error> {
        // All that finds it is there: nothing may remove it any more.
        self.finished.store(true, Ordering::SeqCst);
        self.remote.remove(mark, &Checkpoint::never())?;
        let state = self.shared.state.lock();
        let lengths = state.known.iter().filter(|(key, _)| *key != mark);
        Ok(lengths.map(|(_, length)| length).sum())
    }

    /// The state, once `ready` holds.
    fn when(&self, ready: impl Fn(&State) -> bool, checkpoint: &Checkpoint) -> Result<MutexGuard<'_, State>, Error> {
        let state = self.shared.state.lock();
        if state.failed.is_none() && ready(&state) {
            return Ok(state);
        }
        drop(state);
        waiting(|| {
            let mut state = self.shared.state.lock();
            loop {
                if let Some(error) = &state.failed {
                    return Err(error.clone());
                }
                if ready(&state) {
                    return Ok(state);
                }
                checkpoint.check()?;
                state = self.shared.bell.wait_timeout(state, LOOK);
            }
        })
    }

    /// What is in memory of `key`: `None` if it has to be fetched.
    fn at_hand(&self, key: &str, part: Part) -> Option<Result<Option<Fetched>, Error>> {
        let state = self.shared.state.lock();
        if !state.known.contains_key(key) {
            return Some(Ok(None));
        }
        let under_way = state.under_way.get(key).map(|(payload, _)| payload);
        let payload = under_way.or_else(|| state.recent.get(key))?.clone();
        drop(state);
        Some(part_of(&payload, part).map(Some))
    }

    /// Fetches `part` of `key` while this thread waits.
    ///
    /// # Errors
    ///
    /// The transfer's; the checkpoint's reason.
    pub(crate) fn fetch_now(
        &self,
        key: &str,
        part: Part,
        most: u64,
        checkpoint: &Checkpoint,
    ) -> Result<Option<Fetched>, Error> {
        match self.at_hand(key, part) {
            Some(known) => known,
            None => self.remote.get(key, part, most, checkpoint),
        }
    }
}

impl Fetch for Uploads {
    fn begin(&self, key: &str, part: Part, most: u64, arrival: Arrival) -> Option<Transfer> {
        match self.at_hand(key, part) {
            Some(known) => {
                arrival(known);
                None
            }
            None => self.remote.begin(key, part, most, arrival),
        }
    }
}

impl Shared {
    /// What has become of an upload.
    fn sent(&self, key: &str, outcome: Result<(), Error>) {
        let mut state = self.state.lock();
        if let Some((payload, _)) = state.under_way.remove(key) {
            let length = payload.content_length() as u64;
            state.bytes -= length;
            if outcome.is_ok() {
                state.recent_bytes += length;
                state.recent.insert(key.to_owned(), payload);
            }
        }
        while state.recent_bytes > self.recent {
            let Some((_, oldest)) = state.recent.pop_front() else {
                break;
            };
            state.recent_bytes -= oldest.content_length() as u64;
        }
        if let Err(error) = outcome
            && state.failed.is_none()
        {
            state.failed = Some(error);
        }
        if state.under_way.is_empty() {
            self.idle.notify_one();
        }
        self.bell.notify_one();
    }

    /// Waits until nothing is on its way, and ends what still is after a while.
    async fn end(&self) {
        let ended = async {
            while !self.state.lock().under_way.is_empty() {
                self.idle.notified().await;
            }
        };
        if timeout(GRACE, ended).await.is_err() {
            let left = std::mem::take(&mut self.state.lock().under_way);
            drop(left);
        }
    }
}

impl State {
    fn forget(&mut self, key: &str) {
        if let Some(old) = self.recent.remove(key) {
            self.recent_bytes -= old.content_length() as u64;
        }
    }
}

fn part_of(payload: &PutPayload, part: Part) -> Result<Fetched, Error> {
    let length = payload.content_length() as u64;
    let range = match part {
        Part::Whole => 0..length,
        Part::Range { start, length: asked } => start..start.saturating_add(asked),
        Part::Last(last) => length.saturating_sub(last)..length,
    };
    if range.end > length {
        return Err(Error::msg("it ends before its data do"));
    }
    let (mut bytes, mut at) = (Vec::new(), 0);
    for piece in payload {
        let end = at + piece.len() as u64;
        let (from, to) = (range.start.clamp(at, end), range.end.clamp(at, end));
        bytes.extend_from_slice(&piece[(from - at) as usize..(to - at) as usize]);
        at = end;
    }
    Ok(Fetched { bytes, length })
}

impl Drop for Uploads {
    fn drop(&mut self) {
        let last = self.swept.get().filter(|_| !self.finished.load(Ordering::SeqCst));
        if last.is_none() && self.shared.state.lock().under_way.is_empty() {
            return;
        }
        let (swept, shared) = (last.map(|last| self.remote.sweep(last)), Arc::clone(&self.shared));
        let done = Arc::new(Inbox::default());
        let told = Arc::clone(&done);
        self.remote.pool().detach(async move {
            shared.end().await;
            if let Some(swept) = swept {
                // What is left has its mark: the next run removes it.
                let _ = swept.await;
            }
            told.post(());
        });
        // A program that ends now would leave all of it.
        patiently(&done);
    }
}
