//! What a pool knows: plain data under its mutex. The rules are in the [module](super).

use std::collections::{BTreeMap, VecDeque};

use crate::error::Error;
use crate::green::deferred::Deferred;
use crate::green::line::{Grant, Line, Place};
use crate::green::task_handle::TaskHandle;

pub(crate) struct PoolState<I, T> {
    width: usize,
    window: usize,
    keep: Keep,
    is_closed: bool,
    is_launching: bool,
    put: u64,
    queue: VecDeque<(u64, I)>,
    running: BTreeMap<u64, Running>,
    early: BTreeMap<u64, Result<T, Error>>,
    ready: VecDeque<Result<T, Error>>,
    pub(crate) putters: Line,
    pub(crate) getters: Line,
    pub(crate) joiners: Line,
}

/// What becomes of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    /// In the order in which they are ready.
    Any,
    /// In the order of the items.
    InOrder,
}

#[derive(Default)]
struct Running {
    /// Once the task has been made.
    task: Option<TaskHandle>,
    is_aborted: bool,
}

/// What an abort leaves to be done without the lock.
pub(crate) struct Aborted<I> {
    pub(crate) queue: VecDeque<(u64, I)>,
    pub(crate) tasks: Vec<TaskHandle>,
}

impl<I, T> PoolState<I, T> {
    pub(crate) fn new(width: usize, keep: Keep) -> Self {
        let width = width.max(1);
        Self {
            width,
            window: width.saturating_mul(4),
            keep,
            is_closed: false,
            is_launching: false,
            put: 0,
            queue: VecDeque::new(),
            running: BTreeMap::new(),
            early: BTreeMap::new(),
            ready: VecDeque::new(),
            putters: Line::default(),
            getters: Line::default(),
            joiners: Line::default(),
        }
    }

    pub(crate) fn set_window(&mut self, window: usize, deferred: &mut Deferred) {
        self.window = window.max(self.width);
        self.settle(deferred);
    }

    /// Items that have not been handled, and results that have not been taken.
    pub(crate) fn len(&self) -> usize {
        self.queue.len() + self.running.len() + self.early.len() + self.ready.len()
    }

    /// Whether nothing is left to be worked on.
    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.running.is_empty()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether no result will ever come, unless the pool is opened again.
    pub(crate) fn is_over(&self) -> bool {
        self.is_closed && self.is_idle() && self.ready.is_empty()
    }

    /// Whether `place` may put an item now; it has to, or to leave.
    pub(crate) fn may_put(&mut self, place: &mut Place) -> bool {
        self.putters.claim(place).is_some() || self.has_room()
    }

    pub(crate) fn put(&mut self, item: I) {
        self.queue.push_back((self.put, item));
        self.put += 1;
    }

    /// Takes a result, by a grant or because one is left over.
    pub(crate) fn take(&mut self, place: &mut Place, deferred: &mut Deferred) -> Option<Result<T, Error>> {
        let may = self.getters.claim(place).is_some() || self.has_ready();
        let result = may.then(|| self.ready.pop_front()).flatten();
        if result.is_some() {
            self.settle(deferred);
        }
        result
    }

    pub(crate) fn leave_getters(&mut self, place: &mut Place, deferred: &mut Deferred) {
        if self.getters.leave(place, deferred) == Some(Grant::One) {
            self.settle(deferred);
        }
    }

    pub(crate) fn leave_putters(&mut self, place: &mut Place, deferred: &mut Deferred) {
        if self.putters.leave(place, deferred) == Some(Grant::One) {
            self.settle(deferred);
        }
    }

    /// The next item to be started, if the caller is the one to start it (A2); it has to ask [again](Self::launch_next)
    /// afterwards.
    pub(crate) fn launch(&mut self) -> Option<(u64, I)> {
        match self.is_launching {
            true => None,
            false => self.launch_next(),
        }
    }

    pub(crate) fn launch_next(&mut self) -> Option<(u64, I)> {
        let has_slot = self.running.len() < self.width;
        let job = has_slot.then(|| self.queue.pop_front()).flatten();
        self.is_launching = job.is_some();
        if let Some((key, _)) = &job {
            self.running.insert(*key, Running::default());
        }
        job
    }

