//! What may be asked of the program.

use clap::{Parser, Subcommand};

use super::completions::CompletionsArgs;
use super::console::ConsoleArgs;
use super::convert::ConvertArgs;
use super::graph::GraphArgs;
use super::info::InfoArgs;
use super::operators::OperatorsArgs;
use super::pixels::{FeaturesArgs, PredictArgs, TrainArgs};
use super::run::RunArgs;

/// Image analysis as graphs of operators: computed lazily, in parallel, in bounded memory.
///
/// Exit codes: 0 all is well, 1 a failure, 2 wrong usage, 130 stopped by Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "headwater", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The verbs of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunArgs),
    Info(InfoArgs),
    Convert(ConvertArgs),
    Graph(GraphArgs),
    Operators(OperatorsArgs),
    Features(FeaturesArgs),
    Train(TrainArgs),
    Predict(PredictArgs),
    Console(ConsoleArgs),
    Completions(CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn clap_finds_no_contradiction_in_the_definitions() {
        Args::command().debug_assert();
    }
}
