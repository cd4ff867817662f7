//! A long row of requests, made only as they are needed.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, Stream, StreamExt};

use crate::error::{Error, ErrorKind};
use crate::request::batch_canceller::RequestBatchCanceller;
use crate::request::batch_progress::RequestBatchProgress;
use crate::request::block::block;
use crate::request::current;
use crate::request::request::Request;
use crate::request::start;
use crate::runtime::engine::Engine;
use crate::runtime::info::RequestState;
use crate::runtime::{Runtime, enter};
use crate::sync::Arc;

/// Runs the requests of an iterator, however long, a bounded number at a time.
///
/// The iterator is asked for the next request only when there is room for it, in the poll of whoever reads the batch: never
/// are more than [`max_active`](Self::max_active) pulled ahead of what has been read. The batch is a stream of results in
/// the order of completion; [`run`](Self::run) and [`wait`](Self::wait) hand them to a callback instead.
///
/// # Failing, cancelling, dropping
///
/// The first failure is the last item: nothing more is pulled, and what is on its way is cancelled unless somebody else
/// waits for it. The same happens when the batch is dropped, when its [canceller](Self::canceller) is used, and when the
/// request that reads it is cancelled.
///
/// # Cancel safety
///
/// Nothing is lost between two items.
///
/// # Examples
///
/// A million tiles, eight at a time:
///
/// ```
/// use headwater::{Request, RequestBatch};
///
/// let tiles = (0..1_000_000_u64).map(|tile| Request::new(async move { Ok(tile % 10) }));
/// let mut sum = 0;
/// RequestBatch::new(tiles.take(1_000)).max_active(8).wait(|digit| {
///     sum += digit;
///     Ok(())
/// })?;
/// assert_eq!(sum, 4_500);
/// # Ok::<(), headwater::Error>(())
/// ```
#[must_use = "a batch pulls nothing until it is read"]
pub struct RequestBatch<I, T: Clone + Send + Sync + 'static> {
    /// `None` once it is exhausted, or the batch has ended.
    requests: Option<I>,
    engine: Arc<Engine>,
    bound: usize,
    active: FuturesUnordered<BoxFuture<'static, (u64, Result<T, Error>)>>,
    launched: BTreeMap<u64, Launched<T>>,
    pulled: u64,
    progress: RequestBatchProgress,
    listener: Option<Box<dyn FnMut(RequestBatchProgress) + Send>>,
    canceller: RequestBatchCanceller,
}

struct Launched<T: Clone + Send + Sync + 'static> {
    request: Request<T>,
    /// Nobody had started it before: it is the batch's to cancel.
    is_ours: bool,
}

