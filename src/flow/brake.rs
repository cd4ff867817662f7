//! What ends a flow from outside.

use std::future::Future;

use tokio_util::sync::CancellationToken;

/// Two signals: producers are to end, and everybody is to end at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brake {
    stop: CancellationToken,
    halt: CancellationToken,
}

impl Brake {
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    pub(crate) fn halt(&self) {
        self.stop.cancel();
        self.halt.cancel();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    pub(crate) fn is_halted(&self) -> bool {
        self.halt.is_cancelled()
    }

    /// Until producers are to end.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        self.stop.clone().cancelled_owned()
    }

    /// What `work` comes to, or nothing if everybody is to end first.
    pub(crate) async fn unless_halted<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.halt.run_until_cancelled(work).await
    }
}
