//! Callbacks of a kernel, called in a slot.
//!
//! A kernel ends on a thread of the compute pool, where nothing may wait; a callback may (C33). So its callbacks get a turn
//! of their own. The request stays in its last phase before the end until they have run.

use crate::request::cell::{Callback, Head, Node, State, Verdict};
use crate::request::finish;
use crate::runtime::engine::Lane;
use crate::runtime::info::RequestInfo;
use crate::runtime::task::Task;
use crate::sync::Arc;

struct Aftercall {
    node: Arc<dyn Node>,
    verdict: Verdict,
}

/// Leaves `callbacks` to a slot. Under the lock of the request that they are of.
pub(crate) fn defer(state: &mut State, callbacks: Vec<Callback>) {
    state.extra().deferred = Some(callbacks);
}

/// Has a slot call what was deferred.
pub(crate) fn queue(node: &Arc<dyn Node>, verdict: Verdict) {
    let head = node.head();
    let (priority, ticket) = (head.lock().effective, head.next_ticket());
    let task = Arc::new(Aftercall {
        node: Arc::clone(node),
        verdict,
    });
    head.engine.push(Lane::Slot, task, priority, ticket);
    if head.engine.is_closed() {
        // There may be no slot any more; whoever comes first calls.
        run(node, verdict);
    }
}

/// Calls what was deferred, if nobody has.
pub(crate) fn run(node: &Arc<dyn Node>, verdict: Verdict) {
    let deferred = take(node.head());
    if let Some(callbacks) = deferred {
        let _ = finish::complete(node, verdict, callbacks);
    }
}

fn take(head: &Head) -> Option<Vec<Callback>> {
    head.lock().extra.as_mut()?.deferred.take()
}

impl Task for Aftercall {
    fn run(self: Arc<Self>, _ticket: u32) {
        run(&self.node, self.verdict);
    }

    fn admit(self: Arc<Self>, _ticket: u32) -> bool {
        true
    }

    fn counts(&self, _ticket: u32) -> bool {
        true
    }

    fn info(&self) -> Option<RequestInfo> {
        None
    }

    fn made(&self) -> Vec<Arc<dyn Task>> {
        Vec::new()
    }

    fn shut_down(self: Arc<Self>, _abandon: bool) {
        run(&self.node, self.verdict);
    }

    fn has_ended(&self) -> bool {
        self.node.head().has(crate::request::cell::flag::ENDED)
    }
}
