//! A request as its runtime sees it.

use std::time::Duration;

use futures::task::{ArcWake, waker_ref};

use crate::request::cell::flag;
use crate::request::cell::{Cell, Head, Node, Phase, State, Work};
use crate::request::finish::{Ending, finish};
use crate::request::guard::{self, guarded};
use crate::request::run::{begin, claim, drive, give_up, shut_down, wake};
use crate::request::trash::{Trash, discard};
use crate::request::{admit, aftercall, cancel, explain, fallen};
use crate::runtime::cancel::Cancel;
use crate::runtime::info::{RequestInfo, RequestState};
use crate::runtime::place;
use crate::runtime::task::Task;
use crate::sync::{Arc, Weak};

impl<T: Send + Sync + 'static> Task for Cell<T> {
    fn run(self: Arc<Self>, ticket: u32) {
        if let Some(turn) = claim(&*self, ticket) {
            let generation = turn.generation;
            let node: Arc<dyn Node> = Arc::clone(&self) as _;
            place::note(self.head.id, self.head.place);
            let driven = guarded(|| drive(node, turn, &waker_ref(&self), || Arc::clone(&self) as _));
            if let Err(panic) = driven {
                fallen::end(&(Arc::clone(&self) as _), generation, panic);
            }
        }
        // A request that nobody holds any more may be freed here, and its value may hold the next one (C7). If somebody lets go
        // of it between the look and the drop, that begins one frame deeper, and no more.
        let may_go_deep = !self.head.has(flag::SUCCEEDED) || std::mem::needs_drop::<T>();
        if may_go_deep && Arc::strong_count(&self) == 1 {
            let _ = discard(Trash::Node(self));
        } else if let Err(panic) = guarded(|| drop(self)) {
            guard::report(None, &panic, "what a request had captured panicked when it was dropped");
        }
    }

    fn admit(self: Arc<Self>, ticket: u32) -> bool {
        admit::enter(self, ticket)
    }

    fn counts(&self, ticket: u32) -> bool {
        self.head.is_due(ticket)
    }

    fn holds_slot(&self) -> bool {
        let is_elsewhere = self.head.has(flag::KERNEL | flag::HANDED_OVER);
        !is_elsewhere && matches!(self.head.lock().phase, Phase::Running | Phase::Finishing(_))
    }

    fn info(&self) -> Option<RequestInfo> {
        let state = self.head.lock();
        state
            .verdict()
            .is_none_or(|_| !state.has_ended())
            .then(|| info(&self.head, &state))
    }

    fn made(&self) -> Vec<Arc<dyn Task>> {
        let children = self.head.lock().children.list().to_vec();
        children
            .iter()
            .filter_map(Weak::upgrade)
            // Those of other runtimes are listed there.
            .filter(|child| child.head().shares_engine(&self.head))
            .map(|child| child as Arc<dyn Task>)
            .collect()
    }

    fn shut_down(self: Arc<Self>, abandon: bool) {
        let node: Arc<dyn Node> = Arc::clone(&self) as _;
        let mut state = self.head.lock();
        self.head.raise(flag::SHUT_DOWN);
        if let Some(verdict) = state.verdict() {
            drop(state);
            return aftercall::run(&node, verdict);
        }
        let driver = state.extra.as_ref().and_then(|extra| extra.driver.clone());
        let is_running = state.phase == Phase::Running || driver.is_some();
        if is_running && !abandon {
            drop(state);
            if let Some(driver) = driver {
                let _ = guarded(|| driver.wake());
            }
            return;
        }
        let mut turn = begin(&self.head, &mut state);
        drop(state);
        match is_running {
            // Its own turn is still under way somewhere; when that ends it will find that it counts no more (I1).
            true => {
                let _ = finish(&node, turn.generation, Ending::Failed(shut_down()));
            }
            false => {
                let work = std::mem::replace(&mut turn.work, Work::None);
                give_up(&node, &turn, work);
            }
        }
    }

    fn has_ended(&self) -> bool {
        self.head.has(flag::ENDED)
    }

    fn cancel(self: Arc<Self>) -> Cancel {
        cancel::ask(&(self as _))
    }

    fn explain(self: Arc<Self>) -> String {
        explain::explain(&(self as _))
    }
}

impl<T: Send + Sync + 'static> ArcWake for Cell<T> {
    fn wake_by_ref(cell: &Arc<Self>) {
        let node: Arc<dyn Node> = Arc::clone(cell) as _;
        wake(&node);
    }
}

impl From<Phase> for RequestState {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Made => Self::Made,
            Phase::Queued => Self::Queued,
            Phase::Running => Self::Running,
            Phase::Suspended => Self::Suspended,
            Phase::Finishing(_) => Self::Finishing,
            Phase::Ended(verdict) => verdict.into(),
        }
    }
}

pub(crate) fn info(head: &Head, state: &State) -> RequestInfo {
    let now = head.engine.clock().advance(std::time::Instant::now());
    let since = |then: u32| Duration::from_millis(u64::from(now.saturating_sub(then)));
    let locks = state
        .extra
        .iter()
        .flat_map(|extra| extra.lock_waits.iter().map(|lock| lock.name()));
    RequestInfo {
        id: head.id,
        name: state.name(),
        place: head.place,
        state: state.phase.into(),
        cancelled: state.cancelled,
        priority: state.effective,
        age: since(state.born),
        unchanged_for: since(state.since),
        waiters: state.waiters.len(),
        waits_for: state
            .waits
            .iter()
            .filter(|edge| !edge.withdrawn)
            .map(|edge| edge.target.head().id)
            .collect(),
        waits_for_locks: locks.collect(),
        bytes: state.extra.as_ref().map_or(0, |extra| extra.bytes),
    }
}
