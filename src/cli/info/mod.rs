//! `headwater info`: what a file is, or what is in it.

mod contents;

use headwater::graph::{Meta, PixelSize};
use headwater::io::{Format, Limit, Location, format_bytes};
use headwater::{Error, Shape};
use serde_json::{Value, json};

use super::options::{Opening, Telling};
use super::report::{Report, describe, described};

/// Say what an image is: format, axes, shape, type, chunks, pixel sizes, channels, range of values, scales.
///
/// Of a file with several images (NPZ, HDF5, N5, a Zarr group) it lists these. Nothing but the descriptions in the file is read.
#[derive(Debug, clap::Args)]
pub(crate) struct InfoArgs {
    /// A file, a folder, a pattern of files, a URL, or an image within one, such as cells.zarr/labels/nuclei
    file: String,

    #[command(flatten)]
    opening: Opening,

    /// Report as one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// The file cannot be read, or is neither an image nor a container with images.
pub(super) fn run(args: &InfoArgs) -> Result<(), Error> {
    let open = args.opening.within(Limit::half_of_memory());
    let found = contents::Found::new(&open, &args.file)?;
    let mut report = Report::default();
    report.line("file", &args.file);
    report.put("file", args.file.as_str());
    let at = Location::parse(&args.file)?;
    let format = args.opening.format().or_else(|| Format::of_content(&at).ok());
    if let Some(format) = format {
        report.line("format", format.name());
    }
    report.put("format", format.map(Format::name));
    if let Some(meta) = &found.meta {
        image(&mut report, meta);
        sizes(&mut report, meta, &at);
    }
    found.tell(&mut report);
    let telling = Telling {
        quiet: false,
        json: args.json,
    };
    report.print(&telling)
}

fn image(report: &mut Report, meta: &Meta) {
    report.line("image", &describe(meta));
    if let Value::Object(entries) = described(meta) {
        entries.into_iter().for_each(|(key, value)| report.put(&key, value));
    }
    let chunk = meta.ideal_block();
    if let Some(chunk) = chunk {
        report.line("chunks", &by_axis(chunk));
    }
    report.put("chunk", chunk.map(|chunk| chunk.as_slice().to_vec()));
    pixels(report, meta);
    let names: Vec<&str> = meta.channel_names().iter().map(|name| &**name).collect();
    if !names.is_empty() {
        report.line("channels", &names.join(", "));
    }
    report.put("channels", names);
    let range = meta.range();
    if let Some((least, greatest)) = range {
        report.line("values", &format!("{least} to {greatest}"));
    }
    report.put("range", range.map(|(least, greatest)| json!([least, greatest])));
}

fn pixels(report: &mut Report, meta: &Meta) {
    if let Some(told) = pixel_size(meta) {
        report.line("pixels", &told);
    }
    report.put("pixel_size", pixel_sizes(meta));
}

/// The size of a pixel for people: `y 0.5 micrometer, x 0.5 micrometer`.
fn pixel_size(meta: &Meta) -> Option<String> {
    let sizes = meta.pixel_size().filter(|sizes| !sizes.is_empty())?;
    let told =
        |(pixel, axis): (&PixelSize, char)| format!("{axis} {} {}", pixel.size, pixel.unit).trim_end().to_owned();
    let told: Vec<_> = sizes.iter().zip(meta.axes().iter()).map(told).collect();
    Some(told.join(", "))
}

/// The same as JSON; null if it is not known.
fn pixel_sizes(meta: &Meta) -> Value {
    let sizes = meta.pixel_size().filter(|sizes| !sizes.is_empty());
    let told = |pixel: &PixelSize| json!({ "size": pixel.size, "unit": &*pixel.unit });
    sizes.map_or(Value::Null, |sizes| sizes.iter().map(told).collect())
}

fn sizes(report: &mut Report, meta: &Meta, at: &Location) {
    let samples = meta.shape().saturating_volume() as u64;
    let bytes = samples.saturating_mul(meta.dtype().size() as u64);
    let file = std::fs::metadata(at.path()).ok().filter(std::fs::Metadata::is_file);
    let file = file.map(|file| file.len());
    let own = file.map(|bytes| format!(", {} in the file", format_bytes(bytes)));
    report.line("size", &format!("{}{}", format_bytes(bytes), own.unwrap_or_default()));
    report.put("bytes", bytes);
    report.put("file_bytes", file);
}

fn by_axis(shape: Shape) -> String {
    let lengths: Vec<_> = shape.iter().map(|length| length.to_string()).collect();
    lengths.join(" x ")
}
