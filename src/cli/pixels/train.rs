//! `headwater train`: a forest from labelled pixels.

use std::path::PathBuf;

use headwater::graph::Output;
use headwater::io::format_bytes;
use headwater::kernels::RandomForest;
use headwater::operators::TrainForest;
use headwater::{Array, Error};
use serde_json::json;

use super::selection::Selecting;
use crate::cli::options::{Computing, Opening};
use crate::cli::place::Place;
use crate::cli::report::Report;
use crate::cli::session::Session;
use crate::cli::signal::Signal;

/// Train a random forest on the labelled pixels of an image.
///
/// Features are computed where there are labels, and nowhere else. What they are stands in the file: predict computes the
/// same.
#[derive(Debug, clap::Args)]
pub(crate) struct TrainArgs {
    /// The image
    image: String,

    /// An image of the same pixels: 1 and more are classes, 0 is unlabelled
    labels: String,

    /// The file that gets the forest
    #[arg(long, short, value_name = "FOREST")]
    output: PathBuf,

    /// How many trees there are
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(allow_negative_numbers = true)]
    trees: u16,

    /// Another forest for each number
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,

    #[command(flatten)]
    selecting: Selecting,

    #[command(flatten)]
    opening: Opening,

    /// Replace FOREST if it exists
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    computing: Computing,
}

/// Runs the command.
///
/// # Errors
///
/// An image that cannot be read, labels that do not fit it or are none, a forest that cannot be written.
pub(in crate::cli) fn run(args: &TrainArgs, signal: &Signal) -> Result<(), Error> {
    let session = Session::begin(&args.computing, args.replace, signal)?;
    let (graph, mut report) = (session.graph(), Report::default());
    let image = session.open(&graph, &args.image, &args.opening, &mut report)?;
    let labels = session.open(&graph, &args.labels, &Opening::default(), &mut report)?;
    args.fit(&image, &labels)?;
    let location = args.output.to_string_lossy();
    let place = Place::file(&location, args.replace);
    session.check(&place, &[args.image.clone(), args.labels.clone()])?;
    let features = args.selecting.selection().add(&graph, &image)?;
    let options = RandomForest::new().trees(args.trees.into()).seed(args.seed);
    let train = graph.add(TrainForest::new(options));
    graph.edit(|e| {
        let ((_, own), (_, marks)) = (e.push(&train.images)?, e.push(&train.labels)?);
        e.connect(&features, &own)?;
        e.connect(&labels, &marks)
    })?;
    let forest = session.value(&train.classifier.get());
    let forest = forest.map_err(|error| error.context(format!("cannot train with `{}`", args.labels)))?;
    let forest = forest.ok_or_else(|| Error::invalid(format!("no pixel of `{}` is labelled", args.labels)))?;
    if let [class] = forest.classes() {
        session.warn(&format!(
            "all labels of `{}` are {class}, so the forest knows no other class",
            args.labels
        ));
    }
    let rows = session.value(&train.matrix.get())?.rows();
    forest.save(&args.output)?;
    let (trees, classes, features) = (forest.trees(), forest.classes(), forest.features());
    let memory = format_bytes(forest.nbytes() as u64);
    report.line(
        "trained",
        &format!(
            "{location}: {trees} trees for {} classes by {features} features, from {rows} pixels, {memory}",
            classes.len()
        ),
    );
    let told = json!({ "path": location, "trees": trees, "classes": classes, "features": features, "pixels": rows });
    report.put("forest", told);
    session.end(report)
}

impl TrainArgs {
    /// Whether labels are of the same pixels as the image.
    fn fit(&self, image: &Output<Array>, labels: &Output<Array>) -> Result<(), Error> {
        let (image, labels) = (image.meta()?, labels.meta()?);
        if !labels.dtype().is_integer() {
            let (name, dtype) = (&self.labels, labels.dtype());
            return Err(Error::invalid(format!(
                "`{name}` is of {dtype}, and labels are integers"
            )));
        }
        let length = |letter| image.axes().position(letter).map_or(1, |axis| image.shape()[axis]);
        let (letters, shape) = (labels.axes(), labels.shape());
        let mut axes = letters.iter().zip(shape.iter());
        match axes.find(|(letter, own)| *letter != 'c' && length(*letter) != *own) {
            None => Ok(()),
            Some((letter, own)) => Err(Error::invalid(format!(
                "`{}` has {own} pixels along {letter}, `{}` has {}",
                self.labels,
                self.image,
                length(letter)
            ))),
        }
    }
}
