//! The work of a pool: items become tasks, and their outcomes results.

use std::panic::Location;
use std::task::Poll;

use crate::error::Error;
use crate::green::claim_wait::ClaimWait;
use crate::green::deferred::under;
use crate::green::error_handler;
use crate::green::pool::claims::{Get, Join, Put};
use crate::green::pool::close::Close;
use crate::green::pool::state::{Keep, PoolState};
use crate::green::put_error::PutError;
use crate::green::task::Task;
use crate::green::task_builder::TaskBuilder;
use crate::request::RequestContext;
use crate::request::detached::engine_here;
use crate::request::guard::guarded;
use crate::runtime::engine::Engine;
use crate::sync::{Arc, Mutex};

/// Makes the task for an item.
type Start<I, T> = dyn Fn(TaskBuilder, I) -> Task<T> + Send + Sync;

pub(crate) struct PoolCore<I, T: Send + 'static> {
    state: Arc<Mutex<PoolState<I, T>>>,
    settings: Mutex<Settings>,
    start: Box<Start<I, T>>,
    keeps_results: bool,
}

/// What tasks of the pool have in common.
#[derive(Clone)]
struct Settings {
    engine: Arc<Engine>,
    name: Arc<str>,
    place: &'static Location<'static>,
    context: RequestContext,
    span: tracing::Span,
}

impl<I: Send + 'static, T: Send + 'static> PoolCore<I, T> {
    /// A pool of tasks that run `f`.
    pub(crate) fn new<F, W>(width: usize, keep: Keep, place: &'static Location<'static>, f: F) -> Self
    where
        F: Fn(I) -> W + Send + Sync + 'static,
        W: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let f = Arc::new(f);
        let start = move |builder: TaskBuilder, item| {
            let f = Arc::clone(&f);
            builder.future(async move { f(item).await })
        };
        let settings = Settings {
            engine: engine_here(),
            name: "pool".into(),
            place,
            context: RequestContext::lasting(),
            span: tracing::Span::current(),
        };
        Self {
            state: Arc::new(Mutex::new(PoolState::new(width, keep))),
            settings: Mutex::new(settings),
            start: Box::new(start),
            keeps_results: keep != Keep::Nothing,
        }
    }

    pub(crate) fn set_name(&self, name: Arc<str>) {
        self.settings.lock().name = name;
    }

    pub(crate) fn set_engine(&self, engine: Arc<Engine>) {
        let old = std::mem::replace(&mut self.settings.lock().engine, engine);
        drop(old);
    }

    pub(crate) fn set_window(&self, window: usize) {
        under(&self.state, |state, deferred| state.set_window(window, deferred));
    }

    pub(crate) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.settings.lock().engine)
    }

    pub(crate) fn putting(&self, item: I) -> ClaimWait<Put<I, T>> {
        ClaimWait::new(&self.state, Put::new(item)).on(self.engine())
    }

    pub(crate) fn getting(&self) -> ClaimWait<Get<I, T>> {
        ClaimWait::new(&self.state, Get::default()).on(self.engine())
    }

    pub(crate) fn joining(&self) -> ClaimWait<Join<I, T>> {
        ClaimWait::new(&self.state, Join::default()).on(self.engine())
    }

    pub(crate) fn try_put(self: &Arc<Self>, item: I) -> Result<(), PutError<I>> {
        let mut putting = self.putting(item);
        match putting.at_once() {
            Poll::Ready(put) => {
                self.pump();
                put
            }
            Poll::Pending => match putting.claim().take_back() {
                Some(item) => Err(PutError::full(item)),
                None => Ok(()),
            },
        }
    }

    pub(crate) fn put_wait(self: &Arc<Self>, item: I) -> Result<(), PutError<I>> {
        let put = self.putting(item).block(None);
        self.pump();
        put
    }

    pub(crate) fn len(&self) -> usize {
        self.state.lock().len()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().is_closed()
    }

    pub(crate) fn open(&self) {
        self.state.lock().open();
    }

    pub(crate) fn close(&self, how: Close) {
        match how {
            Close::Drain => under(&self.state, |state, deferred| state.close(deferred)),
            Close::Abort => {
                let aborted = under(&self.state, |state, deferred| state.abort(deferred));
                for task in aborted.tasks {
                    let _ = task.cancel();
                }
                // Items are the user's, and so is what their drop does.
                let _ = guarded(|| drop(aborted.queue));
            }
        }
    }

    /// Starts what can be started, unless somebody else is at it, who then sees to this too (A2).
    pub(crate) fn pump(self: &Arc<Self>) {
        let mut job = self.state.lock().launch();
        while let Some((key, item)) = job {
            self.launch(key, item);
            job = self.state.lock().launch_next();
        }
    }

    fn launch(self: &Arc<Self>, key: u64, item: I) {
        let settings = self.settings.lock().clone();
        let builder = TaskBuilder::for_pool(settings.engine, settings.name, settings.place, settings.context);
        // The span of whoever put the item, or of the task that ended just now, has nothing to do with it.
        let task = settings.span.in_scope(|| (self.start)(builder, item));
        let handle = task.handle();
        let unwanted = self.state.lock().launched(key, handle);
        if let Some(unwanted) = unwanted {
            let _ = unwanted.cancel();
        }
        let core = Arc::clone(self);
        task.deliver(move |result| core.finish(key, result));
    }

    fn finish(self: &Arc<Self>, key: u64, result: Result<T, Error>) {
        if !self.keeps_results
            && let Err(error) = &result
        {
            self.tell(error);
        }
        let left = under(&self.state, |state, deferred| state.finish(key, result, deferred));
        let _ = guarded(|| drop(left));
        self.pump();
    }

    /// Nobody takes the error, so it goes to the handlers. Being cancelled, and the end of the runtime, are no errors.
    fn tell(&self, error: &Error) {
        if !error.is_cancelled() && !error.is_shut_down() {
            error_handler::handle(&self.engine(), None, error);
        }
    }
}
