//! Decisions before a request is made.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::request::cell::{Maker, Work};
use crate::request::context::RequestContext;
use crate::request::make::{self, Options};
use crate::request::pinned;
use crate::request::request::Request;
use crate::runtime::Runtime;
use crate::runtime::engine::Engine;
use crate::sync::Arc;

/// Names a request, ranks it, puts it on a runtime; then makes it.
///
/// # Examples
///
/// An urgent request with a name that errors and snapshots show:
///
/// ```
/// use headwater::Request;
///
/// let tile = Request::builder().name("tile 3/7").priority(-1).future(async { Ok(7) });
/// assert_eq!(tile.wait()?, 7);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Default)]
#[must_use = "a builder makes nothing until it is given a workload"]
pub struct RequestBuilder {
    engine: Option<Arc<Engine>>,
    options: Options,
    /// Where it counts as made, if that is not where the builder is given the workload.
    place: Option<&'static Location<'static>>,
}

impl RequestBuilder {
    /// The defaults: no name, priority 0, the creator's context and runtime.
    pub fn new() -> Self {
        Self::default()
    }

    /// A name for errors, snapshots, events and spans.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// Urgency, smaller first, 0 if not given. Of a root it comes before age; of a child, among its siblings.
    pub fn priority(mut self, priority: i32) -> Self {
        self.options.level = priority;
        self
    }

    /// The runtime to run on, rather than the creator's or the entered or the default one.
    pub fn on(mut self, runtime: &Runtime) -> Self {
        self.engine = Some(runtime.engine());
        self
    }

    /// The same for who has the engine alone, and must not keep the runtime alive.
    #[cfg_attr(
        all(loom, not(test)),
        expect(dead_code, reason = "the layer that uses it has no models")
    )]
    pub(crate) fn on_engine(mut self, engine: &Arc<Engine>) -> Self {
        self.engine = Some(Arc::clone(engine));
        self
    }

    /// The same, and nobody's child, even if a request makes it: it outlives its maker, and a waiter who gives up does not
    /// speak against it.
    #[cfg_attr(loom, expect(dead_code, reason = "the layer that uses it has no models"))]
    pub(crate) fn detached_on(mut self, engine: Arc<Engine>) -> Self {
        self.engine = Some(engine);
        self.options.is_detached = true;
        self
    }

    /// A waiter who gives up does not speak against it; whoever made it does.
    #[cfg_attr(loom, expect(dead_code, reason = "the layer that uses it has no models"))]
    pub(crate) fn outlives_waiters(mut self) -> Self {
        self.options.outlives_waiters = true;
        self
    }

    /// Made for somebody who called from `place`.
    #[cfg_attr(loom, expect(dead_code, reason = "the layer that uses it has no models"))]
    pub(crate) fn made_at(mut self, place: &'static Location<'static>) -> Self {
        self.place = Some(place);
        self
    }

    /// How long the request outlives the last interest in it; the runtime's if not given.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.options.grace = Some(grace);
        self
    }

    /// An estimate of the memory that the work needs, in bytes. It starts when that fits the runtime's
    /// [`memory`](crate::RuntimeBuilder::memory) beside what other work has taken; alone, or made by a request that has
    /// been admitted, it starts whatever its size. The bytes are given back when it ends.
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.options.bytes = bytes;
        self
    }

    /// A context other than the creator's.
    pub fn context(mut self, context: RequestContext) -> Self {
        self.options.values = Some(context.into_values());
        self
    }

    /// Makes a one-shot request: see [`Request::new`].
    #[track_caller]
    pub fn future<F, T>(self, future: F) -> Request<T>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Clone + Send + Sync + 'static,
    {
        self.make(Location::caller(), Work::Future(make::body(future)), None)
    }

    /// Makes a repeatable request: see [`Request::repeatable`].
    #[track_caller]
    pub fn repeatable<M, F, T>(self, make: M) -> Request<T>
    where
        M: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Clone + Send + Sync + 'static,
    {
        let maker: Maker = Arc::new(move || make::body(make()));
        self.make(Location::caller(), Work::Make(Arc::clone(&maker)), Some(maker))
    }

    /// Makes a request for the compute pool: see [`Request::kernel`].
    #[track_caller]
    pub fn kernel<K, T>(self, kernel: K) -> Request<T>
    where
        K: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
        T: Clone + Send + Sync + 'static,
    {
        self.make(Location::caller(), Work::Kernel(make::kernel(kernel)), None)
    }

    /// Makes a request that stays on one thread: see [`Request::pinned`].
    #[track_caller]
    pub fn pinned<M, F, T>(self, make: M) -> Request<T>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<T, Error>> + 'static,
        T: Clone + Send + Sync + 'static,
    {
        self.make(Location::caller(), pinned::work(make), None)
    }

    fn make<T>(self, place: &'static Location<'static>, work: Work, maker: Option<Maker>) -> Request<T>
    where
        T: Clone + Send + Sync + 'static,
    {
        let place = self.place.unwrap_or(place);
        Request::from_cell(make::make(self.engine, place, work, maker, self.options))
    }
}

impl std::fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("name", &self.options.name)
            .field("priority", &self.options.level)
            .finish_non_exhaustive()
    }
}
