//! `requests`: what is alive.

use std::time::Instant;

use crate::error::Error;
use crate::green::console::builtin::figures::{STATES, count};
use crate::green::console::builtin::tree::Tree;
use crate::green::console::call::ConsoleCall;
use crate::green::console::shared::Shared;
use crate::green::console::text::line;
use crate::runtime::info::RequestInfo;

/// Lines, if nobody says how many.
const MOST: usize = 200;

pub(super) fn requests(shared: &Shared, mut call: ConsoleCall) -> Result<String, Error> {
    let (mut all, mut most) = (false, None);
    while let Some(word) = call.try_next::<String>("COUNT")? {
        match (&*word, word.parse::<usize>()) {
            ("all", _) if !all => all = true,
            (_, Ok(count)) if most.is_none() => most = Some(count),
            _ => {
                let message = format!("`requests`: `{word}` is neither `all` nor one COUNT");
                return Err(Error::invalid(message));
            }
        }
    }
    // Ages are as of the last look at the clock, and an idle runtime does not look.
    shared.engine.clock().advance(Instant::now());
    let mut infos = shared.engine.snapshot();
    if !all {
        let own = shared.own();
        infos.retain(|info| !own.contains(&info.id));
    }
    let (mut text, most) = (String::new(), most.unwrap_or(MOST));
    line(&mut text, counted(&infos));
    let mut left = infos.len();
    for told in Tree::new(&infos).take(most) {
        left -= usize::from(told.is_new);
        line(&mut text, told.line);
    }
    if left > 0 {
        line(&mut text, format_args!("… and {left} more"));
    }
    Ok(text)
}

/// How many there are in each state.
pub(super) fn counted(infos: &[RequestInfo]) -> String {
    let states = STATES.iter().map(|(state, name)| (count(infos, *state), name));
    let states: Vec<_> = states
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    match states.is_empty() {
        true => "0 live".to_owned(),
        false => format!("{} live: {}", infos.len(), states.join(", ")),
    }
}
