//! Making cells, and what runs in them.

use std::any::Any;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::pin_project;
use tracing::level_filters::LevelFilter;

use crate::checkpoint::{Checkpoint, Interrupt};
use crate::error::{Error, ErrorKind};
use crate::request::cell::{Body, Cell, Extra, Head, Kernel, Maker, Node, Phase, State, Verdict, Work, flag};
use crate::request::context::{self, Values};
use crate::request::listing::{self, Entered, Sweep};
use crate::request::{cancel, current, run};
use crate::runtime::Priority;
use crate::runtime::engine::Engine;
use crate::runtime::enter;
use crate::runtime::events::{Event, EventKind};
use crate::runtime::info::RequestId;
use crate::runtime::task::Task;
use crate::sync::atomic::{TALLY, Tally};
use crate::sync::{Arc, OnceLock, Weak};

/// What a builder may decide about one request.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) level: i32,
    pub(crate) bytes: u64,
    pub(crate) grace: Option<std::time::Duration>,
    pub(crate) values: Option<Values>,
    /// Made as if outside of any request.
    pub(crate) is_detached: bool,
    /// A waiter who gives up does not speak against it.
    pub(crate) outlives_waiters: bool,
}

impl Options {
    fn is_plain(&self) -> bool {
        self.name.is_none() && self.bytes == 0 && self.grace.is_none()
    }
}

/// Makes a cell with what the builder decided, and lists it. `engine` is the one to run on, if it is not the creator's or
/// the entered one.
pub(crate) fn make<T: Send + Sync + 'static>(
    engine: Option<Arc<Engine>>,
    place: &'static Location<'static>,
    work: Work,
    maker: Option<Maker>,
    options: Options,
) -> Arc<Cell<T>> {
    let engine = engine.unwrap_or_else(|| current::engine().unwrap_or_else(enter::current));
    let values = match &options.values {
        Some(values) => values.clone(),
        None if options.is_detached => context::lasting_values(),
        None => context::current_values(),
    };
    let extra = extra(maker, &options);
    let level = options.level;
    let is_detached = options.is_detached;
    let flags = kernel_flag(&work)
        | match is_detached {
            true => 0,
            false => birth_flags(extra.as_deref()),
        }
        | match is_detached || options.outlives_waiters {
            true => flag::OUTLIVES_WAITERS,
            false => 0,
        };
    if !is_detached {
        list_creator();
    }
    let mut listed = false;
    // Listed with its creator before it is whole, so that rank and list take one lock. A wave of cancellation that comes
    // in between cannot see it yet; the creator's flag tells afterwards.
    let cell = Arc::new_cyclic(|weak: &Weak<Cell<T>>| {
        let (own, now, mut sweep);
        (own, now, sweep, listed) =
            current::with(|creator| rank(creator.filter(|_| !is_detached), weak, &engine, level));
        if let Some(old) = sweep.take() {
            listing::sweep(old);
        }
        let id = next_id();
        Cell {
            head: Head::new(
                engine,
                id,
                place,
                values,
                own,
                State::new(work, own, now, None, extra),
                flags,
            ),
            value: OnceLock::new(),
        }
    });
    // A request of another runtime is listed with its creator for cancellation, and with its own runtime for shutdown.
    if !listed || current::with(|creator| creator.is_some_and(|creator| !creator.head().shares_engine(&cell.head))) {
        let task: Weak<dyn Task> = Arc::downgrade(&cell) as _;
        cell.head.engine.register(task);
    }
    trace_span(&cell.head);
    cell.head.emit(EventKind::Made);
    if !is_detached && current::is_interrupted() {
        still_birth(&cell);
    }
    cell
}

/// What an unlisted request makes is listed after it (L3). Here, where that may run the user's code.
fn list_creator() {
    let is_unlisted = |creator: &Arc<dyn Node>| creator.head().has(flag::UNLISTED);
    if current::with(|creator| creator.is_some_and(is_unlisted))
        && let Some(creator) = current::node()
    {
        listing::list(&creator);
    }
}

/// Makes a plain one-shot request. If a request makes it in one of its turns, it is not listed yet: see [`listing`].
#[inline]
pub(crate) fn plain<T: Send + Sync + 'static>(place: &'static Location<'static>, work: Work) -> Arc<Cell<T>> {
    let above = |creator: &Arc<dyn Node>| {
        let head = creator.head();
        let own = head.own.child(0, head.next_child());
        (Arc::clone(&head.engine), own, Arc::downgrade(creator))
    };
    let untraced = (!is_traced()).then(|| current::with_creator(above));
    let Some((engine, own, creator)) = untraced.flatten() else {
        return make(None, place, work, None, Options::default());
    };
    let (id, now) = (next_id(), engine.clock().recent());
    let flags = flag::UNLISTED | kernel_flag(&work);
    Arc::new(Cell {
        head: Head::new(
            engine,
            id,
            place,
            None,
            own,
            State::new(work, own, now, Some(creator), None),
            flags,
        ),
        value: OnceLock::new(),
    })
}

/// Whether a span is to be taken along (C46, C47).
#[inline]
fn is_traced() -> bool {
    let level = LevelFilter::current();
    level > LevelFilter::OFF && (level >= LevelFilter::DEBUG || !tracing::Span::current().is_disabled())
}

