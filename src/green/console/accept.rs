//! The listener: a session for each connection.

use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use crate::error::{Error, ErrorContext as _};
use crate::green::console::bind::Bound;
use crate::green::console::session::Session;
use crate::green::console::session_state::SessionState;
use crate::green::console::shared::Shared;
use crate::green::console::stream::Accepted;
use crate::request::Request;
use crate::sync::Arc;

/// How long to wait when the system has no descriptor to give.
const REST: Duration = Duration::from_millis(100);

/// Takes connections until it is cancelled.
pub(super) async fn accept(shared: Arc<Shared>, bound: Bound) -> Result<(), Error> {
    let listener = bound.here().context("the console's listener")?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => match Arc::clone(&shared.permits).try_acquire_owned() {
                Ok(permit) => open(&shared, stream, peer, permit),
                Err(_) => {
                    let most = shared.limits.sessions;
                    stream.turn_away(&format!("error: no more than {most} sessions at once\n"));
                }
            },
            Err(error) => {
                tracing::warn!(%error, "the console could not take a connection");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// Starts a session, made by the listener, and so cancelled with it.
fn open(shared: &Arc<Shared>, stream: Accepted, peer: String, permit: OwnedSemaphorePermit) {
    let nth = shared.next_session();
    let name = format!("console: session {nth}");
    let state = SessionState::new(nth, peer);
    let of_session = Arc::clone(shared);
    let session = Request::builder().name(name).pinned(move || async move {
        let stream = stream.here().context("a connection of the console")?;
        Session::new(of_session, state, stream).run().await;
        drop(permit);
        Ok(())
    });
    shared.add_own(&session);
    session.submit();
}
