//! Panics: caught at the border to the user's code, and by the last net under the threads that serve requests.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;

/// Calls `f`; a panic becomes an [`Error`] with its message.
///
/// Asserting unwind safety is sound in the sense that matters: whatever `f` was working on is dropped or marked failed by
/// the caller and never looked at again.
pub(crate) fn guarded<R>(f: impl FnOnce() -> R) -> Result<R, Error> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let error = Error::panicked(&*payload);
        // The payload is the user's too. One that panics when dropped is the last straw: leak the second one.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(second);
        }
        error
    })
}

/// Calls `f`. What the user's code does is guarded where it is called; whatever panics all the same, a subscriber of
/// `tracing` or a mistake of ours, goes to the log and costs neither the slot nor the drain it happened in (C26).
pub(crate) fn caught(f: impl FnOnce()) {
    if let Err(panic) = guarded(f) {
        // The log may panic as well.
        let _ = guarded(|| tracing::error!(panic = %panic.report(), "a panic got as far as the runtime"));
    }
}
