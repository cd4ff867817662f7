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
//! Until then it is a future like any other to the rest of the world: it appears in no snapshot, and holds nobody up. What
//! has happened to its creator since is made up for when it is listed; in its first turn it sees a cancellation by looking
//! at what is below it in the stack (`current::is_interrupted`). If it was carried out of its creator, and nobody holds that
//! any more by then, nothing is made up for: it is a root.

use crate::request::cell::{Head, Node, Phase, State, Verdict, flag};
use crate::request::{cancel, current};
use crate::runtime::task::Task;
use crate::sync::atomic::{Ordering, TALLY};
use crate::sync::{Arc, Weak};

/// A list of children that has grown and is to be swept without a lock.
pub(crate) type Sweep = (Arc<dyn Node>, Vec<Weak<dyn Node>>);

/// What became of an entry.
pub(crate) enum Entered {
    Listed {
        grown: Option<Sweep>,
        /// The creator's flags afterwards.
        flags: u32,
    },
    /// The creator's outcome is decided.
    TooLate { verdict: Verdict, flags: u32 },
}

/// Enters `child` in the list of `creator`, which is listed itself.
pub(crate) fn enter(creator: &Arc<dyn Node>, child: Weak<dyn Node>) -> Entered {
    let head = creator.head();
    let mut state = head.lock();
    let flags = || head.flags.load(Ordering::Acquire);
    if let Some(verdict) = state.verdict() {
        if state.has_ended() {
            head.engine.tallies.made.fetch_add(head.take_made(), TALLY);
        }
        let flags = flags();
        return Entered::TooLate { verdict, flags };
    }
    let old = state.children.push(child);
    drop(state);
    Entered::Listed {
        grown: old.map(|old| (Arc::clone(creator), old)),
        flags: flags(),
    }
}

/// Forgets the children that have ended. Outside of the lock, since looking at one may free it.
#[cold]
pub(crate) fn sweep((creator, mut old): Sweep) {
    old.retain(|child| child.upgrade().is_some_and(|child| !child.head().has(flag::ENDED)));
    let head = creator.head();
    // Who ended or was cancelled meanwhile has not seen these.
    let missed = {
        let mut state = head.lock();
        let is_shielding = state.shields > 0;
        let missed = match state.phase {
            Phase::Ended(verdict) if verdict != Verdict::Succeeded => old.clone(),
            _ if state.cancelled => old.clone(),
            _ => Vec::new(),
        };
        match state.has_ended() {
            true => head.engine.adopt(old.into_iter().map(|child| child as _)),
            false => state.children.put_back(old),
        }
        (missed, is_shielding)
    };
    let (missed, is_shielding) = missed;
    for child in missed.iter().filter_map(Weak::upgrade) {
        if !(is_shielding && child.head().has(flag::SHIELDED)) {
            let _ = cancel::ask(&child);
        }
    }
}

/// Makes an unlisted request known. What has happened to its creator meanwhile, happens to it now (C14, C19, C27).
///
/// Recursive, but no deeper than direct executions are nested: an unlisted creator is in a turn.
pub(crate) fn list(node: &Arc<dyn Node>) {
    let head = node.head();
    let creator = begin(head, &mut head.lock());
    if let Some(creator) = creator {
        finish(node, &creator);
    }
}

/// The first half, under the lock: whoever gets the creator is to [`finish`].
#[must_use]
pub(crate) fn begin(head: &Head, state: &mut State) -> Option<Weak<dyn Node>> {
    let creator = state.creator.take()?;
    head.lower(flag::UNLISTED);
    Some(creator)
}

/// The second half, without it.
pub(crate) fn finish(node: &Arc<dyn Node>, creator: &Weak<dyn Node>) {
    let head = node.head();
    let is_unwanted = match find_and_enter(node, creator) {
        Some(Entered::Listed { grown, flags }) => {
            if let Some(grown) = grown {
                sweep(grown);
            }
            hand_down(head, flags);
            flags & flag::CANCELLED != 0
        }
        Some(Entered::TooLate { verdict, flags }) => {
            head.engine.register(Arc::downgrade(node) as Weak<dyn Task>);
            hand_down(head, flags);
            verdict != Verdict::Succeeded
        }
        None => {
            head.engine.register(Arc::downgrade(node) as Weak<dyn Task>);
            false
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

fn hand_down(head: &Head, flags: u32) {
    if flags & flag::SHUT_DOWN != 0 {
        let _state = head.lock();
        head.raise(flag::SHUT_DOWN);
    }
}

/// Enters it in the list of its creator; `None` if that is gone. Usually the creator is the current request, which need not
/// be counted once more.
fn find_and_enter(node: &Arc<dyn Node>, creator: &Weak<dyn Node>) -> Option<Entered> {
    let child = Arc::downgrade(node);
    let mut child = Some(child);
    let here = current::with(|me| {
        let me = me.filter(|me| current::is_same(creator, me) && !me.head().has(flag::UNLISTED))?;
        Some(enter(me, child.take()?))
    });
    if here.is_some() {
        return here;
    }
    let creator = creator.upgrade()?;
    if creator.head().has(flag::UNLISTED) {
        list(&creator);
    }
    Some(enter(&creator, child?))
}
