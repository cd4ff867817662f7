//! Letting others go first.

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use crate::green::moment::Moment;
use crate::request::alarm::Alarm;
use crate::request::detached::{engine_here, give_way};

/// Suspends until every task of the same priority that is ready now has had its turn. (A runtime whose
/// [discipline](crate::Discipline) is *last come, first served* has no such order: there the task may come first again.)
///
/// Any future may await it; outside of tasks and requests it is tokio's [`yield_now`](tokio::task::yield_now). To be
/// [interrupted](crate::green::Task::interrupt) here, wrap it: `interruptible(pause()).await?`.
///
/// # Cancel safety
///
/// Dropping it loses nothing.
pub async fn pause() {
    let mut has_given_way = false;
    let in_request = poll_fn(|cx| {
        if has_given_way {
            return Poll::Ready(true);
        }
        has_given_way = give_way();
        if !has_given_way {
            return Poll::Ready(false);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    if !in_request.await {
        tokio::task::yield_now().await;
    }
}

/// Suspends for `delay`: tokio's [`sleep`](tokio::time::sleep), which returns within a few milliseconds after its time.
///
/// Any executor may poll it: where there is no tokio, it takes the timers of the [runtime](crate::Runtime) that a request made
/// there would run on.
///
/// # Panics
///
/// As tokio's, in a tokio runtime of somebody else's that was built without timers.
///
/// # Cancel safety
///
/// Dropping it loses nothing.
pub fn pause_for(delay: Duration) -> impl Future<Output = ()> + Send {
    pause_until(Moment::after(delay))
}

/// Suspends until `at`: tokio's [`sleep_until`](tokio::time::sleep_until). A moment that has passed is ready at once.
///
/// # Panics
///
/// As [`pause_for`], which tells of other executors too.
///
/// # Cancel safety
///
/// Dropping it loses nothing.
pub async fn pause_until(at: impl Into<Moment>) {
    let at = at.into().instant();
    if tokio::runtime::Handle::try_current().is_ok() {
        return tokio::time::sleep_until(at).await;
    }
    let mut alarm = Alarm::at(at.into_std(), engine_here());
    poll_fn(|cx| alarm.poll(cx)).await;
}
