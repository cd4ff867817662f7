//! Commands of the application.
//!
//! Each runs as a request of its own, on the slots: it shows in snapshots, can be cancelled, and its panic is its own.

use std::future::IntoFuture as _;
use std::pin::pin;

use tokio::time::{Instant, sleep_until};

use crate::error::Error;
use crate::green::console::call::ConsoleCall;
use crate::green::console::commands::Answer;
use crate::green::console::lines::Line;
use crate::green::console::session::Session;
use crate::request::Request;

/// Runs `command` to its end, or until the client does not want it any more.
pub(super) async fn perform(
    session: &mut Session,
    command: &(dyn Fn(ConsoleCall) -> Answer + Send + Sync),
    call: ConsoleCall,
) -> Result<String, Error> {
    let name = call.command().to_owned();
    let request = start(command, call)?;
    let outcome = ended(session, &request).await;
    // No wait is left, so that this counts.
    let unwanted = || {
        let _ = request.cancel();
        Err(Error::msg("interrupted"))
    };
    match outcome {
        None => unwanted(),
        Some(Err(error)) if error.is_panic() => Err(error.context(format!("`{name}` panicked"))),
        Some(Err(error)) if request.is_cancelled() => Err(error.context(format!("`{name}` was cancelled"))),
        Some(outcome) => outcome,
    }
}

fn start(command: &(dyn Fn(ConsoleCall) -> Answer + Send + Sync), call: ConsoleCall) -> Result<Request<String>, Error> {
    let name = format!("console: {}", call.command());
    let answer =
        crate::runtime::net::guarded(|| command(call)).map_err(|panic| panic.context(format!("`{name}` panicked")))?;
    let request = Request::builder().name(name).future(answer);
    // Not left to the await, which would run it here: whatever it does is not to hold up other sessions.
    request.submit();
    Ok(request)
}

/// How the request ended; `None` if the client has interrupted it, or left long ago.
async fn ended(session: &mut Session, request: &Request<String>) -> Option<Result<String, Error>> {
    let mut wait = pin!(request.into_future());
    let mut patience = None;
    loop {
        let may_read = session.early.is_none() && !session.has_ended;
        tokio::select! {
            outcome = &mut wait => return Some(outcome),
            line = session.lines.next(), if may_read => match line {
                Line::Interrupt => return None,
                // Who has sent all commands at once still reads the answers, or has gone: this cannot be told apart.
                Line::End => {
                    session.has_ended = true;
                    patience = Some(Instant::now() + session.shared.limits.unread);
                }
                line => session.early = Some(line),
            },
            () = sleep_until(patience.unwrap_or_else(Instant::now)), if patience.is_some() => return None,
        }
    }
}