impl<I, T> RequestBatch<I, T>
where
    I: Iterator<Item = Request<T>>,
    T: Clone + Send + Sync + 'static,
{
    /// A batch of what `requests` gives, as wide as the current runtime has slots.
    pub fn new(requests: impl IntoIterator<IntoIter = I>) -> Self {
        let requests = requests.into_iter();
        let total = match requests.size_hint() {
            (least, Some(most)) if least == most => Some(least as u64),
            _ => None,
        };
        let engine = current::engine().unwrap_or_else(enter::current);
        Self {
            requests: Some(requests),
            bound: engine.config.slots.max(1),
            engine,
            active: FuturesUnordered::new(),
            launched: BTreeMap::new(),
            pulled: 0,
            progress: RequestBatchProgress { done: 0, total },
            listener: None,
            canceller: RequestBatchCanceller::default(),
        }
    }

    /// The runtime whose slots are the default for the width of the batch, and which the reader keeps going if it is an
    /// inline one. To be called before [`max_active`](Self::max_active), which it resets.
    ///
    /// Each request runs where it was made for: it is the iterator that says so, by
    /// [`RequestBuilder::on`](crate::RequestBuilder::on) or [`Runtime::enter`].
    pub fn on(mut self, runtime: &Runtime) -> Self {
        self.engine = runtime.engine();
        self.bound = self.engine.config.slots.max(1);
        self
    }

    /// How many requests may be on their way, or wait with a result for the reader; at least 1.
    pub fn max_active(mut self, bound: usize) -> Self {
        self.bound = bound.max(1);
        self
    }

    /// Calls `listener` after every result, before it is handed to the reader.
    pub fn on_progress(mut self, listener: impl FnMut(RequestBatchProgress) + Send + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// How far the batch is.
    pub fn progress(&self) -> RequestBatchProgress {
        self.progress
    }

    /// A handle that cancels the batch from anywhere.
    pub fn canceller(&self) -> RequestBatchCanceller {
        self.canceller.clone()
    }

    /// Runs the batch and hands every result to `take`, in the order of completion.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the batch.
    ///
    /// # Errors
    ///
    /// The first failure of a request or of `take`; [`is_cancelled`](Error::is_cancelled) if the batch or one of the
    /// requests was cancelled, [`is_interrupted`](Error::is_interrupted) if the current request was.
    pub async fn run(mut self, mut take: impl FnMut(T) -> Result<(), Error>) -> Result<(), Error> {
        while let Some(result) = poll_fn(|cx| self.poll_result(cx)).await {
            take(result?)?;
        }
        Ok(())
    }

    /// The same, blocking the thread.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn wait(self, take: impl FnMut(T) -> Result<(), Error>) -> Result<(), Error> {
        let engine = Arc::clone(&self.engine);
        block(self.run(take), None, Some(engine))?.unwrap_or(Ok(()))
    }

    fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        if let Err(error) = self.check(cx.waker()) {
            if self.requests.is_none() && self.launched.is_empty() {
                return Poll::Ready(None);
            }
            self.stop();
            return Poll::Ready(Some(Err(error)));
        }
        self.pull();
        let mut polled = self.poll_active(cx);
        if polled.is_pending() && self.engine.is_inline() && current::with(|me| me.is_none()) {
            // Inline mode: whoever waits does the work.
            start::pump(&self.engine, cx);
            polled = self.poll_active(cx);
        }
        polled.map(|next| next.map(|(key, outcome)| self.finished(key, outcome)))
    }

    fn poll_active(&mut self, cx: &mut Context<'_>) -> Poll<Option<(u64, Result<T, Error>)>> {
        current::queued_only(|| self.active.poll_next_unpin(cx))
    }

    /// Whether to go on; if so, a cancellation will call `waker`.
    fn check(&self, waker: &Waker) -> Result<(), Error> {
        if current::is_interrupted() {
            return Err(current::interrupted());
        }
        match self.canceller.is_cancelled(waker) {
            true => Err(Error::condition(ErrorKind::Cancelled, "the batch was cancelled")),
            false => Ok(()),
        }
    }

    fn pull(&mut self) {
        while let Some(requests) = self.requests.as_mut().filter(|_| self.launched.len() < self.bound) {
            let Some(request) = requests.next() else {
                self.requests = None;
                self.progress.total = Some(self.pulled);
                return;
            };
            let key = self.pulled;
            self.pulled += 1;
            let is_ours = request.state() == RequestState::Made;
            request.submit();
            let wait = IntoFuture::into_future(&request);
            self.active.push(Box::pin(async move { (key, wait.await) }));
            self.launched.insert(key, Launched { request, is_ours });
        }
    }

    fn finished(&mut self, key: u64, outcome: Result<T, Error>) -> Result<T, Error> {
        let member = self.launched.remove(&key);
        drop(member);
        match &outcome {
            Ok(_) => {
                self.progress.done += 1;
                let progress = self.progress;
                if let Some(listener) = &mut self.listener {
                    listener(progress);
                }
            }
            Err(_) => self.stop(),
        }
        outcome
    }
}

impl<I, T: Clone + Send + Sync + 'static> RequestBatch<I, T> {
    /// Pulls nothing more, leaves what is on its way, and cancels what nobody else wants.
    fn stop(&mut self) {
        self.requests = None;
        self.active.clear();
        for (_, member) in std::mem::take(&mut self.launched) {
            if member.is_ours {
                let _ = member.request.cancel();
            }
        }
    }
}

impl<I, T> Stream for RequestBatch<I, T>
where
    I: Iterator<Item = Request<T>> + Unpin,
    T: Clone + Send + Sync + 'static,
{
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_result(cx)
    }
}

impl<I, T: Clone + Send + Sync + 'static> Drop for RequestBatch<I, T> {
    fn drop(&mut self) {
        self.stop();
    }
}

impl<I, T: Clone + Send + Sync + 'static> fmt::Debug for RequestBatch<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBatch")
            .field("progress", &self.progress)
            .field("active", &self.launched.len())
            .finish_non_exhaustive()
    }
}
