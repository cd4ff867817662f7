//! Code of the user's that awaits.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

use super::own::Own;
use crate::error::Error;
use crate::flow::brake::Brake;

/// What it comes to, or its panic.
pub(crate) async fn unwound<T>(work: impl Future<Output = T>) -> Result<T, Error> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.map_err(|payload| Error::panicked(&*payload))
}

/// Runs it: a panic is its error.
pub(crate) async fn caught<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    unwound(work).await.flatten()
}

/// Closes a node: a flow that is to end at once does not wait for long.
pub(crate) async fn closed(
    own: &Own,
    brake: &Brake,
    close: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    match brake.within_grace(caught(close)).await {
        Some(closed) => closed.map_err(|error| own.name(error)),
        None => {
            tracing::warn!(
                node = &*own.context.node,
                "a node did not close in time, and was dropped"
            );
            Ok(())
        }
    }
}
