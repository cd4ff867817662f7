//! `headwater graph`: a drawing of a pipeline.

mod text;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use headwater::graph::{Drawing, Graph};
use headwater::io::Limit;
use headwater::pipeline::Built;
use headwater::{Array, Error};

use super::file;
use super::place::Place;
use super::report::print;
use super::run::PipelineOptions;

/// Draw a pipeline: its operators, how they hang together, and the images between them.
///
/// The inputs are opened, since shapes and types depend on them; nothing is computed.
#[derive(Debug, clap::Args)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pipeline: PipelineOptions,

    /// As what it is drawn [default: what the ending of FILE says, else text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Form>,

    /// Write to FILE rather than to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace FILE if it exists
    #[arg(long, requires = "output")]
    replace: bool,
}

/// As what a graph is drawn.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// A picture that a browser shows.
    Svg,
    /// A description for Graphviz.
    Dot,
    /// Lines for people.
    Text,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever is wrong with the pipeline or its inputs; the drawing cannot be written.
pub(super) fn run(args: &GraphArgs) -> Result<(), Error> {
    let pipeline = args.pipeline.read()?;
    let built = args.pipeline.build(&pipeline, &Graph::new(), Limit::half_of_memory())?;
    let form = args.format.or_else(|| by_name(args.output.as_deref()?));
    let drawing = match form.unwrap_or(Form::Text) {
        Form::Svg => args.draw(&built)?.to_svg(),
        Form::Dot => args.draw(&built)?.to_dot(),
        Form::Text => text::of(&built, &args.pipeline),
    };
    let Some(path) = &args.output else {
        return print(&drawing);
    };
    let location = path.to_string_lossy();
    Place::file(&location, args.replace).check(&args.pipeline.files(&pipeline))?;
    file::save(path, drawing.as_bytes())
}

impl GraphArgs {
    /// The pipeline with the files that are really read.
    fn draw(&self, built: &Built) -> Result<Drawing, Error> {
        let (pipeline, mut drawing) = (built.pipeline(), built.draw());
        for input in pipeline.inputs() {
            let image = built.output::<Array>(&input.name)?;
            drawing = drawing.source(&image, self.pipeline.path_of(pipeline, input));
        }
        Ok(drawing)
    }
}

fn by_name(path: &Path) -> Option<Form> {
    let ending = path.extension()?.to_str()?;
    Form::from_str(ending, true).ok()
}
