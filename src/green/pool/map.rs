//! One function over one input, several items at a time, results in order.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, ready};
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{self, FusedStream, Stream};
use pin_project::pin_project;

use crate::error::Error;
use crate::green::pool::map_iter::MapIter;
use crate::request::{RequestBuilder, Wait, current};
use crate::runtime::net::guarded;

/// Runs `f` on the `items`, at most `width` of them (at least 1) at a time, and gives the results in their order.
///
/// The stream pulls an item when there is a place for it, and not before it is polled for the first time: the input may be
/// endless, or empty. Items that are running and results that wait for their turn are never more than `width` together. An
/// item's error, or a panic of `f` or of its future, is the item's result; the others go on. Each runs as a [`Request`](crate::Request) that the one who polls
/// waits for: it lends them its priority, and when it is cancelled so are they.
///
/// With `T` large, give an `Arc`. For input that arrives bit by bit there is [`map_stream`]; for several readers or writers,
/// [`Pool`](crate::green::Pool).
///
/// # Dropping and panics
///
/// Dropping the stream cancels what is running. A panic of the input is the reader's.
///
/// # Examples
///
/// The first three results of an endless input:
///
/// ```
/// use headwater::green;
///
/// let squares = green::map(|n: u64| async move { Ok(n * n) }, 1.., 4);
/// let first: Vec<u64> = squares.iter_wait().take(3).collect::<Result<_, _>>()?;
/// assert_eq!(first, [1, 4, 9]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[track_caller]
pub fn map<F, N, W, T>(f: F, items: N, width: usize) -> Map<stream::Iter<N::IntoIter>, F, T>
where
    N: IntoIterator,
    F: FnMut(N::Item) -> W,
    W: Future<Output = Result<T, Error>> + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    map_stream(f, stream::iter(items), width)
}

/// The same for a stream of items.
#[track_caller]
pub fn map_stream<F, S, W, T>(f: F, items: S, width: usize) -> Map<S, F, T>
where
    S: Stream,
    F: FnMut(S::Item) -> W,
    W: Future<Output = Result<T, Error>> + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    Map {
        input: Some(items),
        f,
        width: width.max(1),
        flying: VecDeque::new(),
        place: Location::caller(),
    }
}

/// The results of [`map()`] and [`map_stream`]: a stream, or with [`iter_wait`](Self::iter_wait) an iterator that blocks.
///
/// # Cancel safety
///
/// Nothing is lost between two items.
#[pin_project]
#[must_use = "nothing is pulled or run unless it is polled"]
pub struct Map<S, F, T: Clone + Send + Sync + 'static> {
    /// `None` once it has ended.
    #[pin]
    input: Option<S>,
    f: F,
    width: usize,
    /// In the order of the items. A wait that nobody else shares: dropped, it cancels its request.
    flying: VecDeque<Wait<T>>,
    place: &'static Location<'static>,
}

impl<S, F, W, T> Map<S, F, T>
where
    S: Stream,
    F: FnMut(S::Item) -> W,
    W: Future<Output = Result<T, Error>> + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// The results as an iterator that blocks the thread for each.
    pub fn iter_wait(self) -> MapIter<S, F, T> {
        MapIter::new(self)
    }

    /// Pulls and starts as much as there is room for.
    fn fill(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let mut this = self.project();
        while this.flying.len() < *this.width {
            let Some(input) = this.input.as_mut().as_pin_mut() else {
                return;
            };
            match input.poll_next(cx) {
                Poll::Ready(Some(item)) => {
                    let builder = RequestBuilder::new().name("map").made_at(this.place);
                    let request = match guarded(|| (this.f)(item)) {
                        Ok(work) => builder.future(work),
                        Err(panic) => builder.future(ready(Err(panic))),
                    };
                    let mut wait = Wait::queued(request);
                    // Starts it. Should it be ready already, it will say so again.
                    let _ = Pin::new(&mut wait).poll(cx);
                    this.flying.push_back(wait);
                }
                Poll::Ready(None) => this.input.set(None),
                Poll::Pending => return,
            }
        }
    }
}

impl<S, F, W, T> Stream for Map<S, F, T>
where
    S: Stream,
    F: FnMut(S::Item) -> W,
    W: Future<Output = Result<T, Error>> + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if current::is_interrupted() {
            let mut this = self.project();
            let is_new = this.input.is_some() || !this.flying.is_empty();
            this.input.set(None);
            this.flying.clear();
            return Poll::Ready(is_new.then(|| Err(current::interrupted())));
        }
        self.as_mut().fill(cx);
        let this = self.project();
        let Some(first) = this.flying.front_mut() else {
            return match this.input.is_none() {
                true => Poll::Ready(None),
                false => Poll::Pending,
            };
        };
        let first = Pin::new(first).poll(cx);
        first.map(|result| {
            this.flying.pop_front();
            Some(result)
        })
    }
}

impl<S, F, W, T> FusedStream for Map<S, F, T>
where
    S: Stream,
    F: FnMut(S::Item) -> W,
    W: Future<Output = Result<T, Error>> + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    fn is_terminated(&self) -> bool {
        self.input.is_none() && self.flying.is_empty()
    }
}

impl<S, F, T: Clone + Send + Sync + 'static> fmt::Debug for Map<S, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("width", &self.width)
            .field("flying", &self.flying.len())
            .finish_non_exhaustive()
    }
}
