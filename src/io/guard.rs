//! A decoder that panics on damaged data is a failed read, not a failed program.
//!
//! Limits and checks come first; this is the net below them. The panic's own message is kept off stderr: the error that
//! it becomes is the one line that the user sees.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

use crate::error::Error;
use crate::sync::OnceLock;

thread_local! {
    /// Whether this thread is inside of [`guarded`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; a panic in it, on this thread, becomes an error.
///
/// # Errors
///
/// The error of `work`, or what its panic said.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    silence_guarded_threads();
    let outer = GUARDED.replace(true);
    // Unwind safety: `work` owns its file and buffers, and they go with it.
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    outcome.unwrap_or_else(|payload| {
        let said = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        Err(Error::msg(format!(
            "its data are damaged in a way that the decoder does not know ({said})"
        )))
    })
}

/// Puts a hook in front of the present one that is silent for threads inside of [`guarded`].
fn silence_guarded_threads() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_the_guard_ends_with_it() {
        let error = guarded::<()>(|| panic!("index {} out of range", 7)).unwrap_err();
        assert!(error.report().contains("index 7 out of range"), "{error:?}");
        assert!(!GUARDED.get());
    }

    #[test]
    fn values_and_errors_pass() {
        assert_eq!(guarded(|| Ok(3)).unwrap(), 3);
        assert_eq!(guarded::<()>(|| Err(Error::msg("no"))).unwrap_err().report(), "no");
    }
}
