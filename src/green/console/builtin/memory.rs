//! `memory`: the account of bytes.

use std::cmp::Reverse;

use crate::error::Error;
use crate::green::console::call::ConsoleCall;
use crate::green::console::shared::Shared;
use crate::green::console::text::{bytes, line};

/// Requests that are named.
const LARGEST: usize = 10;

pub(super) fn memory(shared: &Shared, call: ConsoleCall) -> Result<String, Error> {
    call.finish()?;
    let memory = shared.engine.account.memory();
    let limit = match memory.limit {
        u64::MAX => "none".to_owned(),
        limit => bytes(limit),
    };
    let mut text = String::new();
    line(&mut text, format_args!("used   {}", bytes(memory.used)));
    line(&mut text, format_args!("peak   {}", bytes(memory.peak)));
    line(&mut text, format_args!("limit  {limit}"));
    let mut largest = shared.engine.snapshot();
    largest.retain(|info| info.bytes > 0);
    largest.sort_by_key(|info| Reverse(info.bytes));
    for info in largest.iter().take(LARGEST) {
        line(
            &mut text,
            format_args!("{} estimates {}: {}", info.id, bytes(info.bytes), info.title()),
        );
    }
    Ok(text)
}
