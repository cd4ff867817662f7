//! `stalled`: what does not move.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::green::console::builtin::tree::told;
use crate::green::console::call::ConsoleCall;
use crate::green::console::shared::Shared;
use crate::green::console::text::{line, parse_time, time};
use crate::runtime::stall;

/// How long is long, if nobody says.
const LONG: Duration = Duration::from_secs(10);
/// Requests that are named.
const MOST: usize = 200;

pub(super) fn stalled(shared: &Shared, mut call: ConsoleCall) -> Result<String, Error> {
    let limit = match call.try_next::<String>("TIME")? {
        Some(word) => parse_time(&word)
            .ok_or_else(|| Error::invalid(format!("`stalled`: `{word}` is no TIME such as 10s or 500ms")))?,
        None => shared.engine.config.stall.unwrap_or(LONG),
    };
    call.finish()?;
    shared.engine.clock().advance(Instant::now());
    let own = shared.own();
    let mut infos = stall::stalled(&shared.engine, limit);
    infos.retain(|info| !own.contains(&info.id));
    let mut text = String::new();
    if infos.is_empty() {
        line(&mut text, format_args!("everything has moved within {}", time(limit)));
    }
    for info in infos.iter().take(MOST) {
        line(&mut text, told(info, true));
    }
    if let Some(more) = infos.len().checked_sub(MOST).filter(|more| *more > 0) {
        line(&mut text, format_args!("… and {more} more"));
    }
    Ok(text)
}
