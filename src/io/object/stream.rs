//! An object that is written from its beginning to its end.
//!
//! It goes up in parts, several at a time, and appears when the last one is there: until then there is nothing under its name, or
//! what was there before. Dropped before it is finished, the parts are removed.

use std::io::{self, Write};
use std::time::Duration;

use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::stream::{FuturesUnordered, StreamExt as _};
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutOptions, PutPayload};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::limit::Limit;
use crate::io::object::pool::{Inbox, LOOK, patiently, waiting};
use crate::io::object::problem::plain;
use crate::io::object::remote::Remote;
use crate::sync::{Arc, Condvar, Mutex};

/// Parts are at least as long; the stores want 5 MiB.
const PART: u64 = 8 << 20;
/// The stores take 10 000 parts.
const PARTS: u64 = 9_000;
/// Parts under way at a time; as many more may wait.
const AT_ONCE: usize = 4;
/// How long they may take to arrive, once nobody wants them any more.
const GRACE: Duration = Duration::from_secs(30);

/// Takes bytes, which become one object.
#[derive(Debug)]
pub(super) struct Stream {
    parts: UnboundedSender<Sent>,
    buffer: Vec<u8>,
    part: usize,
    length: u64,
    gate: Gate,
    end: CancellationToken,
}

#[derive(Debug)]
enum Sent {
    Part(Vec<u8>),
    Last(Vec<u8>),
}

/// Where whoever has more to write waits until there is room.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    shared: Arc<(Mutex<State>, Condvar)>,
    /// Rings when all is over.
    over: Arc<Inbox<()>>,
}

#[derive(Debug, Default)]
struct State {
    /// Parts that are handed over and not there yet.
    parts: usize,
    outcome: Option<Result<(), Error>>,
}

impl Stream {
    /// The object at `remote`, which will have `length` bytes.
    ///
    /// # Errors
    ///
    /// More than a store takes; parts that do not fit `limit`.
    pub(super) fn new(remote: &Remote, length: u64, limit: Limit) -> Result<Self, Error> {
        let part = length.div_ceil(PARTS).next_multiple_of(1 << 20).max(PART);
        limit.admit(scratch(length).min(length))?;
        let (parts, handed_over) = mpsc::unbounded();
        let (gate, end) = (Gate::new(), CancellationToken::new());
        let (store, path) = (Arc::clone(remote.store()), remote.path("")?);
        let (told, ended) = (gate.clone(), end.clone());
        remote.pool().detach(async move {
            let upload = upload(&*store, &path, handed_over, &told, &ended);
            told.end(upload.await);
        });
        let part = usize::try_from(part.min(length.max(1))).unwrap_or(usize::MAX);
        Ok(Self {
            parts,
            buffer: Vec::new(),
            part,
            length: 0,
            gate,
            end,
        })
    }

    /// Where to wait for room.
    pub(super) fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// Waits until all is there but the last part.
    ///
    /// # Errors
    ///
    /// The transfer's; the checkpoint's reason. The name is then as it was.
    pub(super) fn settle(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.gate.wait(checkpoint, |state| state.parts == 0)
    }

    /// Makes what has been written the object, and returns its length.
    ///
    /// # Errors
    ///
    /// The transfer's; the checkpoint's reason. The name is then as it was, unless the transfer failed in its last moment.
    pub(super) fn finish(mut self, checkpoint: &Checkpoint) -> Result<u64, Error> {
        let last = std::mem::take(&mut self.buffer);
        self.hand_over(Sent::Last(last));
        let Err(cause) = self.gate.wait(checkpoint, |state| state.outcome.is_some()) else {
            return Ok(self.length);
        };
        self.end();
        match &self.gate.shared.0.lock().outcome {
            // It was stopped too late.
            Some(Ok(())) => Ok(self.length),
            _ => Err(cause),
        }
    }

    /// Ends what is under way, and waits until it has ended.
    fn end(&self) {
        if self.gate.shared.0.lock().outcome.is_none() {
            self.end.cancel();
            patiently(&self.gate.over);
        }
    }

    fn hand_over(&self, sent: Sent) {
        self.gate.shared.0.lock().parts += 1;
        // Who has ended has told why.
        let _ = self.parts.unbounded_send(sent);
    }
}

