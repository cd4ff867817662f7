//! The last net under the threads that serve requests.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;

/// Calls `f`. What the user's code does is guarded where it is called; whatever panics all the same, a subscriber of
/// `tracing` or a mistake of ours, goes to the log and costs neither the slot nor the drain it happened in (C26).
pub(crate) fn caught(f: impl FnOnce()) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else {
        return;
    };
    let report = move || {
        tracing::error!(panic = %Error::panicked(&*payload).report(), "a panic got as far as the runtime");
    };
    // The log, or the payload when it is dropped, may panic as well: that one is leaked.
    if let Err(second) = catch_unwind(AssertUnwindSafe(report)) {
        std::mem::forget(second);
    }
}
