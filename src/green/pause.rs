//! Letting others go first.

use std::future::Future;
use std::time::Duration;

use crate::green::moment::Moment;

/// Suspends until every task of the same priority that is ready now has had its turn.
///
/// Any future may await it; outside of tasks and requests it is tokio's [`yield_now`](tokio::task::yield_now). To be
/// [interrupted](crate::green::Task::interrupt) here, wrap it: `interruptible(pause()).await?`.
///
/// # Cancel safety
///
/// Dropping it loses nothing.
pub async fn pause() {
    tokio::task::yield_now().await;
}

/// Suspends for `delay`: tokio's [`sleep`](tokio::time::sleep), which returns within a few milliseconds after its time.
///
/// # Cancel safety
///
/// Dropping it loses nothing.
pub fn pause_for(delay: Duration) -> impl Future<Output = ()> + Send {
    pause_until(Moment::after(delay))
}

/// Suspends until `at`: tokio's [`sleep_until`](tokio::time::sleep_until). A moment that has passed is ready at once.
///
/// # Cancel safety
///
/// Dropping it loses nothing.
pub async fn pause_until(at: impl Into<Moment>) {
    tokio::time::sleep_until(at.into().instant()).await;
}
