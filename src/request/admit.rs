//! Admission by bytes: work that says how much memory it needs starts only when that fits the budget (P38).
//!
//! A request that does not fit stands in the *lobby*, a queue like the others, until somebody gives bytes back. Two rules
//! keep a small budget from ever being a hang (P39): whatever its size, work is admitted while nothing else is; and what
//! an admitted request makes, through any depth, is admitted at once, since its creator may wait for it.
//!
//! Nobody passes those who wait: a newcomer goes into the lobby if somebody is there, and who was looked at and did not fit
//! keeps the place, so large work is not starved by small work. A request of several generations asks for each.

use crate::request::cell::{Head, Node, Phase, State, flag};
use crate::request::run::lane;
use crate::runtime::engine::Lane;
use crate::sync::Arc;

/// Where a request with an estimate stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Admission {
    #[default]
    NotAsked,
    /// In the lobby.
    Waiting,
    /// Its bytes are taken.
    Admitted,
}

/// Takes the bytes of a request that is about to be queued, or sends it to the lobby.
pub(crate) fn ask(head: &Head, state: &mut State) {
    let Some(extra) = state.extra.as_deref_mut().filter(|extra| extra.bytes > 0) else {
        return;
    };
    let engine = &head.engine;
    // A pinned request has left for its thread when this is asked.
    let must = state.pinned || head.has(flag::INHERITED);
    if must {
        engine.account.take(extra.bytes);
    }
    let admitted = must || (engine.queue(Lane::Lobby).is_empty() && engine.account.try_take(extra.bytes));
    extra.admission = match admitted {
        true => Admission::Admitted,
        false => Admission::Waiting,
    };
    if admitted {
        head.raise(flag::ADMITTED);
    }
}

/// Gives back what an ended request had taken; whether there was anything.
pub(crate) fn give_back(head: &Head, state: &mut State) -> bool {
    let Some(extra) = state.extra.as_deref_mut() else {
        return false;
    };
    let was = std::mem::take(&mut extra.admission);
    if was == Admission::Admitted {
        head.engine.account.give_back(extra.bytes);
        if !head.has(flag::INHERITED) {
            head.lower(flag::ADMITTED);
        }
    }
    was == Admission::Admitted
}

/// The turn of `ticket` in the lobby: `false` if there is still no room, and nothing has changed.
pub(crate) fn enter(node: Arc<dyn Node>, ticket: u32) -> bool {
    let head = node.head();
    let mut state = head.lock();
    if state.phase != Phase::Queued || !head.is_due(ticket) {
        return true;
    }
    if let Some(extra) = state.extra.as_deref_mut() {
        if !head.engine.account.try_take(extra.bytes) {
            return false;
        }
        extra.admission = Admission::Admitted;
        head.raise(flag::ADMITTED);
    }
    let next = (lane(&state), state.effective, head.next_ticket());
    drop(state);
    let (lane, priority, ticket) = next;
    head.engine.push(lane, Arc::clone(&node) as _, priority, ticket);
    true
}
