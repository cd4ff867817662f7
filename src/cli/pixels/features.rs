//! `headwater features`: the features from which pixels are classified.

use headwater::Error;
use headwater::io::Export;

use super::selection::Selecting;
use crate::cli::encoding::Encoding;
use crate::cli::options::{Computing, Opening, Writing};
use crate::cli::place::Place;
use crate::cli::report::Report;
use crate::cli::session::Session;
use crate::cli::signal::Signal;
use crate::cli::work;

/// Compute the features of an image from which pixels are classified, as channels.
#[derive(Debug, clap::Args)]
pub(crate) struct FeaturesArgs {
    /// The image
    image: String,

    /// The file that gets them
    #[arg(value_name = "OUT")]
    output: String,

    #[command(flatten)]
    selecting: Selecting,

    #[command(flatten)]
    opening: Opening,

    #[command(flatten)]
    encoding: Encoding,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    computing: Computing,
}

/// Runs the command.
///
/// # Errors
///
/// The image cannot be read, a scale does not fit it, the output cannot be written.
pub(in crate::cli) fn run(args: &FeaturesArgs, signal: &Signal) -> Result<(), Error> {
    let session = Session::begin(&args.computing, args.writing.replace, signal)?;
    let (graph, mut report) = (session.graph(), Report::default());
    let image = session.open(&graph, &args.image, &args.opening, &mut report)?;
    let place = Place::image(&args.output, args.writing.replace, args.encoding.format());
    session.check(&place, std::slice::from_ref(&args.image))?;
    let selection = args.selecting.selection();
    let features = selection.add(&graph, &image)?;
    let export = Export::new(&features).create(args.encoding.create(&session, args.writing.replace));
    let export = match args.writing.resume {
        true => {
            let image = work::of_image(&args.image, &args.opening)?;
            export.resume(work::of_all([image, format!("{selection:?}")]))
        }
        false => export,
    };
    session.write_or_plan(export, &args.output, args.writing.dry_run, &mut report)?;
    session.end(report)
}
