//! Reading PNG and JPEG.

use std::io::BufReader;

use ::image::{ColorType, ImageDecoder, ImageError};

use crate::array::{Array, Axes, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Meta;
use crate::io::blob::Blob;
use crate::io::boxes::{Layout, copy};
use crate::io::bytes::{fill, zeroed};
use crate::io::file_reader::FileReader;
use crate::io::flat::cut_short;
use crate::io::format::Format;
use crate::io::guard::guarded;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::picture::{jpeg, png};
use crate::io::reading::Reading;
use crate::io::source::Source;
use crate::roi::{Roi, Shape};
use crate::sync::Arc;

struct Picture {
    name: String,
    meta: Meta,
    blob: Arc<Blob>,
    format: Format,
    stored: Stored,
    limit: Limit,
    scratch: u64,
}

/// How a picture's samples come out of its decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stored {
    width: u32,
    height: u32,
    /// With alpha.
    channels: usize,
    dtype: DType,
}

impl Stored {
    /// Grey or RGB.
    fn kept(self) -> usize {
        if self.channels < 3 { 1 } else { 3 }
    }

    fn row(self) -> u64 {
        u64::from(self.width) * (self.channels * self.dtype.size()) as u64
    }

    fn nbytes(self) -> u64 {
        self.row().saturating_mul(self.height.into())
    }

    fn of(decoder: &dyn ImageDecoder) -> Result<Self, Error> {
        let (channels, dtype) = match decoder.color_type() {
            ColorType::L8 => (1, DType::U8),
            ColorType::La8 => (2, DType::U8),
            ColorType::Rgb8 => (3, DType::U8),
            ColorType::Rgba8 => (4, DType::U8),
            ColorType::L16 => (1, DType::U16),
            ColorType::La16 => (2, DType::U16),
            ColorType::Rgb16 => (3, DType::U16),
            ColorType::Rgba16 => (4, DType::U16),
            other => return Err(Error::invalid(format!("{other:?} pixels are not supported"))),
        };
        let (width, height) = decoder.dimensions();
        Ok(Self {
            width,
            height,
            channels,
            dtype,
        })
    }
}

/// Opens the file of `format`.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open, format: Format) -> Result<Box<dyn Source>, Error> {
    let blob = Arc::new(Blob::open(at, how)?);
    let length = blob.length();
    let (stored, overhead) = match format {
        Format::Jpeg => {
            let stream = FileReader::new(&blob, 0, length).watched_by(&Reading::of(&how.checkpoint));
            let frame = jpeg::frame(BufReader::new(stream))?;
            // Of four components, CMYK or RGB with ink, the decoder makes RGB.
            let channels = if frame.components < 3 { 1 } else { 3 };
            let stored = Stored {
                width: frame.width,
                height: frame.height,
                channels,
                dtype: DType::U8,
            };
            (stored, jpeg::overhead(frame, length))
        }
        _ => {
            let stream = FileReader::new(&blob.nearby(&how.checkpoint)?, 0, length);
            let stored = Stored::of(&*png::decoder(stream, how.limit, &how.checkpoint)?)?;
            (stored, png::overhead(stored.row()))
        }
    };
    let meta = describe(stored, how.axes)?;
    // An object is in memory as a whole.
    let whole = if blob.is_near() { 0 } else { length };
    let scratch = stored.nbytes().saturating_add(overhead).saturating_add(whole);
    Ok(Box::new(Picture {
        name: at.to_string(),
        meta,
        blob,
        format,
        stored,
        limit: how.limit,
        scratch,
    }))
}

fn describe(stored: Stored, axes: Option<Axes>) -> Result<Meta, Error> {
    let (width, height) = (stored.width as usize, stored.height as usize);
    if width == 0 || height == 0 {
        return Err(Error::invalid(format!("a picture of {width} × {height} pixels")));
    }
    let meta = match stored.kept() {
        1 => Meta::new(
            Shape::new([height, width])?,
            stored.dtype,
            axes.unwrap_or("yx".parse()?),
        ),
        n => Meta::new(
            Shape::new([height, width, n])?,
            stored.dtype,
            axes.unwrap_or("yxc".parse()?),
        ),
    }?;
    let whole = meta.shape();
    Ok(meta.with_ideal_block(whole))
}

impl Picture {
    /// The samples of the whole picture, without alpha.
    fn decode(&self, checkpoint: &Checkpoint) -> Result<Vec<u8>, Error> {
        self.limit.admit(self.scratch)?;
        let stream = FileReader::new(&self.blob.nearby(checkpoint)?, 0, self.blob.length());
        let decoder = match self.format {
            Format::Jpeg => jpeg::decoder(stream, self.limit, checkpoint)?,
            _ => png::decoder(stream, self.limit, checkpoint)?,
        };
        if Stored::of(&*decoder)? != self.stored || decoder.total_bytes() != self.stored.nbytes() {
            return Err(Error::msg(
                "it has changed since it was opened, or its headers disagree",
            ));
        }
        let mut samples = zeroed(self.stored.nbytes())?;
        let read = decoder.read_image_boxed(&mut samples);
        read.map_err(|error| image_error(error, self.limit))?;
        let item = self.stored.dtype.size();
        drop_alpha(&mut samples, self.stored.channels * item, self.stored.kept() * item);
        Ok(samples)
    }
}

impl Source for Picture {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let item = self.stored.dtype.size();
        let read = guarded(|| {
            let samples = self.decode(checkpoint)?;
            fill(out, |bytes| {
                let (from, to) = (Layout::of(&self.meta.roi(), item), Layout::of(roi, item));
                copy((&samples, &from), (bytes, &to), roi, item, checkpoint)
            })
        });
        read.map_err(|cause| match checkpoint.check() {
            // A decoder that was stopped reports a broken stream: the reason to stop is the better answer.
            Err(reason) => reason,
            Ok(()) => cause.context(format!("cannot read `{}`", self.name)),
        })
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        self.scratch
    }
}

/// Keeps the first `kept` of every `stored` bytes, in place.
fn drop_alpha(samples: &mut Vec<u8>, stored: usize, kept: usize) {
    if stored == kept {
        return;
    }
    let pixels = samples.len() / stored;
    for pixel in 0..pixels {
        samples.copy_within(pixel * stored..pixel * stored + kept, pixel * kept);
    }
    samples.truncate(pixels * kept);
}

/// The errors of the `image` crate, without the names that only its users know.
pub(super) fn image_error(error: ImageError, limit: Limit) -> Error {
    match error {
        ImageError::IoError(error) => cut_short(error),
        ImageError::Limits(_) => limit.exceeded_somehow(),
        // A decoder's own message, on one line whatever it quotes.
        other => {
            let message = other.to_string();
            Error::msg(message.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::drop_alpha;

    #[test]
    fn alpha_is_dropped_and_colours_stay_in_order() {
        let mut samples = vec![1, 2, 3, 0, 4, 5, 6, 0];
        drop_alpha(&mut samples, 4, 3);
        assert_eq!(samples, [1, 2, 3, 4, 5, 6]);
        drop_alpha(&mut samples, 3, 3);
        assert_eq!(samples.len(), 6);
    }
}
