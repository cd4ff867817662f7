//! `headwater convert`: from a file to a file.

use headwater::graph::{Graph, Output};
use headwater::io::Export;
use headwater::operators::ValueRange;
use headwater::{Array, Axes, DType, Error, Roi};

use super::encoding::Encoding;
use super::options::{Computing, Opening, Writing};
use super::place::Place;
use super::range;
use super::report::Report;
use super::session::Session;
use super::signal::Signal;
use super::work;

/// Write an image in another format, or a part of it, with other axes, another type, other values.
///
/// It goes block by block, so an image may be larger than memory. A part is cut out first, then values are mapped and made the
/// type, then axes are put in order.
#[derive(Debug, clap::Args)]
pub(crate) struct ConvertArgs {
    /// What is read: a file, a folder, a pattern of files in quotes, or a URL
    #[arg(value_name = "IN")]
    input: String,

    /// What is written; the ending tells the format
    #[arg(value_name = "OUT")]
    output: String,

    /// Only this part, in the axes of the input, such as 0..1,128..256,128..256
    #[arg(long, value_name = "REGION")]
    region: Option<Roi>,

    /// The axes of the file, such as tzyxc: new ones have length 1, and those of length 1 may be left out
    #[arg(long, value_name = "AXES")]
    axes: Option<Axes>,

    /// The type of its elements: rounded, and the nearest that there is
    #[arg(long, value_name = "TYPE")]
    dtype: Option<DType>,

    /// Map this range of values to the whole range of the type (of floats 0 to 1): `LEAST,GREATEST`, or `auto` for what
    /// the image holds
    #[arg(long, value_name = "RANGE", value_parser = ranged, allow_hyphen_values = true)]
    normalise: Option<Range>,

    /// Map to this range rather than to that of the type
    #[arg(long, value_name = "LEAST,GREATEST", value_parser = pair_of_numbers, requires = "normalise", allow_hyphen_values = true)]
    normalise_to: Option<(f64, f64)>,

    /// How many scales an OME-Zarr gets, 1 to 32 [default: until the coarsest is one chunk]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=32), allow_negative_numbers = true)]
    scales: Option<u8>,

    #[command(flatten)]
    encoding: Encoding,

    #[command(flatten)]
    opening: Opening,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    computing: Computing,
}

/// What is mapped.
#[derive(Clone, Copy, Debug)]
enum Range {
    Auto,
    Numbers(f64, f64),
}

/// Runs the command.
///
/// # Errors
///
/// The input cannot be read, or the output not be written; the error names the file.
pub(super) fn run(args: &ConvertArgs, signal: &Signal) -> Result<(), Error> {
    let session = Session::begin(&args.computing, args.writing.replace, signal)?;
    let (graph, mut report) = (session.graph(), Report::default());
    let image = session.open(&graph, &args.input, &args.opening, &mut report)?;
    let place = Place::image(&args.output, args.writing.replace, args.encoding.format());
    session.check(&place, std::slice::from_ref(&args.input))?;
    let export = args.export(&session, &graph, &image)?;
    session.write_or_plan(export, &args.output, args.writing.dry_run, &mut report)?;
    session.end(report)
}

impl ConvertArgs {
    fn export(&self, session: &Session, graph: &Graph, image: &Output<Array>) -> Result<Export, Error> {
        let create = self.encoding.create(session, self.writing.replace);
        let create = match self.scales {
            Some(scales) => create.scales(scales.into()),
            None => create,
        };
        let mut export = Export::new(image).create(create);
        if let Some(region) = self.region {
            export = export.region(region);
        }
        if let Some(axes) = self.axes {
            export = export.axes(axes.to_string());
        }
        if let Some(dtype) = self.dtype {
            export = export.dtype(dtype);
        }
        if let Some(wanted) = self.normalise {
            let meta = image.meta()?;
            let from = match wanted {
                Range::Numbers(least, greatest) => (least, greatest),
                // A plan needs any: finding the real one means to read all of the image.
                Range::Auto if self.writing.dry_run => range::of(&meta),
                Range::Auto => values(session, graph, image)?,
            };
            let dtype = self.dtype.unwrap_or(meta.dtype());
            export = export.normalise(from, self.normalise_to.unwrap_or(range::of_type(dtype)));
        }
        Ok(match self.writing.resume {
            true => export.resume(work::of_all([work::of_image(&self.input, &self.opening)?])),
            false => export,
        })
    }
}

/// The least and the greatest value that there are.
fn values(session: &Session, graph: &Graph, image: &Output<Array>) -> Result<(f64, f64), Error> {
    let found = graph.add(ValueRange::new());
    graph.edit(|e| e.connect(image, &found.input))?;
    Ok((
        session.value(&found.minimum.get())?,
        session.value(&found.maximum.get())?,
    ))
}

fn ranged(text: &str) -> Result<Range, String> {
    match text {
        "auto" => Ok(Range::Auto),
        _ => pair_of_numbers(text).map(|(least, greatest)| Range::Numbers(least, greatest)),
    }
}

fn pair_of_numbers(text: &str) -> Result<(f64, f64), String> {
    let numbers = text.split_once(',').and_then(|(least, greatest)| {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        Some((number(least)?, number(greatest)?))
    });
    numbers.ok_or_else(|| "it is to be two numbers with a comma between them".to_owned())
}