    /// The task of an item has been made. It comes back if it is to be cancelled at once.
    #[must_use]
    pub(crate) fn launched(&mut self, key: u64, task: TaskHandle) -> Option<TaskHandle> {
        match self.running.get_mut(&key) {
            Some(running) if !running.is_aborted => {
                running.task = Some(task);
                None
            }
            _ => Some(task),
        }
    }

    /// A task has ended. What comes back is to be dropped without the lock.
    #[must_use]
    pub(crate) fn finish(
        &mut self,
        key: u64,
        result: Result<T, Error>,
        deferred: &mut Deferred,
    ) -> (Option<TaskHandle>, Option<Result<T, Error>>) {
        let Some(ran) = self.running.remove(&key) else {
            return (None, Some(result));
        };
        let is_nothing = ran.is_aborted && result.as_ref().is_err_and(Error::is_cancelled);
        let mut unwanted = None;
        match self.keep {
            _ if is_nothing => unwanted = Some(result),
            Keep::Nothing => unwanted = Some(result),
            Keep::Any => self.ready.push_back(result),
            Keep::InOrder => drop(self.early.insert(key, result)),
        }
        self.advance();
        self.settle(deferred);
        (ran.task, unwanted)
    }

    /// A3.
    fn advance(&mut self) {
        let first = self.running.first_key_value().map(|(key, _)| *key);
        while let Some(early) = self.early.first_entry()
            && first.is_none_or(|first| *early.key() < first)
        {
            self.ready.push_back(early.remove());
        }
    }

    pub(crate) fn close(&mut self, deferred: &mut Deferred) {
        self.is_closed = true;
        self.putters.rouse(deferred);
        self.settle(deferred);
    }

    /// Whether it was closed.
    pub(crate) fn open(&mut self) {
        self.is_closed = false;
    }

    #[must_use]
    pub(crate) fn abort(&mut self, deferred: &mut Deferred) -> Aborted<I> {
        let queue = std::mem::take(&mut self.queue);
        let mut tasks = Vec::new();
        for running in self.running.values_mut() {
            running.is_aborted = true;
            tasks.extend(running.task.clone());
        }
        self.close(deferred);
        Aborted { queue, tasks }
    }

    fn has_room(&self) -> bool {
        self.len() + self.putters.granted() < self.window
    }

    fn has_ready(&self) -> bool {
        self.ready.len() > self.getters.granted()
    }

    /// A4.
    fn settle(&mut self, deferred: &mut Deferred) {
        while self.has_ready() && self.getters.grant(deferred) {}
        while self.has_room() && self.putters.grant(deferred) {}
        if self.is_idle() {
            self.joiners.grant_all(deferred);
        }
        if self.is_over() {
            self.getters.rouse(deferred);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn started(keep: Keep) -> PoolState<(), u32> {
        let mut state = PoolState::new(3, keep);
        (0..3).for_each(|_| state.put(()));
        let mut job = state.launch();
        assert!(state.launch().is_none(), "somebody else is at it");
        while job.is_some() {
            job = state.launch_next();
        }
        state
    }

    fn results(state: &mut PoolState<(), u32>) -> Vec<Option<u32>> {
        let mut take = || state.take(&mut Place::default(), &mut Deferred::default());
        std::iter::from_fn(|| take().map(Result::ok)).collect()
    }

    fn cancelled() -> Error {
        Error::condition(ErrorKind::Cancelled, "cancelled by somebody")
    }

    #[test]
    fn h46_an_item_that_somebody_cancelled_has_that_as_its_result() {
        let mut state = started(Keep::InOrder);
        let mut deferred = Deferred::default();
        let _ = state.finish(2, Ok(2), &mut deferred);
        let _ = state.finish(0, Err(cancelled()), &mut deferred);
        assert_eq!(results(&mut state), [None]);
        let _ = state.finish(1, Ok(1), &mut deferred);
        assert_eq!(results(&mut state), [Some(1), Some(2)]);
    }

    #[test]
    fn h47_what_an_abort_has_cancelled_has_no_result_and_what_ended_all_the_same_has() {
        let mut state = started(Keep::InOrder);
        let mut deferred = Deferred::default();
        let _ = state.abort(&mut deferred);
        let _ = state.finish(1, Ok(1), &mut deferred);
        let _ = state.finish(2, Err(cancelled()), &mut deferred);
        assert!(!state.is_over());
        let _ = state.finish(0, Err(cancelled()), &mut deferred);
        assert_eq!(results(&mut state), [Some(1)]);
        assert!(state.is_over());
    }
}
