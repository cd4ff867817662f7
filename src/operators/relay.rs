//! What several kernels work on, one after the other.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Execute;
use crate::sync::{Arc, Mutex};

/// Something that is handed on from kernel to kernel. Each has it to itself while it runs: nobody waits for a lock, and none is
/// held meanwhile.
///
/// Where a kernel fails, or is cancelled, it is gone.
pub(crate) struct Relay<S>(Arc<Mutex<Option<S>>>);

impl<S: Send + 'static> Relay<S> {
    /// From here on.
    pub(crate) fn new(start: S) -> Self {
        Self(Arc::new(Mutex::new(Some(start))))
    }

    /// Has a kernel work on it, and returns what that says.
    pub(crate) async fn work<R, K>(&mut self, cx: &Execute, kernel: K) -> Result<R, Error>
    where
        R: Clone + Send + Sync + 'static,
        K: FnOnce(&mut S, &Checkpoint) -> Result<R, Error> + Send + 'static,
    {
        let between = Arc::clone(&self.0);
        let work = cx.compute(move |checkpoint| {
            let mut own = take(&between)?;
            let said = kernel(&mut own, checkpoint)?;
            *between.lock() = Some(own);
            Ok(said)
        });
        work.await
    }

    /// What has become of it.
    pub(crate) fn end(self) -> Result<S, Error> {
        take(&self.0)
    }
}

fn take<S>(between: &Mutex<Option<S>>) -> Result<S, Error> {
    let own = between.lock().take();
    own.ok_or_else(|| Error::msg("a kernel that worked on this before has failed"))
}
