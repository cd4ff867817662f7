//! The one error type at the border of the crate.
//!
//! An [`Error`] is a shared, immutable chain. Its head says what failed here; [`source`](std::error::Error::source) leads
//! from effect to cause, one link for every request that the failure came through, down to the root: the error that a
//! workload returned, the message of its panic, or one of the conditions of [`ErrorKind`]. Cloning shares the chain, so
//! every waiter holds the same root.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

use crate::sync::Arc;

/// What happened at the root of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A workload returned an error of its own.
    Failed,
    /// A workload, kernel, callback, `Clone` or `Drop` of a value panicked.
    Panicked,
    /// The request that was waited for has been cancelled.
    Cancelled,
    /// The request in which the error is raised has itself been cancelled: clean up and return.
    Interrupted,
    /// A time-out or a deadline passed.
    TimedOut,
    /// Waiting would have closed a circle of requests that wait for each other.
    Circular,
    /// The runtime was shut down.
    ShutDown,
    /// Waiting here would block a thread that must not block.
    WouldBlock,
    /// An argument was outside of what the call accepts.
    Invalid,
    /// A slot was asked that cannot be: something upstream is missing or failed its setup.
    NotReady,
    /// What was asked for has changed since: an edit made it dirty before it was computed. Ask again.
    Stale,
}

/// Why a request has no value: cheap to clone, the same root for every waiter.
///
/// # Examples
///
/// A workload's own error comes back as itself:
///
/// ```
/// use headwater::{Error, Request};
///
/// let request = Request::<u32>::new(async { "no number".parse().map_err(Error::new) });
/// let error = request.wait().unwrap_err();
/// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
/// ```
#[derive(Clone)]
pub struct Error {
    link: Arc<Link>,
}

struct Link {
    what: What,
    cause: Option<Error>,
}

enum What {
    /// The root: an error of the workload's own type.
    Own(Box<dyn StdError + Send + Sync>),
    /// The root: one of our conditions, with its message.
    Condition(ErrorKind, Cow<'static, str>),
    /// A request on the way from the root to the waiter.
    Request {
        name: Option<Arc<str>>,
        place: &'static Location<'static>,
    },
    /// A sentence that somebody on the way added.
    Remark(Box<str>),
}

impl Error {
    /// The workload's own error as the root of a chain.
    pub fn new(error: impl StdError + Send + Sync + 'static) -> Self {
        // An `Error` in a generic position is already a chain: keep it whole rather than bury it.
        match (&error as &dyn Any).downcast_ref::<Error>() {
            Some(chain) => chain.clone(),
            None => Self::from_what(What::Own(Box::new(error)), None),
        }
    }

    /// A failure that has only a message.
    pub fn msg(message: impl Into<String>) -> Self {
        Self::condition(ErrorKind::Failed, message.into())
    }

    /// An argument that cannot be accepted; the message names the input and the cause.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::condition(ErrorKind::Invalid, message.into())
    }

    /// The same failure with `message` in front of the chain.
    #[must_use]
    pub fn context(self, message: impl fmt::Display) -> Self {
        Self::from_what(What::Remark(message.to_string().into()), Some(self))
    }

    pub(crate) fn condition(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::from_what(What::Condition(kind, message.into()), None)
    }

    /// The failure as a waiter of the request called `name`, made at `place`, sees it.
    pub(crate) fn through(self, name: Option<Arc<str>>, place: &'static Location<'static>) -> Self {
        Self::from_what(What::Request { name, place }, Some(self))
    }

    /// What a caught panic says. The payload's own drop may panic too: it is the caller's to guard.
    pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Self {
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a panic without a message");
        Self::condition(ErrorKind::Panicked, message.to_owned())
    }

    fn from_what(what: What, cause: Option<Error>) -> Self {
        Self {
            link: Arc::new(Link { what, cause }),
        }
    }

    /// The last link of the chain.
    fn root(&self) -> &Link {
        let mut link = &*self.link;
        while let Some(cause) = &link.cause {
            link = &cause.link;
        }
        link
    }

    /// What happened at the root.
    pub fn kind(&self) -> ErrorKind {
        match &self.root().what {
            What::Condition(kind, _) => *kind,
            What::Own(_) | What::Request { .. } | What::Remark(_) => ErrorKind::Failed,
        }
    }

