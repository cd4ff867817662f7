//! `log`: what is logged.

use tracing::level_filters::LevelFilter;

use crate::error::Error;
use crate::green::console::call::ConsoleCall;
use crate::green::console::shared::Shared;
use crate::runtime::net::guarded;

pub(super) fn log(shared: &Shared, mut call: ConsoleCall) -> Result<String, Error> {
    let word = call.try_next::<String>("LEVEL")?;
    call.finish()?;
    let Some(word) = word else {
        return Ok(format!("the level is {}", LevelFilter::current()));
    };
    // The parser of `tracing` takes numbers and an empty word as well.
    let level = match word.to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => {
            return Err(Error::invalid(format!(
                "`log`: `{word}` is no LEVEL: there are off, error, warn, info, debug and trace"
            )));
        }
    };
    let Some(change) = &shared.log_level else {
        return Err(Error::msg(
            "the application has not said how its log level is changed (`ConsoleBuilder::on_log_level`)",
        ));
    };
    guarded(|| change(level))
        .flatten()
        .map_err(|error| error.context("the log level could not be changed"))?;
    Ok(format!("the level is {level}"))
}
