//! What the `headwater` program does, above the library's public API and never part of it.
//!
//! [`args`] lists the commands. Each has a module of its own with its options and what it does; [`options`] are those that
//! several have, a [`session`](session::Session) is what a command that computes runs in. [`progress`] and [`signal`] are the
//! two ways to speak to the user's terminal and to hear from it, [`report`] is what is printed at the end.
//!
//! Every failure ends in one line on stderr and exit code 1, a pipeline with several faults in as many lines; only what clap
//! itself rejects (an unknown option) ends with its usage text and exit code 2.

pub(crate) mod args;
mod completions;
mod console;
mod convert;
mod encoding;
mod escape;
mod file;
mod graph;
mod images;
mod info;
mod operators;
mod options;
mod pixels;
mod place;
mod progress;
mod range;
mod report;
mod run;
mod session;
mod signal;
mod spot;
mod trace;
mod work;

use std::process::ExitCode;

use headwater::Error;

use self::args::{Args, Command};
use self::signal::{INTERRUPTED, Signal};

/// Runs the command and turns its outcome into an exit code.
pub(crate) fn run(args: &Args) -> ExitCode {
    let signal = match Signal::install() {
        Ok(signal) => signal,
        Err(error) => return fail(&error, 1),
    };
    match command(&args.command, &signal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if signal.check().is_err() => fail(&error, INTERRUPTED),
        Err(error) => fail(&error, 1),
    }
}

fn command(command: &Command, signal: &Signal) -> Result<(), Error> {
    match command {
        Command::Run(args) => run::run(args, signal),
        Command::Info(args) => info::run(args),
        Command::Convert(args) => convert::run(args, signal),
        Command::Graph(args) => graph::run(args),
        Command::Operators(args) => operators::run(args),
        Command::Features(args) => pixels::features(args, signal),
        Command::Train(args) => pixels::train(args, signal),
        Command::Predict(args) => pixels::predict(args, signal),
        Command::Console(args) => console::run(args, signal),
        Command::Completions(args) => completions::run(args),
    }
}

fn fail(error: &Error, code: u8) -> ExitCode {
    for line in escape::lines(error) {
        eprintln!("headwater: {line}");
    }
    ExitCode::from(code)
}
