//! The `headwater` program: parse the arguments, run the command, say how it ended.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    cli::run(&cli::args::Args::parse())
}