    /// The awaited request, or one that it needed, was cancelled; or the request that asks was itself.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.kind(), ErrorKind::Cancelled | ErrorKind::Interrupted)
    }

    /// "You yourself were cancelled": raised inside a cancelled request, at its awaits and checkpoints.
    pub fn is_interrupted(&self) -> bool {
        self.kind() == ErrorKind::Interrupted
    }

    /// Something panicked.
    pub fn is_panic(&self) -> bool {
        self.kind() == ErrorKind::Panicked
    }

    /// A time-out or deadline passed.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::TimedOut
    }

    /// The wait would have closed a circle.
    pub fn is_circular(&self) -> bool {
        self.kind() == ErrorKind::Circular
    }

    /// The runtime was shut down.
    pub fn is_shut_down(&self) -> bool {
        self.kind() == ErrorKind::ShutDown
    }

    /// The thread must not block.
    pub fn is_would_block(&self) -> bool {
        self.kind() == ErrorKind::WouldBlock
    }

    /// A slot was asked that was not ready.
    pub fn is_not_ready(&self) -> bool {
        self.kind() == ErrorKind::NotReady
    }

    /// An edit changed what was asked for before it was computed.
    pub fn is_stale(&self) -> bool {
        self.kind() == ErrorKind::Stale
    }

    /// The root, if it is an error of type `E` that a workload returned.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match &self.root().what {
            What::Own(error) => error.downcast_ref(),
            What::Condition(..) | What::Request { .. } | What::Remark(_) => None,
        }
    }

    /// The messages from effect to cause.
    pub fn chain(&self) -> impl Iterator<Item = String> + '_ {
        let mut next: Option<&(dyn StdError + 'static)> = Some(self);
        std::iter::from_fn(move || {
            let here = next?;
            next = here.source();
            Some(here.to_string())
        })
    }

    /// The whole chain on one line, joined by colons.
    pub fn report(&self) -> String {
        self.chain().collect::<Vec<_>>().join(": ")
    }

    /// The chain on one line, as [`report`](Self::report), without the requests that the failure came through: for those who do
    /// not know the program.
    pub fn brief(&self) -> String {
        let (mut told, mut next) = (Vec::new(), Some(self));
        while let Some(error) = next {
            next = error.link.cause.as_ref();
            match (&error.link.what, next) {
                (What::Request { .. }, _) => {}
                (_, Some(_)) => told.push(error.to_string()),
                (_, None) => told.extend(error.chain()),
            }
        }
        told.join(": ")
    }

    /// Whether both come from one and the same failure.
    pub fn same_root(&self, other: &Error) -> bool {
        std::ptr::eq(self.root(), other.root())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.link.what {
            What::Own(error) => fmt::Display::fmt(error, f),
            What::Condition(_, message) => f.write_str(message),
            What::Remark(message) => f.write_str(message),
            What::Request {
                name: Some(name),
                place,
            } => write!(f, "request `{name}` ({place}) failed"),
            What::Request { name: None, place } => write!(f, "request made at {place} failed"),
        }
    }
}

impl fmt::Debug for Error {
    /// The whole chain: this is what `main` prints when it returns an error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, message) in self.chain().enumerate() {
            if depth > 0 {
                f.write_str("\n  caused by: ")?;
            }
            f.write_str(&message)?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match (&self.link.cause, &self.link.what) {
            (Some(cause), _) => Some(cause),
            (None, What::Own(error)) => error.source(),
            (None, _) => None,
        }
    }
}

impl Drop for Link {
    /// Unrolls the chain: a failure may have come through a million requests (C7).
    fn drop(&mut self) {
        let mut next = self.cause.take();
        while let Some(error) = next {
            next = match Arc::into_inner(error.link) {
                Some(mut link) => link.cause.take(),
                None => None,
            };
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}

impl From<std::fmt::Error> for Error {
    fn from(error: std::fmt::Error) -> Self {
        Self::new(error)
    }
}

/// Turns other results into ours, with a sentence about what was being done.
pub trait ErrorContext<T> {
    /// The value, or an [`Error`] that starts with `message` and continues with the cause.
    ///
    /// # Errors
    ///
    /// Exactly when `self` is an error.
    fn context(self, message: impl fmt::Display) -> Result<T, Error>;
}

impl<T, E: StdError + Send + Sync + 'static> ErrorContext<T> for Result<T, E> {
    fn context(self, message: impl fmt::Display) -> Result<T, Error> {
        self.map_err(|error| Error::new(error).context(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_a_generic_position_stays_one_chain() {
        let inner = Error::msg("disk gone");
        let outer = Error::new(inner.clone()).context("reading tile 7");
        assert!(outer.same_root(&inner));
        assert_eq!(outer.report(), "reading tile 7: disk gone");
    }

    #[test]
    fn a_brief_chain_has_no_requests_and_all_causes() {
        let place = Location::caller();
        let error = Error::msg("disk gone").through(None, place).context("reading tile 7");
        assert_eq!(
            error.through(Some("all".into()), place).brief(),
            "reading tile 7: disk gone"
        );
        let own = std::io::Error::other(Error::msg("inner").context("outer"));
        assert_eq!(Error::new(own).through(None, place).brief(), "outer: inner");
    }

    #[test]
    fn c07_a_chain_of_a_million_links_drops_without_recursion() {
        let place = Location::caller();
        let mut error = Error::msg("root");
        for _ in 0..1_000_000 {
            error = error.through(None, place);
        }
        assert_eq!(error.kind(), ErrorKind::Failed);
    }
}
