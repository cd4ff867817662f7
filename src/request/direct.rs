//! Direct execution of a request that nobody else knows of (C39): the shortest way from an `await` to a value.
//!
//! The only handle is being awaited in the turn of the request that made it. So nobody else can look at the cell, and until
//! the turn is over its state is read and written without the lock. If the turn ends with a value and still nobody has
//! come, the value goes to the one who asked, and the cell is dropped without ever having been listed. In all other cases
//! the request is listed (L2), and from there on it is one like any other, with the lease still held.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::task::waker_ref;

use crate::error::{Error, ErrorKind};
use crate::request::cell::{Body, Cell, Head, Node, Work, flag};
use crate::request::current::{self, As};
use crate::request::guard::guarded;
use crate::request::request::Request;
use crate::request::run::{Turn, begin_unlisted, conclude_poll};
use crate::request::{fallen, listing};
use crate::runtime::Priority;
use crate::sync::Arc;
use crate::sync::atomic::TALLY;

/// How far it came.
pub(crate) enum Ran<T> {
    /// Finished. The request is spent: it has no cell any more.
    Value(T),
    /// Listed after one turn, with the lease of this round.
    Leased(u32),
    /// Listed without a turn; `wait` knows what to do.
    Not,
}

/// Runs an unlisted request for the current one, if that made it.
pub(crate) fn run<T: Clone + Send + Sync + 'static>(request: &mut Request<T>) -> Ran<T> {
    let claimed = request.unlisted().and_then(claim);
    let Some(cell) = request.unlisted() else {
        return Ran::Not;
    };
    let Some((turn, body)) = claimed else {
        listing::list(&(Arc::clone(cell) as _));
        return Ran::Not;
    };
    match poll(cell, &turn, body) {
        Some(value) => {
            drop(request.take_cell());
            Ran::Value(value)
        }
        None => Ran::Leased(0),
    }
}

/// The right to run it here, if nobody else can see it.
fn claim<T>(cell: &mut Arc<Cell<T>>) -> Option<(Turn, Pin<Box<dyn Body>>)> {
    let head = &mut Arc::get_mut(cell)?.head;
    let effective = may_run(head)?;
    match std::mem::replace(&mut head.state_mut().work, Work::None) {
        Work::Future(body) => Some((begin_unlisted(head, effective), body)),
        elsewhere => {
            head.state_mut().work = elsewhere;
            None
        }
    }
}

/// As `start::may_run_here`, for one that was made in the turn in which it is awaited. It is as urgent as its waiter.
fn may_run(head: &mut Head) -> Option<Priority> {
    if head.engine.is_closed() || head.is_observed() {
        return None;
    }
    current::may_run_for(head.state_mut().creator.as_ref())
}

/// Uses up the turn. Returns the value if that is how it ended and still nobody else knows of the request.
fn poll<T: Send + Sync + 'static>(cell: &mut Arc<Cell<T>>, turn: &Turn, mut body: Pin<Box<dyn Body>>) -> Option<T> {
    let polled = {
        let _entered = current::enter(Arc::clone(cell) as _, turn.effective, As::Workload);
        let waker = waker_ref(cell);
        guarded(|| body.as_mut().poll(&mut Context::from_waker(&waker)))
    };
    if matches!(polled, Ok(Poll::Ready(Ok(())))) && is_unseen(cell) {
        let made = cell.head.made();
        if made > 0 {
            cell.head.engine.tallies.made.fetch_add(u64::from(made), TALLY);
        }
        let mut value: Option<T> = None;
        body.as_mut().hand_out(&mut value);
        return value;
    }
    let node: Arc<dyn Node> = Arc::clone(cell) as _;
    listing::list(&node);
    if let Err(panic) = guarded(|| conclude_poll(&node, turn, body, polled)) {
        fallen::end(&node, turn.generation, panic);
    }
    None
}

fn is_unseen<T>(cell: &mut Arc<Cell<T>>) -> bool {
    Arc::get_mut(cell).is_some_and(|cell| cell.head.has(flag::UNLISTED))
}

/// What a future that was ready says when it is polled again.
pub(crate) fn spent() -> Error {
    Error::condition(
        ErrorKind::Failed,
        "polled after it was ready: await a reference, or a clone, to ask for a value twice",
    )
}
