//! The one future of the toolkit: it waits until a look at some state, under its mutex, finds what it wants.
//!
//! What is looked for, and what leaving means, is the business of a [`Claim`], which is plain code without wakers of its own.
//! Here is what all of them share: registering before giving up the thread, the end of the wait when the current request is
//! cancelled or the time is over, and the blocking twin.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::green::deferred::{Deferred, under};
use crate::request::alarm::Alarm;
use crate::request::block;
use crate::request::current;
use crate::request::deadline::Deadline;
use crate::request::start;
use crate::runtime::engine::Engine;
use crate::runtime::enter;
use crate::sync::{Arc, Mutex};

/// What one waiter wants of a state. All of it runs under the state's mutex, so none of it may run the user's code.
pub(crate) trait Claim {
    type State;
    type Output;

    /// Takes what it wants if it is there. Else, with a `waker`, it takes or keeps its place in line.
    fn look(&mut self, state: &mut Self::State, waker: Option<Waker>, deferred: &mut Deferred) -> Poll<Self::Output>;

    /// Leaves the line, and gives back what it was granted.
    fn leave(&mut self, state: &mut Self::State, deferred: &mut Deferred);

    /// What comes of a wait that ended without success, after it has left.
    fn lapse(&mut self, lapse: Lapse) -> Self::Output;
}

/// Why a wait ended without success.
pub(crate) enum Lapse {
    /// The current request was cancelled, the deadline of its context has passed, or the thread must not block.
    Failed(Error),
    /// The time of this wait is over.
    Late(Duration),
}

impl Lapse {
    /// As an error about waiting for `what`.
    pub(crate) fn error(self, what: impl fmt::Display) -> Error {
        match self {
            Self::Failed(error) => error.context(format_args!("waiting for {what}")),
            Self::Late(limit) => Error::condition(ErrorKind::TimedOut, format!("{what} did not come within {limit:?}")),
        }
    }
}

/// Ready when its claim has been met, or the wait has ended otherwise. Dropped earlier, it leaves.
pub(crate) struct ClaimWait<C: Claim> {
    state: Arc<Mutex<C::State>>,
    claim: C,
    is_over: bool,
    context: Deadline,
    own: Option<(Alarm, Duration)>,
    /// The one that the state depends on, if it is known.
    engine: Option<Arc<Engine>>,
}

/// Nothing in it is ever pinned.
impl<C: Claim> Unpin for ClaimWait<C> {}

impl<C: Claim> ClaimWait<C> {
    pub(crate) fn new(state: &Arc<Mutex<C::State>>, claim: C) -> Self {
        Self {
            state: Arc::clone(state),
            claim,
            is_over: false,
            context: Deadline::default(),
            own: None,
            engine: None,
        }
    }

    /// For something that `engine` works on.
    pub(crate) fn on(mut self, engine: Arc<Engine>) -> Self {
        self.engine = Some(engine);
        self
    }

    /// With a limit of its own, from now on.
    pub(crate) fn within(mut self, limit: Option<Duration>) -> Self {
        let engine = || current::engine().unwrap_or_else(enter::current);
        let until = limit.and_then(|limit| Some((Instant::now().checked_add(limit)?, limit)));
        self.own = until.map(|(at, limit)| (Alarm::at(at, engine()), limit));
        self
    }

    /// Takes what it wants if that is there, without waiting.
    pub(crate) fn at_once(&mut self) -> Poll<C::Output> {
        self.look(None)
    }

    /// The claim, for one who has looked at once and does not wait.
    pub(crate) fn claim(&mut self) -> &mut C {
        &mut self.claim
    }

    /// Waits with the whole thread.
    pub(crate) fn block(mut self, limit: Option<Duration>) -> C::Output {
        if !current::is_interrupted()
            && let Poll::Ready(output) = self.at_once()
        {
            return output;
        }
        let engine = self.engine.clone().or_else(current::engine);
        match block::block(&mut self, limit, engine) {
            Ok(Some(output)) => output,
            Ok(None) => self.give_up(Lapse::Late(limit.unwrap_or_default())),
            Err(refused) => self.give_up(Lapse::Failed(refused)),
        }
    }

    fn look(&mut self, waker: Option<Waker>) -> Poll<C::Output> {
        let claim = &mut self.claim;
        let found = under(&self.state, |state, deferred| claim.look(state, waker, deferred));
        self.is_over |= found.is_ready();
        found
    }

    /// In inline mode whoever waits outside of any request does the work.
    fn pump(&self, cx: &Context<'_>) {
        if current::with(|me| me.is_none()) {
            let inline = self.engine.clone().or_else(enter::inline);
            inline.into_iter().for_each(|engine| start::pump(&engine, cx));
        }
    }

    fn leave(&mut self) {
        if !std::mem::replace(&mut self.is_over, true) {
            let claim = &mut self.claim;
            under(&self.state, |state, deferred| claim.leave(state, deferred));
        }
    }

    fn give_up(&mut self, lapse: Lapse) -> C::Output {
        // What was granted at the last moment counts, if only the time is over.
        if matches!(lapse, Lapse::Late(_))
            && let Poll::Ready(output) = self.look(None)
        {
            return output;
        }
        self.leave();
        self.claim.lapse(lapse)
    }
}

impl<C: Claim> Future for ClaimWait<C> {
    type Output = C::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        let this = self.get_mut();
        if current::is_interrupted() {
            return Poll::Ready(this.give_up(Lapse::Failed(current::interrupted())));
        }
        if let Poll::Ready(output) = this.look(None) {
            return Poll::Ready(output);
        }
        // Cloned outside of the lock: a waker is foreign code (P16).
        let waker = cx.waker().clone();
        if let Poll::Ready(output) = this.look(Some(waker)) {
            return Poll::Ready(output);
        }
        this.pump(cx);
        if let Some((alarm, limit)) = &mut this.own
            && alarm.poll(cx).is_ready()
        {
            let late = Lapse::Late(*limit);
            return Poll::Ready(this.give_up(late));
        }
        this.context.poll(cx).map(|error| this.give_up(Lapse::Failed(error)))
    }
}

impl<C: Claim> Drop for ClaimWait<C> {
    fn drop(&mut self) {
        self.leave();
    }
}
