//! State that kernels work on, one after the other.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::request::Request;
use crate::sync::{Arc, Mutex};

/// What is read or written in the compute pool: a file that is open. No lock is held while a kernel works with it.
#[cfg(all(feature = "io", not(shuttle)))]
pub(crate) struct Pooled<S>(Arc<Mutex<Option<S>>>);

#[cfg(all(feature = "io", not(shuttle)))]
impl<S: Send + 'static> Pooled<S> {
    pub(crate) fn new(state: S) -> Self {
        Self(Arc::new(Mutex::new(Some(state))))
    }

    /// Has a kernel do `work`.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the kernel is told to stop; until it has, there is no state.
    ///
    /// # Errors
    ///
    /// That of `work`; an earlier one that was dropped is not over yet, or has panicked.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S, &Checkpoint) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.0);
        in_pool(move |checkpoint| {
            let taken = place.lock().take();
            let mut state =
                taken.ok_or_else(|| Error::msg("what was under way with it before has not come to its end"))?;
            let outcome = work(&mut state, checkpoint);
            *place.lock() = Some(state);
            outcome
        })
        .await
    }

    /// Takes it out, if no kernel has it.
    pub(crate) fn take(&self) -> Option<S> {
        self.0.lock().take()
    }
}

/// Runs `work` in the compute pool. Its result need not be one that can be shared between threads, as that of a request has to
/// be.
///
/// # Cancel safety
///
/// Dropped, it is told to stop.
///
/// # Errors
///
/// That of `work`, or its panic.
pub(crate) async fn in_pool<T: Send + 'static>(
    work: impl FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let made = Arc::new(Mutex::new(None));
    let place = Arc::clone(&made);
    Request::kernel(move |checkpoint| {
        let result = work(checkpoint)?;
        *place.lock() = Some(result);
        Ok(())
    })
    .await?;
    let made = made.lock().take();
    Ok(made.expect("invariant: the kernel has succeeded"))
}
