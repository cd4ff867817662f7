//! The border between our code and the user's: what panics there becomes an error here (C26, P7, P21).

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use crate::runtime::info::RequestId;

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

/// Tells the log of a panic or failure that nobody else can be told of. The log is the user's too: a panic in it is no reason
/// to lose a request half-way.
#[cold]
pub(crate) fn report(id: Option<RequestId>, error: &Error, what: &str) {
    let id = id.map(tracing::field::display);
    let _ = guarded(|| tracing::error!(id, error = %error.report(), "{what}"));
}
