//! Options that several commands have.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use headwater::Axes;
use headwater::io::{Format, Limit, Open, parse_bytes};

/// More threads than this are a typing mistake.
const MOST_THREADS: u64 = 1024;

/// How it is computed, and what is told of it.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Computing {
    /// Threads to compute with [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_THREADS))]
    #[arg(allow_negative_numbers = true)]
    pub(super) threads: Option<u64>,

    /// Memory for what is computed, kept and written, such as 500M or 2G [default: half of the machine's]
    #[arg(long, value_name = "BYTES", value_parser = bytes, allow_negative_numbers = true)]
    pub(super) memory: Option<u64>,

    /// Write a timeline to FILE, for the trace viewer of a browser (chrome://tracing or ui.perfetto.dev)
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,

    #[command(flatten)]
    pub(super) telling: Telling,
}

/// What is told at the end.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Telling {
    /// No progress, no warnings and no report
    #[arg(long, short)]
    pub(super) quiet: bool,

    /// Report as one JSON object
    #[arg(long, conflicts_with = "quiet")]
    pub(super) json: bool,
}

/// What becomes of files.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Writing {
    /// Say what would be written and how much memory it would take, and compute nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Keep what is written if the run ends early, and resume what an earlier run has kept
    #[arg(long)]
    pub(super) resume: bool,

    /// Replace files that exist
    #[arg(long)]
    pub(super) replace: bool,
}

/// How an image is opened.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Opening {
    /// Call the axes of the input so, whatever the file says, such as zyx
    #[arg(long, value_name = "AXES")]
    input_axes: Option<Axes>,

    /// The format of the input, whatever its content looks like
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    input_format: Option<Format>,

    /// Which scale of an input that has several [default: the finest]
    #[arg(long, value_name = "NAME")]
    scale: Option<String>,

    /// Along which axis the files of a pattern such as 'plane_*.png' follow each other
    #[arg(long, value_name = "AXIS")]
    sequence_axis: Option<char>,
}

impl Opening {
    /// How to open within a limit of memory.
    pub(super) fn within(&self, limit: Limit) -> Open {
        let mut open = Open::new().limit(limit);
        if let Some(axes) = self.input_axes {
            open = open.axes(axes);
        }
        if let Some(format) = self.input_format {
            open = open.format(format);
        }
        if let Some(scale) = &self.scale {
            open = open.scale(scale);
        }
        match self.sequence_axis {
            Some(axis) => open.sequence_axis(axis),
            None => open,
        }
    }

    /// The format that the user says.
    pub(super) fn format(&self) -> Option<Format> {
        self.input_format
    }
}

/// A number of bytes, more than none.
fn bytes(text: &str) -> Result<u64, String> {
    match parse_bytes(text) {
        Ok(0) => Err("it is to be more than 0".to_owned()),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(error.brief()),
    }
}

/// `NAME=VALUE`.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
}

/// Reads a [`Pair`].
pub(super) fn pair(text: &str) -> Result<Pair, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok(Pair {
            name: name.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("it is to be a name, `=`, and what it gets".to_owned()),
    }
}

/// Formats by their names in small letters.
const FORMATS: [&str; Format::ALL.len()] = [
    "zarr", "tiff", "npy", "npz", "png", "jpeg", "raw", "nifti", "y4m", "hdf5", "n5",
];

/// Reads the name of a format.
pub(super) fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    PossibleValuesParser::new(FORMATS).try_map(|name| {
        let mut formats = Format::ALL.into_iter();
        let found = formats.find(|format| format.name().eq_ignore_ascii_case(&name));
        found.ok_or("there is no such format")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_name() {
        for (format, name) in Format::ALL.into_iter().zip(FORMATS) {
            assert_eq!(format.name().to_ascii_lowercase(), name);
        }
    }

    #[test]
    fn a_pair_has_two_sides() {
        let both = pair("smooth.sigma=a=b").unwrap();
        assert_eq!((&*both.name, &*both.value), ("smooth.sigma", "a=b"));
        for text in ["", "=", "a", "a=", "=b"] {
            assert!(pair(text).is_err(), "{text}");
        }
    }
}
