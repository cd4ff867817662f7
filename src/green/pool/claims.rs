//! What putters, getters and joiners of a pool wait for.

use std::marker::PhantomData;
use std::task::{Poll, Waker};

use crate::error::Error;
use crate::green::claim_wait::{Claim, Lapse};
use crate::green::deferred::Deferred;
use crate::green::line::Place;
use crate::green::pool::state::PoolState;
use crate::green::put_error::PutError;

/// Room for an item.
pub(crate) struct Put<I, T> {
    /// There until the end.
    item: Option<I>,
    place: Place,
    _pool: PhantomData<fn() -> T>,
}

impl<I, T> Put<I, T> {
    pub(crate) fn new(item: I) -> Self {
        Self {
            item: Some(item),
            place: Place::default(),
            _pool: PhantomData,
        }
    }

    /// The item back, when there is no room.
    pub(crate) fn take_back(&mut self) -> Option<I> {
        self.item.take()
    }
}

impl<I, T> Claim for Put<I, T> {
    type State = PoolState<I, T>;
    type Output = Result<(), PutError<I>>;

    fn look(
        &mut self,
        state: &mut PoolState<I, T>,
        waker: Option<Waker>,
        deferred: &mut Deferred,
    ) -> Poll<Self::Output> {
        if state.is_closed() {
            self.leave(state, deferred);
            return match self.item.take() {
                Some(item) => Poll::Ready(Err(PutError::closed(item))),
                None => Poll::Pending,
            };
        }
        if state.may_put(&mut self.place) {
            self.leave(state, deferred);
            self.item.take().into_iter().for_each(|item| state.put(item));
            return Poll::Ready(Ok(()));
        }
        if let Some(waker) = waker {
            state.putters.wait(&mut self.place, waker, deferred);
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut PoolState<I, T>, deferred: &mut Deferred) {
        state.leave_putters(&mut self.place, deferred);
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        let item = self
            .item
            .take()
            .expect("invariant: a put that was not done has its item");
        Err(PutError::failed(item, lapse.error("room in a pool")))
    }
}

/// A result of the work; `None` at the end. The outer error is that of the wait.
pub(crate) struct Get<I, T> {
    place: Place,
    _pool: PhantomData<fn() -> (I, T)>,
}

impl<I, T> Default for Get<I, T> {
    fn default() -> Self {
        Self {
            place: Place::default(),
            _pool: PhantomData,
        }
    }
}

impl<I, T> Claim for Get<I, T> {
    type State = PoolState<I, T>;
    type Output = Result<Option<Result<T, Error>>, Error>;

    fn look(
        &mut self,
        state: &mut PoolState<I, T>,
        waker: Option<Waker>,
        deferred: &mut Deferred,
    ) -> Poll<Self::Output> {
        if let Some(result) = state.take(&mut self.place, deferred) {
            self.leave(state, deferred);
            return Poll::Ready(Ok(Some(result)));
        }
        if state.is_over() {
            self.leave(state, deferred);
            return Poll::Ready(Ok(None));
        }
        if let Some(waker) = waker {
            state.getters.wait(&mut self.place, waker, deferred);
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut PoolState<I, T>, deferred: &mut Deferred) {
        state.leave_getters(&mut self.place, deferred);
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        Err(lapse.error("a result of a pool"))
    }
}

/// The end of all work that was put.
pub(crate) struct Join<I, T> {
    place: Place,
    _pool: PhantomData<fn() -> (I, T)>,
}

impl<I, T> Default for Join<I, T> {
    fn default() -> Self {
        Self {
            place: Place::default(),
            _pool: PhantomData,
        }
    }
}

impl<I, T> Claim for Join<I, T> {
    type State = PoolState<I, T>;
    type Output = Result<(), Error>;

    fn look(
        &mut self,
        state: &mut PoolState<I, T>,
        waker: Option<Waker>,
        deferred: &mut Deferred,
    ) -> Poll<Self::Output> {
        if state.joiners.claim(&mut self.place).is_some() || state.is_idle() {
            self.leave(state, deferred);
            return Poll::Ready(Ok(()));
        }
        if let Some(waker) = waker {
            state.joiners.wait(&mut self.place, waker, deferred);
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut PoolState<I, T>, deferred: &mut Deferred) {
        state.joiners.leave(&mut self.place, deferred);
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        Err(lapse.error("the end of a pool's work"))
    }
}
