//! Making cells, and what runs in them.

use std::any::Any;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::pin_project;

use crate::checkpoint::{Checkpoint, Interrupt};
use crate::error::{Error, ErrorKind};
use crate::request::cell::{Body, Cell, Head, Kernel, Maker, Node, Phase, State, Verdict, Work, flag};
use crate::request::context::{self, Values};
use crate::request::{current, run};
use crate::runtime::Priority;
use crate::runtime::engine::Engine;
use crate::runtime::events::{Event, EventKind};
use crate::runtime::info::RequestId;
use crate::runtime::task::Task;
use crate::sync::atomic::{TALLY, Tally};
use crate::sync::{Arc, OnceLock};

/// What a builder may decide about one request.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) level: i32,
    pub(crate) bytes: u64,
    pub(crate) grace: Option<std::time::Duration>,
    pub(crate) values: Option<Values>,
}

impl Options {
    fn is_plain(&self) -> bool {
        self.name.is_none() && self.bytes == 0 && self.grace.is_none()
    }
}

pub(crate) fn make<T: Send + Sync + 'static>(
    engine: Arc<Engine>,
    place: &'static Location<'static>,
    work: Work,
    maker: Option<Maker>,
    options: Options,
) -> Arc<Cell<T>> {
    let values = options.values.clone().unwrap_or_else(context::current_values);
    let creator = current::node();
    let (own, born_cancelled) = rank(creator.as_ref(), &engine, options.level);
    let now = match &creator {
        Some(_) => engine.clock().recent(),
        None => engine.clock().advance(std::time::Instant::now()),
    };
    let mut state = State::new(work, own, now);
    let mut flags = 0;
    if !options.is_plain() || maker.is_some() {
        let extra = state.extra();
        extra.name = options.name;
        extra.bytes = options.bytes;
        extra.grace = options.grace;
        extra.maker = maker;
    }
    let mut stillborn = Work::None;
    if born_cancelled {
        state.phase = Phase::Ended(Verdict::Cancelled);
        state.cancelled = true;
        stillborn = std::mem::replace(&mut state.work, Work::None);
        flags = flag::ENDED | flag::CANCELLED;
    }
    let id = next_id();
    if tracing::level_filters::LevelFilter::current() >= tracing::level_filters::LevelFilter::DEBUG {
        let name = state.name();
        state.extra().span = Some(tracing::debug_span!("request", %id, name = name.as_deref(), place = %place));
    }
    let cell = Arc::new(Cell {
        head: Head::new(engine, id, place, values, state, flags),
        value: OnceLock::new(),
    });
    let node: Arc<dyn Node> = Arc::clone(&cell) as _;
    list(creator.as_ref(), &node);
    cell.head.emit(EventKind::Made);
    drop(crate::request::trash::discard(crate::request::trash::Trash::Work(stillborn)));
    cell
}

/// A cell that is complete at birth (C5).
pub(crate) fn complete<T: Send + Sync + 'static>(engine: Arc<Engine>, place: &'static Location<'static>, value: T) -> Arc<Cell<T>> {
    let mut state = State::new(Work::None, Priority::root(0, 0), 0);
    state.phase = Phase::Ended(Verdict::Succeeded);
    let flags = flag::SUCCEEDED | flag::ENDED;
    Arc::new(Cell {
        head: Head::new(engine, next_id(), place, None, state, flags),
        value: OnceLock::from(value),
    })
}

/// The place in the order, and whether the creator is cancelled already (C19).
fn rank(creator: Option<&Arc<dyn Node>>, engine: &Engine, level: i32) -> (Priority, bool) {
    match creator {
        None => (Priority::root(level, engine.next_root()), false),
        Some(creator) => {
            let mut state = creator.head().lock();
            let nth = state.children.next();
            (state.own.child(level, nth), state.cancelled && current::shields() == 0)
        }
    }
}

/// Enters a new request where snapshots and waves of cancellation find it.
fn list(creator: Option<&Arc<dyn Node>>, node: &Arc<dyn Node>) {
    let Some(creator) = creator else {
        let task: Arc<dyn Task> = Arc::clone(node) as _;
        node.head().engine.register(Arc::downgrade(&task));
        return;
    };
    let head = creator.head();
    let sweep = head.lock().children.push(Arc::downgrade(node));
    if let Some(mut old) = sweep {
        let before = old.len();
        old.retain(|child| child.upgrade().is_some_and(|child| !child.head().has(flag::ENDED)));
        head.engine.tallies.made.fetch_add((before - old.len()) as u64, TALLY);
        head.lock().children.put_back(old);
    }
}

