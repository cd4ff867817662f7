//! Questions from outside: bound to the revision in which they were asked, shared by all who ask the same, and told when
//! an edit made them pointless.
//!
//! A question is a request that waits for the shared computation. An edit that dirties its region ends the question, not
//! the computation: that is cancelled if nobody else is interested, by the rule of all requests, and goes on if a pinned
//! snapshot or another consumer wants it. So an edit waits for nothing, and never takes data away from who still wants it.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use foldhash::fast::FixedState;
use futures::FutureExt;
use slab::Slab;

use crate::array::Array;
use crate::error::{Error, ErrorKind};
use crate::graph::core::Core;
use crate::graph::data::SlotType;
use crate::graph::dirt::WHOLE;
use crate::graph::execute::Scope;
use crate::graph::id::{Revision, SlotId};
use crate::graph::pull::{self, Pull};
use crate::graph::share::usable;
use crate::graph::version::{Version, gone};
use crate::graph::wave::Told;
use crate::request::{Request, WeakRequest};
use crate::roi::Roi;
use crate::sync::{Arc, Mutex};

#[derive(Default)]
pub(crate) struct Asks {
    slots: Mutex<HashMap<SlotId, Open, FixedState>>,
}

/// The open questions to one slot, by region and stamp.
type Open = HashMap<(Roi, Revision), Question, FixedState>;

struct Question {
    /// Of arrays: to be joined by who asks the same.
    request: Option<WeakRequest<Array>>,
    stale: Arc<Stale>,
    /// How many requests have not been answered: one of arrays, any number for a value. With the last it goes.
    holders: usize,
}

/// A request's part in an open question: ends when the request has its answer, or is dropped without.
struct Held {
    core: Arc<Core>,
    slot: SlotId,
    roi: Roi,
    stamp: Revision,
    stale: Arc<Stale>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.core.asks.leave(self);
    }
}

/// Whether an edit made a question pointless, and who is to be told. Questions for a value share one.
#[derive(Default)]
struct Stale(Mutex<StaleState>);

#[derive(Default)]
struct StaleState {
    since: Option<Revision>,
    /// One for each watch that waits. A waker holds its question, which holds this: a watch takes its own away again, or
    /// neither would ever be dropped.
    wakers: Slab<Waker>,
}

impl Stale {
    fn raise(&self, revision: Revision) {
        let mut state = self.0.lock();
        state.since.get_or_insert(revision);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Whether it is pointless; if not, `waker` will be told.
    fn watch(&self, place: &mut Option<usize>, waker: &Waker) -> bool {
        let mut state = self.0.lock();
        if state.since.is_some() {
            return true;
        }
        let old = match *place {
            Some(place) if state.wakers[place].will_wake(waker) => None,
            Some(place) => Some(std::mem::replace(&mut state.wakers[place], waker.clone())),
            None => {
                *place = Some(state.wakers.insert(waker.clone()));
                None
            }
        };
        drop(state);
        drop(old);
        false
    }

    fn forget(&self, place: usize) {
        let waker = self.0.lock().wakers.try_remove(place);
        // Perhaps the last handle of something; not under the lock.
        drop(waker);
    }

    fn error(&self, version: &Version, slot: SlotId, roi: &Roi) -> Error {
        let since = self.0.lock().since.unwrap_or_default();
        let name = version.slot_name(slot);
        let message = format!(
            "{roi} of `{name}` was asked for in {} and changed in {since}; ask again",
            version.revision
        );
        Error::condition(ErrorKind::Stale, message)
    }
}

/// A pull that ends early when its question has become pointless.
struct Watch<T> {
    stale: Arc<Stale>,
    /// Of its waker.
    place: Option<usize>,
    pull: Pull<T>,
    scope: Arc<Scope>,
    slot: SlotId,
    roi: Roi,
}

impl<T: SlotType> Future for Watch<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.stale.watch(&mut this.place, cx.waker()) {
            return Poll::Ready(Err(self.stale.error(&self.scope.version, self.slot, &self.roi)));
        }
        self.pull.poll_unpin(cx)
    }
}

impl<T> Drop for Watch<T> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.stale.forget(place);
        }
    }
}

/// The stamp of what a slot gives, seen through connections and frozen slots.
pub(crate) fn stamp(version: &Version, slot: SlotId, roi: &Roi) -> Result<Revision, Error> {
    let mut here = slot;
    loop {
        let node = version.slot(here).ok_or_else(|| gone(here))?;
        if let Some(frozen) = &node.frozen {
            return stamp(&frozen.version, here, roi);
        }
        match node.source {
            crate::graph::node::Source::Slot(up) => here = up,
            _ => return Ok(version.stamp(here, roi)),
        }
    }
}

