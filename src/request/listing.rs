//! When a request is entered in the list of the one that made it.
//!
//! Cancellation, shutdown and snapshots find a request through the list of its creator. Entering it there costs more than
//! running a small one, and most small ones never need it: made, awaited on the spot, and finished in one turn of the stack
//! of their creator (C39). So a plain request that is made in a turn of another one begins *unlisted*: its cell exists, but
//! only its one handle knows of it. It is listed
//!
//! - L1 before anything but that handle's `await` gets at it (a clone, `submit`, `cancel`, an id, …): `Request::cell`;
//! - L2 before its first turn ends otherwise than with its value: pending, failed, or with somebody else holding on to it;
//! - L3 before it blocks its thread, and before one that it made is listed.
//!
//! Until then it is a part of its creator's turn, as a plain future would be: it appears in no snapshot, and is told of a
//! cancellation or shutdown by looking at what is below it in the stack (`current::is_interrupted`).

use crate::request::cancel;
use crate::request::cell::{Head, Node, State, Verdict, flag};
use crate::runtime::task::Task;
use crate::sync::atomic::{Ordering, TALLY};
use crate::sync::{Arc, Weak};

/// A list of children that has grown and is to be swept without a lock.
pub(crate) type Sweep = (Arc<dyn Node>, Vec<Weak<dyn Node>>);

/// What became of an entry.
pub(crate) enum Entered {
    Listed(Option<Sweep>),
    /// The creator's outcome is decided.
    TooLate(Verdict),
}

/// Enters `child` in the list of `creator`.
pub(crate) fn enter(creator: &Arc<dyn Node>, child: Weak<dyn Node>) -> Entered {
    let head = creator.head();
    if head.has(flag::UNLISTED) {
        list(creator);
    }
    let mut state = head.lock();
    if let Some(verdict) = state.verdict() {
        if state.has_ended() {
            head.engine
                .tallies
                .made
                .fetch_add(state.children.take_count(head.made()), TALLY);
        }
        return Entered::TooLate(verdict);
    }
    let old = state.children.push(child);
    drop(state);
    Entered::Listed(old.map(|old| (Arc::clone(creator), old)))
}

/// Forgets the children that have ended. Outside of the lock, since looking at one may free it.
#[cold]
pub(crate) fn sweep((creator, mut old): Sweep) {
    let head = creator.head();
    old.retain(|child| child.upgrade().is_some_and(|child| !child.head().has(flag::ENDED)));
    head.lock().children.put_back(old);
}

/// Makes an unlisted request known. What has happened to its creator meanwhile, happens to it now (C14, C19, C27).
///
/// Recursive, but no deeper than direct executions are nested: each unlisted creator is in a turn.
pub(crate) fn list(node: &Arc<dyn Node>) {
    let head = node.head();
    let creator = begin(head, &mut head.lock());
    if let Some(creator) = creator {
        finish(node, &creator);
    }
}

/// The first half, under the lock: whoever gets the creator is to [`finish`].
#[must_use]
pub(crate) fn begin(head: &Head, state: &mut State) -> Option<Arc<dyn Node>> {
    let creator = state.creator.take()?;
    let handed_down = creator.head().flags.load(Ordering::Acquire) & flag::SHUT_DOWN;
    head.raise(handed_down);
    head.lower(flag::UNLISTED);
    Some(creator)
}

/// The second half, without it.
pub(crate) fn finish(node: &Arc<dyn Node>, creator: &Arc<dyn Node>) {
    let head = node.head();
    let entered = enter(creator, Arc::downgrade(node));
    let above = creator.head();
    let is_unwanted = match entered {
        Entered::Listed(grown) => {
            if let Some(grown) = grown {
                sweep(grown);
            }
            above.has(flag::CANCELLED)
        }
        Entered::TooLate(verdict) => {
            head.engine.register(Arc::downgrade(node) as Weak<dyn Task>);
            verdict != Verdict::Succeeded
        }
    };
    if is_unwanted {
        let _ = cancel::ask(node);
    }
    if head.engine.is_closed() {
        // The shutdown may have looked for the last request before this one was listed (P9).
        (Arc::clone(node) as Arc<dyn Task>).shut_down(false);
    }
}