/// The most memory that a stream of `length` bytes takes.
pub(super) fn scratch(length: u64) -> u64 {
    let part = length.div_ceil(PARTS).next_multiple_of(1 << 20).max(PART);
    part.saturating_mul(2 * AT_ONCE as u64 + 1)
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(Err(error)) = &self.gate.shared.0.lock().outcome {
            return Err(io::Error::other(error.clone()));
        }
        let taken = bytes.len().min(self.part - self.buffer.len());
        if self.buffer.is_empty() {
            // Growing by itself, it would have room for up to twice as much.
            self.buffer.try_reserve_exact(self.part)?;
        }
        self.buffer.extend_from_slice(&bytes[..taken]);
        self.length += taken as u64;
        if self.buffer.len() == self.part {
            let part = std::mem::take(&mut self.buffer);
            self.hand_over(Sent::Part(part));
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.end();
    }
}

impl Gate {
    fn new() -> Self {
        let (shared, over) = (Arc::default(), Arc::default());
        Self { shared, over }
    }

    /// Waits until a part may be handed over.
    ///
    /// # Errors
    ///
    /// Of the upload; the checkpoint's reason.
    pub(super) fn room(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.wait(checkpoint, |state| state.parts < 2 * AT_ONCE)
    }

    fn wait(&self, checkpoint: &Checkpoint, ready: impl Fn(&State) -> bool) -> Result<(), Error> {
        let (state, bell) = &*self.shared;
        waiting(|| {
            let mut state = state.lock();
            loop {
                if let Some(Err(error)) = &state.outcome {
                    return Err(error.clone());
                }
                if ready(&state) {
                    return Ok(());
                }
                checkpoint.check()?;
                state = bell.wait_timeout(state, LOOK);
            }
        })
    }

    fn sent(&self) {
        let (state, bell) = &*self.shared;
        let mut state = state.lock();
        state.parts = state.parts.saturating_sub(1);
        bell.notify_one();
    }

    fn end(&self, outcome: Result<(), Error>) {
        let (state, bell) = &*self.shared;
        state.lock().outcome = Some(outcome);
        bell.notify_one();
        self.over.post(());
    }
}

/// Sends what is handed over, and makes it the object at `path`.
async fn upload(
    store: &dyn ObjectStore,
    path: &object_store::path::Path,
    mut handed_over: UnboundedReceiver<Sent>,
    gate: &Gate,
    end: &CancellationToken,
) -> Result<(), Error> {
    let first = tokio::select! {
        first = handed_over.next() => first,
        () = end.cancelled() => None,
    };
    match first {
        None => Err(ended()),
        Some(Sent::Last(whole)) => {
            let sent = store.put_opts(path, whole.into(), PutOptions::default());
            to_its_end(sent, end).await
        }
        Some(Sent::Part(first)) => {
            let mut upload = store.put_multipart(path).await.map_err(|error| plain(&error))?;
            let sent = send(&mut *upload, first, &mut handed_over, gate, end).await;
            if sent.is_err() {
                // What the store keeps of it is its owner's to clear: many do by themselves after some days.
                let _ = upload.abort().await;
            }
            sent
        }
    }
}

async fn send(
    upload: &mut dyn MultipartUpload,
    first: Vec<u8>,
    handed_over: &mut UnboundedReceiver<Sent>,
    gate: &Gate,
    end: &CancellationToken,
) -> Result<(), Error> {
    let mut under_way = FuturesUnordered::new();
    under_way.push(upload.put_part(PutPayload::from(first)));
    let mut is_last = false;
    while !is_last || !under_way.is_empty() {
        tokio::select! {
            () = end.cancelled() => {
                // A part that is cut off on our side may still arrive at the other, after the upload has been aborted.
                let arrived = under_way.collect::<Vec<_>>();
                let _ = timeout(GRACE, arrived).await;
                return Err(ended());
            }
            sent = handed_over.next(), if !is_last && under_way.len() < AT_ONCE => match sent {
                None => return Err(ended()),
                Some(Sent::Part(part)) => under_way.push(upload.put_part(part.into())),
                Some(Sent::Last(part)) => {
                    is_last = true;
                    if !part.is_empty() {
                        under_way.push(upload.put_part(part.into()));
                    }
                }
            },
            Some(sent) = under_way.next() => {
                sent.map_err(|error| plain(&error))?;
                gate.sent();
            }
        }
    }
    drop(under_way);
    to_its_end(upload.complete(), end).await
}

/// What comes of the request by which the object appears. Nobody knows what became of one that is cut off, so that one that is not
/// wanted any more is waited for, though not for long.
async fn to_its_end<T>(
    request: impl Future<Output = object_store::Result<T>>,
    end: &CancellationToken,
) -> Result<(), Error> {
    let too_long = async {
        end.cancelled().await;
        sleep(GRACE).await;
    };
    tokio::select! {
        done = request => done.map(drop).map_err(|error| plain(&error)),
        () = too_long => Err(ended()),
    }
}

fn ended() -> Error {
    Error::msg("it was not written to its end")
}
