//! `headwater predict`: the shares of the classes at all pixels.

use std::fs;
use std::path::PathBuf;

use headwater::graph::{Graph, Opaque, Output};
use headwater::io::Export;
use headwater::kernels::Forest;
use headwater::operators::PredictForest;
use headwater::{Array, Error, ErrorContext as _};

use super::selection::Selection;
use crate::cli::encoding::Encoding;
use crate::cli::options::{Computing, Opening, Writing};
use crate::cli::place::Place;
use crate::cli::report::Report;
use crate::cli::session::Session;
use crate::cli::signal::Signal;
use crate::cli::work;

/// Compute the share of each class at each pixel by a forest that train has written.
///
/// The share of class 1 is the first channel.
#[derive(Debug, clap::Args)]
pub(crate) struct PredictArgs {
    /// The image
    image: String,

    /// The forest
    forest: PathBuf,

    /// The file that gets the shares
    #[arg(value_name = "OUT")]
    output: String,

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
/// The image or the forest cannot be read or do not fit, the output cannot be written.
pub(in crate::cli) fn run(args: &PredictArgs, signal: &Signal) -> Result<(), Error> {
    let session = Session::begin(&args.computing, args.writing.replace, signal)?;
    let (graph, mut report) = (session.graph(), Report::default());
    let image = session.open(&graph, &args.image, &args.opening, &mut report)?;
    let forest = args.forest.to_string_lossy().into_owned();
    let place = Place::image(&args.output, args.writing.replace, args.encoding.format());
    session.check(&place, &[args.image.clone(), forest.clone()])?;
    let shares = args.shares(&session, &graph, &image)?;
    let export = Export::new(&shares).create(args.encoding.create(&session, args.writing.replace));
    let export = match args.writing.resume {
        true => {
            let image = work::of_image(&args.image, &args.opening)?;
            export.resume(work::of_all([image, work::of_file(&forest)?]))
        }
        false => export,
    };
    session.write_or_plan(export, &args.output, args.writing.dry_run, &mut report)?;
    session.end(report)
}

impl PredictArgs {
    /// The forest over the features that it was trained with.
    fn shares(&self, session: &Session, graph: &Graph, image: &Output<Array>) -> Result<Output<Array>, Error> {
        let forest = self.load(session)?;
        let name = self.forest.display();
        let names = forest.feature_names();
        let selection = Selection::of_names(names).filter(|_| !names.is_empty());
        let selection = selection
            .ok_or_else(|| Error::invalid(format!("`{name}` does not say by which features it was trained")))?;
        let features = selection.add(graph, image)?;
        let meta = features.meta()?;
        let own = meta.channel_names();
        if own.len() != names.len() || own.iter().zip(names).any(|(own, name)| **own != **name) {
            let (trained, has) = (names.len(), own.len());
            let message = format!(
                "`{name}` was trained by {trained} features of images with other axes or channels than `{}`, which has {has}",
                self.image
            );
            return Err(Error::invalid(message));
        }
        let classes = forest.classes().last().copied().unwrap_or(1);
        let predict = graph.add(PredictForest::new(classes as usize));
        graph.edit(|e| {
            e.connect(&features, &predict.image)?;
            e.set(&predict.classifier, Some(Opaque::new(forest)))
        })?;
        predict.output.meta()?;
        Ok(predict.output.clone())
    }

    fn load(&self, session: &Session) -> Result<Forest, Error> {
        let named = || format!("cannot read `{}`", self.forest.display());
        let kind = fs::metadata(&self.forest).context(named())?;
        if !kind.is_file() {
            return Err(Error::invalid("it is not a regular file").context(named()));
        }
        let admitted = session.limit().admit(kind.len());
        admitted.map_err(|error| error.context(named()))?;
        Forest::load(&self.forest, &session.signal().checkpoint())
    }
}
