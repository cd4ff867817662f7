//! Reading NIfTI.

use std::io::{BufReader, Read};

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::blob::Blob;
use crate::io::boxes::advance;
use crate::io::bytes::{bytes_of, fill};
use crate::io::file_reader::FileReader;
use crate::io::flat::{Flat, cut_short};
use crate::io::inflated::{Inflated, Packed, Wrapping, run_axis, run_block};
use crate::io::location::Location;
use crate::io::nifti::Header;
use crate::io::open::Open;
use crate::io::reading::Reading;
use crate::io::samples::Samples;
use crate::io::source::Source;
use crate::roi::Roi;
use crate::sync::Arc;

struct Nifti {
    name: String,
    meta: Meta,
    samples: Samples,
    /// What the file stores.
    stored: DType,
    scale: Option<(f64, f64)>,
}

/// Opens the file.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let (header, blob, gzip) = described(at, how)?;
    let packed = packed(&blob);
    let meta = header.meta(how.axes)?;
    let bytes = Flat::nbytes(&meta.shape(), meta.dtype());
    let needed = bytes
        .and_then(|bytes| bytes.checked_add(header.offset))
        .unwrap_or(u64::MAX);
    let stored = meta.dtype();
    let (samples, meta) = if gzip {
        packed.can_hold(needed)?;
        let block = run_block(&meta.shape(), stored)?;
        let kind = (stored, header.order);
        let inflated = Inflated::new((packed, header.offset), meta.shape(), kind, how.limit);
        (Samples::Inflated(inflated), meta.with_ideal_block(block))
    } else if packed.length < needed {
        return Err(Error::msg(format!(
            "it is too short for {} {stored} (cut short or damaged)",
            meta.shape()
        )));
    } else {
        (blob.samples(header.offset, meta.shape(), (stored, header.order))?, meta)
    };
    let dtype = match (header.scale, stored) {
        (None, stored) => stored,
        (Some(_), DType::F64) => DType::F64,
        (Some(_), _) => DType::F32,
    };
    Ok(Box::new(Nifti {
        name: at.to_string(),
        meta: meta.with_dtype(dtype),
        samples,
        stored,
        scale: header.scale,
    }))
}

/// The header of the image at `at`, and what has its samples, with whether they are compressed: a pair is told by either of its
/// files.
///
/// # Errors
///
/// The file system's or the store's; those of [`read_header`].
fn described(at: &Location, how: &Open) -> Result<(Header, Arc<Blob>, bool), Error> {
    let is_samples = at.extension() == "img";
    let is_large = at
        .path()
        .extension()
        .is_some_and(|ending| ending == "IMG" || ending == "HDR");
    let partner = |ending: &str| {
        let ending = if is_large {
            ending.to_ascii_uppercase()
        } else {
            ending.to_owned()
        };
        Location::file(&at.path().with_extension(ending))
    };
    let (header, blob, gzip) = match is_samples {
        true => {
            let of_header = partner("hdr")?;
            header_of(&of_header, how).context(format!("its header `{of_header}`"))?
        }
        false => header_of(at, how)?,
    };
    let of_samples = match (header.apart, is_samples) {
        (false, _) => return Ok((header, blob, gzip)),
        (true, true) => at.clone(),
        (true, false) => partner("img")?,
    };
    let blob = Blob::open(&of_samples, how).context(format!("its samples `{of_samples}`"))?;
    let blob = Arc::new(blob);
    let gzip = is_gzip(&blob, &Reading::of(&how.checkpoint))?;
    Ok((header, blob, gzip))
}

fn header_of(at: &Location, how: &Open) -> Result<(Header, Arc<Blob>, bool), Error> {
    let (blob, reading) = (Arc::new(Blob::open(at, how)?), Reading::of(&how.checkpoint));
    let gzip = is_gzip(&blob, &reading)?;
    let header = match gzip {
        true => read_header(packed(&blob).stream(&reading))?,
        false => read_header(BufReader::new(
            FileReader::new(&blob, 0, blob.length()).watched_by(&reading),
        ))?,
    };
    Ok((header, blob, gzip))
}

fn is_gzip(blob: &Arc<Blob>, reading: &Reading) -> Result<bool, Error> {
    let mut start = Vec::new();
    let mut stream = FileReader::new(blob, 0, 2).watched_by(reading);
    stream.read_to_end(&mut start).map_err(cut_short)?;
    Ok(start == [0x1F, 0x8B])
}

fn packed(blob: &Arc<Blob>) -> Packed {
    Packed {
        blob: Arc::clone(blob),
        start: 0,
        length: blob.length(),
        wrapping: Wrapping::Gzip,
        sum: None,
    }
}

/// The header that `stream` begins with.
///
/// # Errors
///
/// No NIfTI, cut short, of a kind that is not supported.
fn read_header(mut stream: impl Read) -> Result<Header, Error> {
    let mut start = [0; 4];
    stream.read_exact(&mut start).map_err(cut_short)?;
    let mut bytes = vec![0; Header::length(start)?];
    bytes[..4].copy_from_slice(&start);
    stream.read_exact(&mut bytes[4..]).map_err(cut_short)?;
    Header::parse(&bytes)
}

impl Nifti {
    fn read_scaled(&self, roi: &Roi, scale: (f64, f64), out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        if roi.is_empty() {
            return Ok(());
        }
        let first = run_axis(&roi.shape(), self.stored, self.samples.piece());
        fill(out, |bytes| {
            let mut at = roi.start().to_vec();
            let mut place = 0;
            loop {
                let range = |axis: usize| match axis < first {
                    true => at[axis]..at[axis] + 1,
                    false => roi.range(axis),
                };
                let part = Roi::from_ranges((0..roi.rank()).map(range))?;
                let scaled = self.scaled(&part, scale, checkpoint)?;
                let scaled = bytes_of(&scaled)?;
                bytes[place..place + scaled.len()].copy_from_slice(&scaled);
                place += scaled.len();
                if !advance(&mut at[..first], roi) {
                    return Ok(());
                }
            }
        })
    }

    fn scaled(&self, part: &Roi, (slope, inter): (f64, f64), checkpoint: &Checkpoint) -> Result<Array, Error> {
        let mut stored = Array::zeros(self.meta.axes(), part.shape().as_slice(), self.stored)?;
        self.samples.read(part, &mut stored, checkpoint)?;
        let wide = stored.cast(DType::F64)?;
        match self.meta.dtype() {
            DType::F64 => wide.map(|value: f64| value * slope + inter),
            _ => wide.map(|value: f64| (value * slope + inter) as f32),
        }
    }
}

impl Source for Nifti {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let read = match self.scale {
            None => self.samples.read(roi, out, checkpoint),
            Some(scale) => self.read_scaled(roi, scale, out, checkpoint),
        };
        read.context(format_args!("cannot read `{}`", self.name))
    }

    fn scratch(&self, roi: &Roi) -> u64 {
        let beside = match self.scale {
            None => 0,
            Some(_) => {
                let first = run_axis(&roi.shape(), self.stored, self.samples.piece());
                let run: usize = (first..roi.rank()).map(|axis| roi.range(axis).len()).product();
                // As stored, as f64, as scaled.
                run as u64 * (self.stored.size() + 8 + self.meta.dtype().size()) as u64
            }
        };
        self.samples.scratch() + beside
    }
}
