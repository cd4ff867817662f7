//! The border between our code and the user's: what panics there becomes an error here (C26, P7, P21).

use crate::error::Error;
use crate::runtime::info::RequestId;
pub(crate) use crate::runtime::net::guarded;

/// Tells the log of a panic or failure that nobody else can be told of. The log is the user's too: a panic in it is no reason
/// to lose a request half-way.
#[cold]
pub(crate) fn report(id: Option<RequestId>, error: &Error, what: &str) {
    let id = id.map(tracing::field::display);
    let _ = guarded(|| tracing::error!(id, error = %error.report(), "{what}"));
}
