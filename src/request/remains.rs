//! What is left in a cell when its last reference goes, wherever that happens to be: in a slot, in a thread that takes a
//! snapshot, in a list of others that are dropped as well. A panic there would hit somebody who has nothing to do with it,
//! and a second one beside it would abort the process; so each part is dropped by itself, guarded (C26).

use crate::request::cell::{Cell, State, Work};
use crate::request::guard::{self, guarded};

impl<T> Drop for Cell<T> {
    fn drop(&mut self) {
        if std::mem::needs_drop::<T>()
            && let Some(value) = self.value.take()
        {
            bury(value);
        }
        if let Some(values) = self.head.values.take() {
            bury(values);
        }
        bury_state(self.head.state_mut());
    }
}

#[inline]
fn bury_state(state: &mut State) {
    if !matches!(state.work, Work::None) {
        bury(std::mem::replace(&mut state.work, Work::None));
    }
    if let Some(failure) = state.failure.take() {
        bury(failure);
    }
    let Some(extra) = &mut state.extra else { return };
    std::mem::take(&mut extra.callbacks).into_iter().for_each(bury);
    extra.deferred.take().into_iter().flatten().for_each(bury);
    bury((extra.maker.take(), extra.span.take()));
}

#[inline]
fn bury<R>(remains: R) {
    if let Err(panic) = guarded(|| drop(remains)) {
        guard::report(None, &panic, "what was left of a request panicked when it was dropped");
    }
}