/// Asks for a region of an array slot in the latest revision.
#[track_caller]
pub(crate) fn array(core: &Arc<Core>, slot: SlotId, roi: Roi) -> Result<Request<Array>, Error> {
    if let Some(error) = core.must_not_ask() {
        return Err(error);
    }
    loop {
        let version = core.current();
        let stamp_now = stamp(&version, slot, &roi)?;
        if let Some(open) = core.asks.find(slot, roi, stamp_now) {
            return Ok(open);
        }
        let scope = Scope::new(core, &version);
        let pull = pull::pull::<Array>(&scope, slot, roi, 0);
        if let Some(result) = pull.here() {
            return result.map(Request::value);
        }
        drop(pull);
        let stale = Arc::new(Stale::default());
        let held = Held {
            core: Arc::clone(core),
            slot,
            roi,
            stamp: stamp_now,
            stale: Arc::clone(&stale),
        };
        let request = question::<Array>(&scope, held);
        let question = Question {
            request: Some(request.downgrade()),
            stale,
            holders: 1,
        };
        match core.asks.open(slot, roi, stamp_now, question) {
            Some(other) => return Ok(other),
            // An edit between the look at the version and now did not find the question.
            None if core.revision() == version.revision => return Ok(request),
            None if stamp(&core.current(), slot, &roi)? == stamp_now => return Ok(request),
            None => {}
        }
    }
}

/// Asks for the value of a slot in the latest revision.
#[track_caller]
pub(crate) fn value<T: SlotType>(core: &Arc<Core>, slot: SlotId) -> Result<Request<T>, Error> {
    if let Some(error) = core.must_not_ask() {
        return Err(error);
    }
    let roi = WHOLE;
    loop {
        let version = core.current();
        let stamp_now = stamp(&version, slot, &roi)?;
        let scope = Scope::new(core, &version);
        let pull = pull::pull::<T>(&scope, slot, roi, 0);
        if let Some(result) = pull.here() {
            return result.map(Request::value);
        }
        drop(pull);
        let held = Held {
            core: Arc::clone(core),
            slot,
            roi,
            stamp: stamp_now,
            stale: core.asks.watch(slot, roi, stamp_now),
        };
        if core.revision() == version.revision || stamp(&core.current(), slot, &roi)? == stamp_now {
            return Ok(question::<T>(&scope, held));
        }
    }
}

/// Asks for a region in the version of `scope`, whatever is edited.
#[track_caller]
pub(crate) fn pinned<T: SlotType>(scope: &Arc<Scope>, slot: SlotId, roi: Roi) -> Request<T> {
    let pull = pull::pull::<T>(scope, slot, roi, 0);
    match pull.here() {
        Some(Ok(data)) => Request::value(data),
        Some(Err(error)) => refused(&scope.core, error),
        None => {
            drop(pull);
            let scope = Arc::clone(scope);
            // The way up is gone anew each time: who made the data last may have been cancelled meanwhile.
            Request::builder()
                .on(&Arc::clone(&scope).core.runtime)
                .repeatable(move || pull::pull::<T>(&scope, slot, roi, 0))
        }
    }
}

/// A request that has failed.
#[track_caller]
pub(crate) fn refused<T: SlotType>(core: &Core, error: Error) -> Request<T> {
    Request::builder()
        .on(&core.runtime)
        .future(std::future::ready(Err(error)))
}

/// The request of a question. Cancelled, it may be asked again and is told of edits all the same, so its part in the
/// question ends with its answer or with itself, not with a run.
#[track_caller]
fn question<T: SlotType>(scope: &Arc<Scope>, held: Held) -> Request<T> {
    let (slot, roi, stale) = (held.slot, held.roi, Arc::clone(&held.stale));
    let (scope, held) = (Arc::clone(scope), Arc::new(Mutex::new(Some(held))));
    Request::builder()
        .on(&Arc::clone(&scope).core.runtime)
        .repeatable(move || {
            let (scope, stale, held) = (Arc::clone(&scope), Arc::clone(&stale), Arc::clone(&held));
            async move {
                let pull = pull::pull(&scope, slot, roi, 0);
                let result = Watch {
                    stale,
                    place: None,
                    pull,
                    scope,
                    slot,
                    roi,
                }
                .await;
                let answered = held.lock().take();
                drop(answered);
                result
            }
        })
}

impl Asks {
    fn find(&self, slot: SlotId, roi: Roi, stamp: Revision) -> Option<Request<Array>> {
        let slots = self.slots.lock();
        let question = slots.get(&slot)?.get(&(roi, stamp))?;
        let request = question.request.as_ref()?.upgrade();
        drop(slots);
        request.filter(|request| !matches!(request.try_result(), Some(Err(_))))
    }

