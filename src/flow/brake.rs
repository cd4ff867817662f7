//! What ends a flow from outside.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use tokio_util::sync::CancellationToken;

/// How long nodes that await may take to close when a flow has failed or is aborted.
const GRACE: Duration = Duration::from_secs(1);

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

    /// Until everybody is to end.
    pub(crate) fn halted(&self) -> impl Future<Output = ()> + Send + use<> {
        self.halt.clone().cancelled_owned()
    }

    /// What `work` comes to, or nothing if everybody is to end first.
    pub(crate) async fn unless_halted<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.halt.run_until_cancelled(work).await
    }

    /// What `work` comes to, or nothing if producers are to end first.
    pub(crate) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.stop.run_until_cancelled(work).await
    }

    /// What `work` comes to, or nothing if it is not done [`GRACE`] after everybody is to end.
    pub(crate) async fn within_grace<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let late = async {
            self.halt.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        match select(pin!(work), pin!(late)).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
}