#[inline]
fn kernel_flag(work: &Work) -> u32 {
    match work {
        Work::Kernel(_) => flag::KERNEL,
        _ => 0,
    }
}

fn birth_flags(extra: Option<&Extra>) -> u32 {
    let mut flags = 0;
    if current::shields() > 0 {
        flags |= flag::SHIELDED;
    }
    if current::with(|creator| creator.is_some_and(|creator| creator.head().has(flag::ADMITTED))) {
        flags |= flag::ADMITTED | flag::INHERITED;
    }
    if extra.is_some_and(|extra| extra.maker.is_some()) {
        flags |= flag::REPEATABLE;
    }
    flags
}

/// C19: made by a request that is cancelled already.
#[cold]
fn still_birth<T: Send + Sync + 'static>(cell: &Arc<Cell<T>>) {
    let node: Arc<dyn Node> = Arc::clone(cell) as _;
    let _ = cancel::ask(&node);
}

fn extra(maker: Option<Maker>, options: &Options) -> Option<Box<Extra>> {
    (!options.is_plain() || maker.is_some()).then(|| {
        Box::new(Extra {
            name: options.name.clone(),
            bytes: options.bytes,
            grace: options.grace,
            maker,
            ..Extra::default()
        })
    })
}

/// The span of the request, if anybody records spans (C47).
#[inline]
fn trace_span(head: &Head) {
    if LevelFilter::current() > LevelFilter::OFF {
        trace_span_slowly(head);
    }
}

/// A span keeps its parents alive, and a subscriber lets go of them one inside of the other: so deep a family of requests
/// that its spans would overflow a stack begins a new tree (C7).
const SPAN_DEPTH: u32 = 64;

#[cold]
fn trace_span_slowly(head: &Head) {
    let name = head.name();
    let above = current::with(|creator| creator.map_or(0, |creator| creator.head().lock().span_depth()));
    let depth = (above + 1) % SPAN_DEPTH;
    let own = match depth {
        0 => tracing::debug_span!(parent: None, "request", id = %head.id, name = name.as_deref(), place = %head.place),
        _ => tracing::debug_span!("request", id = %head.id, name = name.as_deref(), place = %head.place),
    };
    // Who records no spans of ours may record the caller's, and that one has to come along all the same (C46).
    let span = if own.is_disabled() {
        tracing::Span::current()
    } else {
        own
    };
    if !span.is_disabled() {
        let mut state = head.lock();
        let extra = state.extra();
        extra.span = Some(span);
        extra.span_depth = depth;
    }
}

/// A cell that is complete at birth (C5).
pub(crate) fn complete<T: Send + Sync + 'static>(
    engine: Arc<Engine>,
    place: &'static Location<'static>,
    value: T,
) -> Arc<Cell<T>> {
    let mut state = State::new(Work::None, Priority::root(0, 0), 0, None, None);
    state.phase = Phase::Ended(Verdict::Succeeded);
    let flags = flag::SUCCEEDED | flag::ENDED;
    Arc::new(Cell {
        head: Head::new(engine, next_id(), place, None, Priority::root(0, 0), state, flags),
        value: OnceLock::from(value),
    })
}

/// The place in the order, the time, and whether the creator lists the child.
fn rank<T: Send + Sync + 'static>(
    creator: Option<&Arc<dyn Node>>,
    child: &Weak<Cell<T>>,
    engine: &Engine,
    level: i32,
) -> (Priority, u32, Option<Sweep>, bool) {
    let Some(creator) = creator else {
        let now = engine.clock().advance(std::time::Instant::now());
        return (Priority::root(level, engine.next_root()), now, None, false);
    };
    let head = creator.head();
    let own = head.own.child(level, head.next_child());
    let (sweep, listed) = match listing::enter(creator, Weak::clone(child) as _) {
        Entered::Listed { grown, .. } => (grown, true),
        // Made in a callback: the creator's end, a cancellation too, is not the end of what follows from it.
        Entered::TooLate { .. } => (None, false),
    };
    (own, engine.clock().recent(), sweep, listed)
}

/// Ids come in blocks, so that making a request touches no counter that other threads touch.
fn next_id() -> RequestId {
    const BLOCK: u64 = 1024;
    static NEXT: Tally = Tally::new(1);
    crate::sync::local! {
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
            return Poll::Ready(Err(Error::condition(
                ErrorKind::Failed,
                "invariant: a ready body is not polled",
            )));
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

    fn hand_out(self: Pin<&mut Self>, slot: &mut dyn Any) {
        if let Projected::Ready(value) = self.project()
            && let Some(slot) = slot.downcast_mut()
        {
            *slot = value.take();
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
            return Err(Error::condition(
                ErrorKind::Failed,
                "invariant: a kernel is called once",
            ));
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
        if self.is_observed() {
            self.emit_slowly(kind);
        }
    }

    /// Whether somebody follows what happens to requests.
    #[inline]
    pub(crate) fn is_observed(&self) -> bool {
        self.engine.events.watched() || LevelFilter::current() >= LevelFilter::TRACE
    }

    #[cold]
    fn emit_slowly(&self, kind: EventKind) {
        let name = self.name();
        self.trace(name.as_deref(), kind);
        self.engine.events.send(&Event {
            id: self.id,
            name,
            place: self.place,
            kind,
        });
    }
}