/// Ids come in blocks, so that making a request touches no counter that other threads touch.
fn next_id() -> RequestId {
    const BLOCK: u64 = 1024;
    static NEXT: Tally = Tally::new(1);
    crate::sync::thread_local! {
        static MINE: std::cell::Cell<(u64, u64)> = std::cell::Cell::new((0, 0));
    }
    MINE.with(|mine| {
        let (mut next, mut end) = mine.get();
        if next == end {
            next = NEXT.fetch_add(BLOCK, TALLY);
            end = next + BLOCK;
        }
        mine.set((next + 1, end));
        RequestId(next)
    })
}

/// A future whose value stays with it until the cell takes it. The future itself is dropped as soon as it is ready.
#[pin_project(project_replace = Replaced, project = Projected)]
enum FutureBody<F, T> {
    Polling(#[pin] F),
    Ready(Option<T>),
}

impl<F, T> Body for FutureBody<F, T>
where
    F: Future<Output = Result<T, Error>> + Send,
    T: Send + Sync + 'static,
{
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Projected::Polling(future) = self.as_mut().project() else {
            return Poll::Ready(Err(Error::condition(ErrorKind::Failed, "invariant: a ready body is not polled")));
        };
        match future.poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(value)) => {
                self.project_replace(Self::Ready(Some(value)));
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => {
                self.project_replace(Self::Ready(None));
                Poll::Ready(Err(error))
            }
        }
    }

    fn deliver(self: Pin<&mut Self>, node: &dyn Node) {
        if let Projected::Ready(value) = self.project() {
            put(node, value);
        }
    }
}

pub(crate) fn body<F, T>(future: F) -> Pin<Box<dyn Body>>
where
    F: Future<Output = Result<T, Error>> + Send + 'static,
    T: Send + Sync + 'static,
{
    Box::pin(FutureBody::Polling(future))
}

struct KernelBody<F, T> {
    kernel: Option<F>,
    value: Option<T>,
}

impl<F, T> Kernel for KernelBody<F, T>
where
    F: FnOnce(&Checkpoint) -> Result<T, Error> + Send,
    T: Send + Sync + 'static,
{
    fn call(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let Some(kernel) = self.kernel.take() else {
            return Err(Error::condition(ErrorKind::Failed, "invariant: a kernel is called once"));
        };
        self.value = Some(kernel(checkpoint)?);
        Ok(())
    }

    fn deliver(&mut self, node: &dyn Node) {
        put(node, &mut self.value);
    }
}

pub(crate) fn kernel<F, T>(kernel: F) -> Box<dyn Kernel>
where
    F: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
    T: Send + Sync + 'static,
{
    Box::new(KernelBody {
        kernel: Some(kernel),
        value: None,
    })
}

/// Moves a value into its cell. Nothing of the user's runs here: the cell is empty, or keeps what it has.
pub(crate) fn put<T: Send + Sync + 'static>(node: &dyn Node, value: &mut Option<T>) {
    if let Some(cell) = node.as_any().downcast_ref::<Cell<T>>()
        && let Some(new) = value.take()
    {
        *value = cell.value.set(new).err();
    }
}

impl<T: Send + Sync + 'static> Node for Cell<T> {
    fn head(&self) -> &Head {
        &self.head
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<T: Send + Sync + 'static> Interrupt for Cell<T> {
    fn interrupted(&self) -> Option<Error> {
        if self.head.has(flag::CANCELLED | flag::SHUT_DOWN) {
            return Some(match self.head.is_shut_down() {
                true => run::shut_down(),
                false => current::interrupted(),
            });
        }
        let deadline = self.head.values.as_ref()?.deadline?;
        (std::time::Instant::now() >= deadline).then(|| Error::condition(ErrorKind::TimedOut, "the deadline passed"))
    }
}

impl Head {
    /// Tells listeners and `tracing`. Off, this is one branch (C47).
    #[inline]
    pub(crate) fn emit(&self, kind: EventKind) {
        if self.engine.events.watched() || tracing::level_filters::LevelFilter::current() >= tracing::level_filters::LevelFilter::TRACE {
            self.emit_slowly(kind);
        }
    }

    #[cold]
    fn emit_slowly(&self, kind: EventKind) {
        let name = self.name();
        tracing::trace!(id = %self.id, name = name.as_deref(), place = %self.place, event = ?kind, "request");
        self.engine.events.send(&Event {
            id: self.id,
            name,
            place: self.place,
            kind,
        });
    }
}