    /// Enters a question, unless the same is open: that is returned.
    fn open(&self, slot: SlotId, roi: Roi, stamp: Revision, question: Question) -> Option<Request<Array>> {
        let mut slots = self.slots.lock();
        let open = slots.entry(slot).or_default();
        let other = open
            .get(&(roi, stamp))
            .and_then(|open| open.request.as_ref()?.upgrade());
        let joins = other.as_ref().is_some_and(usable);
        let old = match joins {
            true => Some(question),
            false => open.insert((roi, stamp), question),
        };
        // Perhaps the last handle of a request, which then leaves.
        drop(slots);
        drop(old);
        other.filter(|_| joins)
    }

    /// The flag of a question that is not joined.
    fn watch(&self, slot: SlotId, roi: Roi, stamp: Revision) -> Arc<Stale> {
        let mut slots = self.slots.lock();
        let question = slots.entry(slot).or_default().entry((roi, stamp));
        let question = question.or_insert_with(|| Question {
            request: None,
            stale: Arc::default(),
            holders: 0,
        });
        question.holders += 1;
        Arc::clone(&question.stale)
    }

    /// Forgets a question when the last who waits has its answer or is gone; not one that has come in its place.
    fn leave(&self, held: &Held) {
        let mut slots = self.slots.lock();
        let Some(open) = slots.get_mut(&held.slot) else { return };
        let key = (held.roi, held.stamp);
        let own = open.get_mut(&key).filter(|own| Arc::ptr_eq(&own.stale, &held.stale));
        let Some(own) = own else { return };
        own.holders -= 1;
        let old = if own.holders == 0 { open.remove(&key) } else { None };
        if open.is_empty() {
            slots.remove(&held.slot);
        }
        drop(slots);
        drop(old);
    }

    /// Ends the questions that `told` made pointless, and those to slots that `next` does not have any more.
    pub(crate) fn outdate(&self, told: &Told, next: &Version) {
        let revision = next.revision;
        let mut slots = self.slots.lock();
        if slots.is_empty() {
            return;
        }
        let mut pointless = Vec::new();
        for (slot, dirt) in told {
            let Some(open) = slots.get_mut(slot) else { continue };
            let hit = |(roi, stamp): &(Roi, Revision)| *stamp < revision && (roi.rank() == 0 || dirt.intersects(roi));
            pointless.extend(open.extract_if(|key, _| hit(key)).map(|(_, question)| question));
        }
        let gone = slots.extract_if(|slot, _| next.slot(*slot).is_none());
        pointless.extend(gone.flat_map(|(_, open)| open.into_values()));
        slots.retain(|_, open| !open.is_empty());
        drop(slots);
        pointless.iter().for_each(|question| question.stale.raise(revision));
    }

    /// How many questions to a slot are open, with their regions.
    pub(crate) fn of_slot(&self, slot: SlotId) -> Vec<Roi> {
        self.slots
            .lock()
            .get(&slot)
            .map_or(Vec::new(), |open| open.keys().map(|(roi, _)| *roi).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future, IntoFuture};
    use std::task::{Context, Waker};

    use super::*;
    use crate::graph::{Declare, Execute, Graph, Input, Operator, Output, Setup};

    /// A value that is never there.
    struct Never;

    struct NeverSlots {
        level: Input<u8>,
        output: Output<u8>,
    }

    impl Operator for Never {
        type Slots = NeverSlots;

        fn slots(&self, declare: &mut Declare<'_>) -> NeverSlots {
            NeverSlots {
                level: declare.default("level", 1),
                output: declare.output("output"),
            }
        }

        fn setup(&self, slots: &NeverSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
            cx.computed(&slots.output)
        }

        async fn execute(&self, _: &NeverSlots, _: &Execute, _: Roi) -> Result<crate::graph::Data, Error> {
            std::future::pending().await
        }
    }

    fn count(graph: &Graph) -> usize {
        graph.core.asks.slots.lock().values().map(HashMap::len).sum()
    }

    #[test]
    fn questions_that_were_cancelled_or_never_asked_were_kept() {
        let graph = Graph::new();
        let never = graph.add(Never);
        let (asked, unasked) = (never.output.get(), never.output.get());
        assert_eq!(count(&graph), 1);
        let mut wait = Box::pin(asked.clone().into_future());
        assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop((wait, asked));
        drop(unasked);
        // A request ends on its own after the last who waited has left.
        let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while count(&graph) > 0 && std::time::Instant::now() < end {
            std::thread::yield_now();
        }
        assert_eq!(count(&graph), 0);
    }

    #[test]
    fn questions_to_slots_that_were_removed_were_never_told() {
        let graph = Graph::new();
        let never = graph.add(Never);
        let asked = never.output.get();
        graph.edit(|e| e.set(&never.level, 1_u8)).unwrap();
        assert_eq!(count(&graph), 1);
        graph.edit(|e| e.remove(&never)).unwrap();
        assert_eq!(count(&graph), 0);
        assert!(asked.wait().unwrap_err().is_stale());
    }
}
