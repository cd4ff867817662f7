//! `headwater completions`: what a shell needs to complete commands and options.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};
use headwater::Error;

use super::args::Args;
use super::report::print;

/// Print what a shell needs to complete commands and options.
///
/// For example: headwater completions bash > ~/.local/share/bash-completion/completions/headwater
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

/// Runs the command.
///
/// # Errors
///
/// Standard output cannot be written.
pub(super) fn run(args: &CompletionsArgs) -> Result<(), Error> {
    let mut script = Vec::new();
    generate(args.shell, &mut Args::command(), "headwater", &mut script);
    print(&String::from_utf8_lossy(&script))
}
