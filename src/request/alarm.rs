//! A moment to wake up at.

use std::task::{Context, Poll, Waker};
use std::time::Instant;

use crate::request::guard::guarded;
use crate::runtime::engine::{Engine, Timer};
use crate::sync::{Arc, Mutex};

/// Ready from a given moment on. It runs on the runtime's timer, so it can be awaited on any executor.
pub(crate) struct Alarm {
    at: Instant,
    bell: Arc<Mutex<Bell>>,
    _timer: Option<Timer>,
}

#[derive(Default)]
struct Bell {
    /// The timer's word counts as much as the clock's: under a paused clock of tokio's the two differ.
    has_rung: bool,
    waker: Option<Waker>,
}

impl Alarm {
    pub(crate) fn at(at: Instant, engine: Arc<Engine>) -> Self {
        let bell = Arc::new(Mutex::new(Bell::default()));
        let late = Arc::clone(&bell);
        let ring = move || {
            let waker = {
                let mut bell = late.lock();
                bell.has_rung = true;
                bell.waker.take()
            };
            if let Some(waker) = waker {
                let _ = guarded(|| waker.wake());
            }
        };
        let delay = at.saturating_duration_since(Instant::now());
        let _timer = engine.backend().map(|backend| backend.after(delay, Box::new(ring)));
        Self { at, bell, _timer }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Register first, look afterwards: the bell may ring in between (P16).
        let waker = cx.waker().clone();
        let (old, has_rung) = {
            let mut bell = self.bell.lock();
            (bell.waker.replace(waker), bell.has_rung)
        };
        drop(old);
        match has_rung || Instant::now() >= self.at {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}
