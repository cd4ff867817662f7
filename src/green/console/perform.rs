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
use crate::green::console::text::time;
use crate::request::Request;

/// How a command ended.
enum Ended {
    ByItself(Result<String, Error>),
    /// Its client has interrupted it.
    Interrupted,
    /// Its client has gone, or waits for too long.
    Left,
}

/// Runs `command` to its end, or until the client does not want it any more.
pub(super) async fn perform(
    session: &mut Session,
    command: &(dyn Fn(ConsoleCall) -> Answer + Send + Sync),
    call: ConsoleCall,
) -> Result<String, Error> {
    let name = call.command().to_owned();
    let request = start(command, call)?;
    let ended = ended(session, &request).await;
    if !matches!(ended, Ended::ByItself(_)) {
        // No wait is left, so that this counts.
        let _ = request.cancel();
    }
    match ended {
        Ended::ByItself(Err(error)) if error.is_panic() => Err(error.context(format!("`{name}` panicked"))),
        // By somebody else, or with its session.
        Ended::ByItself(Err(error)) if request.is_cancelled() || error.is_interrupted() => {
            Err(error.context(format!("`{name}` was cancelled")))
        }
        Ended::ByItself(outcome) => outcome,
        Ended::Interrupted => Err(Error::msg("interrupted")),
        Ended::Left => {
            let limit = time(session.shared.limits.end);
            Err(Error::msg(format!(
                "`{name}` was cancelled {limit} after the end of the input"
            )))
        }
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

async fn ended(session: &mut Session, request: &Request<String>) -> Ended {
    let mut wait = pin!(request.into_future());
    let mut patience = session.has_ended.then(|| Instant::now() + session.shared.limits.end);
    loop {
        let may_read = session.early.has_room() && !session.has_ended;
        tokio::select! {
            outcome = &mut wait => return Ended::ByItself(outcome),
            line = session.lines.next(), if may_read => match line {
                Line::Interrupt => return Ended::Interrupted,
                Line::End => {
                    session.has_ended = true;
                    patience = Some(Instant::now() + session.shared.limits.end);
                }
                line => session.early.push(line),
            },
            () = sleep_until(patience.unwrap_or_else(Instant::now)), if patience.is_some() => return Ended::Left,
        }
    }
}
