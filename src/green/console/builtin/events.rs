//! `events`: what happens to requests.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::error::Error;
use crate::green::console::call::ConsoleCall;
use crate::green::console::lines::Line;
use crate::green::console::output::Gone;
use crate::green::console::session::Session;
use crate::green::console::text::{line, parse_time};
use crate::runtime::events::{Event, EventKind, EventStream};
use crate::runtime::info::{RequestId, RequestState};

/// How often events are sent. Taken one by one they would wake the session, which is an event as well, and so on for ever.
const PERIOD: Duration = Duration::from_millis(50);
/// As good as for ever.
const FOR_EVER: Duration = Duration::from_secs(1 << 30);

/// When to end, beside at a line of the client.
struct End {
    at: Instant,
    left: usize,
    is_bounded: bool,
}

impl End {
    fn read(mut call: ConsoleCall) -> Result<Self, Error> {
        let word = call.try_next::<String>("COUNT|TIME")?;
        call.finish()?;
        let (mut time, mut left, is_bounded) = (FOR_EVER, usize::MAX, word.is_some());
        if let Some(word) = word {
            match (word.parse(), parse_time(&word)) {
                (Ok(count), _) => left = count,
                (Err(_), Some(bound)) => time = bound.min(FOR_EVER),
                (Err(_), None) => {
                    let message = format!("`events`: `{word}` is neither a COUNT nor a TIME such as 5s");
                    return Err(Error::invalid(message));
                }
            }
        }
        let at = Instant::now() + time;
        Ok(Self { at, left, is_bounded })
    }
}

/// Sends events until the end.
pub(in crate::green::console) async fn follow(session: &mut Session, call: ConsoleCall) -> Result<(), Gone> {
    let mut end = match End::read(call) {
        Ok(end) => end,
        Err(error) => return session.output.answer(Err(error)).await,
    };
    let mut events = session.shared.engine.events.subscribe(session.shared.limits.events);
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_over = session.early.pop().is_some() || (session.has_ended && !end.is_bounded);
    if session.has_ended {
        end.at = end.at.min(Instant::now() + session.shared.limits.idle);
    }
    while !is_over && end.left > 0 {
        tokio::select! {
            line = session.lines.next(), if !session.has_ended => {
                is_over = session.hear(line, end.is_bounded);
                // Nobody may be there any more.
                end.at = end.at.min(Instant::now() + session.shared.limits.idle);
            }
            () = sleep_until(end.at) => is_over = true,
            _ = ticks.tick() => {}
        }
        let text = take(&mut events, &session.shared.own(), &mut end.left);
        session.output.part(&text).await?;
    }
    session.output.answer(Ok(String::new())).await
}

impl Session {
    /// Takes a line that came while events were being sent; whether that ends it. The line says nothing else.
    fn hear(&mut self, line: Line, is_bounded: bool) -> bool {
        self.has_ended = line == Line::End;
        // Who has sent all commands at once waits for what was asked for, if that ends by itself.
        !(self.has_ended && is_bounded)
    }
}

/// What has happened, but to the console itself.
fn take(events: &mut EventStream, own: &[RequestId], left: &mut usize) -> String {
    let mut text = String::new();
    while *left > 0
        && let Some(event) = events.try_next()
    {
        if !own.contains(&event.id) {
            line(&mut text, told(&event));
            *left -= 1;
        }
    }
    match events.missed() {
        // Those after the last one that was asked for are not missed.
        missed if missed > 0 && *left > 0 => line(&mut text, format_args!("… {missed} events were too many")),
        _ => {}
    }
    text
}

fn told(event: &Event) -> String {
    let what = match event.kind {
        EventKind::Made => "made",
        EventKind::Submitted => "submitted",
        EventKind::Started => "started",
        EventKind::Suspended => "suspended",
        EventKind::Resumed => "resumed",
        EventKind::CancelAsked => "asked to cancel",
        EventKind::Ended(RequestState::Succeeded) => "succeeded",
        EventKind::Ended(RequestState::Cancelled) => "cancelled",
        EventKind::Ended(_) => "failed",
    };
    match &event.name {
        Some(name) => format!("{} {what}: `{name}` ({})", event.id, event.place),
        None => format!("{} {what}: {}", event.id, event.place),
    }
}
