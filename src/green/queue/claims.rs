//! What getters, putters and joiners wait for.

use std::marker::PhantomData;
use std::task::{Poll, Waker};

use crate::error::Error;
use crate::green::claim_wait::{Claim, Lapse};
use crate::green::deferred::Deferred;
use crate::green::line::Place;
use crate::green::put_error::PutError;
use crate::green::queue::queue_discipline::Sealed;
use crate::green::queue::state::QueueState;

/// An item; `None` once the queue is closed and empty.
pub(crate) struct Get<S> {
    place: Place,
    _queue: PhantomData<fn() -> S>,
}

impl<S> Default for Get<S> {
    fn default() -> Self {
        Self {
            place: Place::default(),
            _queue: PhantomData,
        }
    }
}

impl<S: Sealed> Claim for Get<S> {
    type State = QueueState<S>;
    type Output = Result<Option<S::Item>, Error>;

    fn look(&mut self, state: &mut QueueState<S>, waker: Option<Waker>, deferred: &mut Deferred) -> Poll<Self::Output> {
        let item = state.take(&mut self.place, deferred);
        if item.is_some() || state.is_over() {
            self.leave(state, deferred);
            return Poll::Ready(Ok(item));
        }
        if let Some(waker) = waker {
            state.getters.wait(&mut self.place, waker, deferred);
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut QueueState<S>, deferred: &mut Deferred) {
        state.leave_getters(&mut self.place, deferred);
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        Err(lapse.error("an item of a queue"))
    }
}

/// Room for an item.
pub(crate) struct Put<S: Sealed> {
    /// There until the end.
    item: Option<S::Item>,
    place: Place,
}

impl<S: Sealed> Put<S> {
    pub(crate) fn new(item: S::Item) -> Self {
        Self {
            item: Some(item),
            place: Place::default(),
        }
    }

    /// The item back, when there is no room.
    pub(crate) fn take_back(&mut self) -> Option<S::Item> {
        self.item.take()
    }
}

impl<S: Sealed> Claim for Put<S> {
    type State = QueueState<S>;
    type Output = Result<(), PutError<S::Item>>;

    fn look(&mut self, state: &mut QueueState<S>, waker: Option<Waker>, deferred: &mut Deferred) -> Poll<Self::Output> {
        if state.is_closed {
            self.leave(state, deferred);
            return match self.item.take() {
                Some(item) => Poll::Ready(Err(PutError::closed(item))),
                None => Poll::Pending,
            };
        }
        if state.may_put(&mut self.place) {
            self.leave(state, deferred);
            if let Some(item) = self.item.take() {
                state.put(item, deferred);
            }
            return Poll::Ready(Ok(()));
        }
        if let Some(waker) = waker {
            state.putters.wait(&mut self.place, waker, deferred);
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut QueueState<S>, deferred: &mut Deferred) {
        state.leave_putters(&mut self.place, deferred);
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        let item = self
            .item
            .take()
            .expect("invariant: a put that was not done has its item");
        Err(PutError::failed(item, lapse.error("room in a queue")))
    }
}

/// The end of all work.
pub(crate) struct Join<S> {
    place: Place,
    _queue: PhantomData<fn() -> S>,
}

impl<S> Default for Join<S> {
    fn default() -> Self {
        Self {
            place: Place::default(),
            _queue: PhantomData,
        }
    }
}

impl<S: Sealed> Claim for Join<S> {
    type State = QueueState<S>;
    type Output = Result<(), Error>;

    fn look(&mut self, state: &mut QueueState<S>, waker: Option<Waker>, deferred: &mut Deferred) -> Poll<Self::Output> {
        if state.joiners.claim(&mut self.place).is_some() || state.unfinished == 0 {
            self.leave(state, deferred);
            return Poll::Ready(Ok(()));
        }
        if let Some(waker) = waker {
            state.joiners.wait(&mut self.place, waker, deferred);
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut QueueState<S>, deferred: &mut Deferred) {
        state.joiners.leave(&mut self.place, deferred);
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        Err(lapse.error("the end of a queue's work"))
    }
}
