//! Waiting, with an eye on the clock.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::flow::meter::{Activity, Meter};

/// Waits until `poll` is ready, and notes for how long, and for what.
pub(crate) async fn waiting<T>(meter: &Meter, what: Activity, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    let mut wait = Wait::new(meter, what);
    poll_fn(|cx| {
        let poll = poll(cx);
        if poll.is_pending() {
            wait.begin();
        }
        poll
    })
    .await
}

/// Notes its end when it is dropped, if it has begun.
struct Wait<'a> {
    meter: &'a Meter,
    what: Activity,
    since: Option<Instant>,
}

impl<'a> Wait<'a> {
    fn new(meter: &'a Meter, what: Activity) -> Self {
        let since = None;
        Self { meter, what, since }
    }

    fn begin(&mut self) {
        if self.since.is_none() {
            self.since = Some(Instant::now());
            self.meter.wait(self.what);
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            self.meter.go_on(self.what, since.elapsed());
        }
    }
}
