//! What the `headwater` program does, above the library's public API and never part of it.
//!
//! [`args`] says what may be asked, [`dog`] does it with what [`compute`] computes, [`image`] reads and writes files, [`progress`] and [`signal`] are the
//! two ways to hear from the user's terminal and to be heard. Every failure ends in one line on stderr and exit code 1;
//! only what clap itself rejects (an unknown option) ends with its usage text and exit code 2.

pub(crate) mod args;
mod compute;
mod dog;
mod image;
mod progress;
mod signal;

use std::process::ExitCode;

use headwater::Error;

use self::args::{Args, Command};
use self::signal::Signal;

/// Exit code of a program that Ctrl-C ended, by the shells' convention (128 + SIGINT).
const INTERRUPTED: u8 = 130;

/// Runs the command and turns its outcome into an exit code.
pub(crate) fn run(args: &Args) -> ExitCode {
    let signal = match Signal::install() {
        Ok(signal) => signal,
        Err(error) => return fail(&error, 1),
    };
    let outcome = match &args.command {
        Command::Dog(args) => dog::run(args, &signal.checkpoint()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if signal.is_raised() => fail(&error, INTERRUPTED),
        Err(error) => fail(&error, 1),
    }
}

fn fail(error: &Error, code: u8) -> ExitCode {
    eprintln!("headwater: {}", one_line(&error.report()));
    ExitCode::from(code)
}

/// `text` without line breaks and other control characters: file names and decoders' messages may hold any.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_report_is_one_line_whatever_a_file_is_called() {
        assert_eq!(
            one_line("cannot read `a\nb\u{1b}[2J.tif`"),
            "cannot read `a\\nb\\u{1b}[2J.tif`"
        );
    }
}
