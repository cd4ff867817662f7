//! Names a poll that blocks its thread, while it does.
//!
//! A slot that has finished a poll knows how long that took; one that never finishes says nothing, and with every slot stuck no
//! task of the runtime could tell either. So the watch is a thread of its own, which looks at who holds a slot.

use std::collections::HashSet;
use std::fmt;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorContext};
use crate::runtime::Runtime;
use crate::runtime::engine::Engine;
use crate::runtime::info::{RequestInfo, RequestState};
use crate::runtime::net::{caught, guarded};
use crate::sync::{Arc, Condvar, Mutex, Weak};

/// How often it looks within the limit.
const LOOKS: u32 = 4;

impl Runtime {
    /// Requests that have held a slot in one poll, or in their callbacks, for `limit`: they compute or block where they should
    /// [await](crate::Request::new), use a [kernel](crate::Request::kernel), or call
    /// [`green::blocking`](crate::green::blocking). A request that [waits](crate::Request::wait) for another one has handed
    /// its slot over, and a kernel has none: neither is listed. Pinned requests are, though they block a thread that is no slot.
    ///
    /// To a quarter of `limit`, since nobody reads the clock for every poll.
    pub fn blocked(&self, limit: Duration) -> Vec<RequestInfo> {
        blocked(&self.inner.engine, limit)
    }

    /// Watches the polls of this runtime until the guard is dropped or the runtime is gone: one that blocks its thread for
    /// `limit` is named in the log (`tracing`, at the level *warn*) and given to `on_blocked`, once, while it blocks.
    ///
    /// It takes a thread of its own, so it speaks even if every slot is stuck. See [`blocked`](Self::blocked) for what counts;
    /// [`long_poll`](crate::RuntimeBuilder::long_poll) tells of polls that are over.
    ///
    /// # Panics
    ///
    /// A panic in `on_blocked` goes to the log, and the watch goes on.
    ///
    /// # Errors
    ///
    /// `Invalid` if `limit` is zero; and if the system refuses to start a thread.
    pub fn watch_polls(
        &self,
        limit: Duration,
        on_blocked: impl FnMut(&RequestInfo) + Send + 'static,
    ) -> Result<PollWatch, Error> {
        if limit.is_zero() {
            return Err(Error::invalid("a watch over polls needs a limit longer than zero"));
        }
        let end = Arc::new(End::default());
        let (engine, ended) = (Arc::downgrade(&self.inner.engine), Arc::clone(&end));
        std::thread::Builder::new()
            .name("headwater-watch".to_owned())
            .spawn(move || watch(&engine, &ended, limit, on_blocked))
            .context("starting the thread that watches polls")?;
        Ok(PollWatch { end })
    }
}

/// A watch over the polls of a runtime. Made by [`Runtime::watch_polls`]; dropping it ends the watch.
///
/// # Examples
///
/// A poll that blocks its thread is named, with the place where its request was made:
///
/// ```
/// use std::sync::mpsc;
/// use std::time::Duration;
/// use headwater::{Error, Request, Runtime};
///
/// let runtime = Runtime::builder().slots(1).build()?;
/// let (sender, named) = mpsc::channel();
/// let watch = runtime.watch_polls(Duration::from_millis(5), move |info| drop(sender.send(info.title())))?;
/// let (release, blocked) = mpsc::channel::<()>();
/// let request = Request::builder().name("culprit").on(&runtime).future(async move {
///     let _ = blocked.recv(); // blocks the thread: `await` something instead
///     Ok(())
/// });
/// request.submit();
/// assert!(named.recv().map_err(Error::new)?.starts_with("`culprit` ("));
/// drop((release, watch));
/// request.wait()?;
/// # Ok::<(), Error>(())
/// ```
#[must_use = "the watch ends as soon as the guard is dropped"]
pub struct PollWatch {
    end: Arc<End>,
}

/// Tells the thread that it is over.
#[derive(Default)]
struct End {
    is_over: Mutex<bool>,
    bell: Condvar,
}

impl End {
    /// Sleeps for `pause`; whether it is over.
    fn sleep(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut is_over = self.is_over.lock();
        while !*is_over {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            is_over = self.bell.wait_timeout(is_over, left);
        }
        *is_over
    }
}

impl Drop for PollWatch {
    fn drop(&mut self) {
        *self.end.is_over.lock() = true;
        self.end.bell.notify_all();
    }
}

impl fmt::Debug for PollWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollWatch").finish_non_exhaustive()
    }
}

fn watch(engine: &Weak<Engine>, end: &End, limit: Duration, mut on_blocked: impl FnMut(&RequestInfo)) {
    // A day is as long as for ever here, and no clock overflows.
    let pause = (limit / LOOKS).clamp(Duration::from_millis(1), Duration::from_secs(86_400));
    let mut named = HashSet::new();
    while !end.sleep(pause) {
        let Some(engine) = engine.upgrade() else { return };
        if engine.is_closed() {
            return;
        }
        engine.clock().advance(Instant::now());
        // A look may be the last reference to what a user made, and drop it.
        let blocked = guarded(|| blocked(&engine, limit)).unwrap_or_default();
        drop(engine);
        let ids: HashSet<_> = blocked.iter().map(|info| info.id).collect();
        for info in blocked.iter().filter(|info| !named.contains(&info.id)) {
            caught(
                || tracing::warn!(request = %info.title(), blocked_for = ?info.unchanged_for, "a poll blocks its thread"),
            );
            caught(|| on_blocked(info));
        }
        named = ids;
    }
}

fn blocked(engine: &Engine, limit: Duration) -> Vec<RequestInfo> {
    let holding = engine.live().into_iter().filter(|task| task.holds_slot());
    let mut infos: Vec<_> = holding.filter_map(|task| task.info()).collect();
    let is_busy = |state| matches!(state, RequestState::Running | RequestState::Finishing);
    infos.retain(|info| is_busy(info.state) && info.unchanged_for >= limit);
    infos.sort_by_key(|info| info.id);
    infos
}
