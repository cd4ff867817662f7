//! The limits of a wait: the deadline in the current request's context, and one of its own.

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::request::alarm::Alarm;
use crate::request::current;
use crate::runtime::enter;
use crate::sync::Arc;

/// Ready, with the error to return, once one of the limits has passed.
#[derive(Default)]
pub(crate) struct Deadline {
    context: Option<Alarm>,
    own: Option<(Alarm, Duration)>,
}

impl Deadline {
    /// A limit of its own, from now on.
    pub(crate) fn within(limit: Duration) -> Self {
        let engine = current::engine().unwrap_or_else(enter::current);
        let own = Instant::now()
            .checked_add(limit)
            .map(|at| (Alarm::at(at, engine), limit));
        Self { context: None, own }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        if let Some((alarm, limit)) = &mut self.own
            && alarm.poll(cx).is_ready()
        {
            let error = Error::condition(ErrorKind::TimedOut, format!("it took longer than {limit:?}"));
            return Poll::Ready(error);
        }
        if self.context.is_none() {
            self.context = current::with(|node| {
                let head = node?.head();
                Some((head.values.as_ref()?.deadline?, Arc::clone(&head.engine)))
            })
            .map(|(deadline, engine)| Alarm::at(deadline, engine));
        }
        match self.context.as_mut().is_some_and(|alarm| alarm.poll(cx).is_ready()) {
            true => Poll::Ready(Error::condition(ErrorKind::TimedOut, "the deadline passed")),
            false => Poll::Pending,
        }
    }
}
