//! Writing PNG and JPEG.

use std::fs::File;
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};

use ::image::codecs::jpeg::JpegEncoder;
use ::image::codecs::png::PngEncoder;
use ::image::{ExtendedColorType, ImageEncoder as _, ImageError};

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::bytes::bytes_of;
use crate::io::create::Create;
use crate::io::flat::Flat;
use crate::io::format::Format;
use crate::io::guard::guarded;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, check_block};
use crate::io::staging::Staging;
use crate::io::turn::Turn;
use crate::io::watched::Watched;
use crate::roi::{Roi, Shape};

/// Of JPEG: little is lost that an eye would see.
const QUALITY: u8 = 90;
/// What the encoder holds of the picture: its own order of bytes, the filtered rows, the compressed ones.
const COPIES: u64 = 4;

struct PictureSink {
    name: String,
    meta: Meta,
    format: Format,
    color: ExtendedColorType,
    width: u32,
    height: u32,
    limit: Limit,
    canvas: Turn<Canvas>,
    staging: Staging,
}

/// The file that grows.
struct Canvas {
    file: File,
    /// Whether all of it is there.
    written: bool,
}

/// Begins the file.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create, format: Format) -> Result<Box<dyn Sink>, Error> {
    let (height, width, channels) = sides(meta)?;
    let color = color(meta.dtype(), channels, format)?;
    let most = if format == Format::Jpeg {
        u32::from(u16::MAX)
    } else {
        i32::MAX as u32
    };
    let side = |pixels: usize| {
        let side = u32::try_from(pixels).ok().filter(|side| (1..=most).contains(side));
        side.ok_or_else(|| {
            Error::invalid(format!(
                "a side of {pixels} pixels: {format} has sides from 1 to {most}"
            ))
        })
    };
    let (width, height) = (side(width)?, side(height)?);
    // It is written in one piece: there is nothing to resume.
    let staging = Staging::new(at.path(), how.replace, false)?.durable(!how.volatile);
    let file = staging.new_file()?;
    Ok(Box::new(PictureSink {
        name: at.to_string(),
        meta: meta.clone(),
        format,
        color,
        width,
        height,
        limit: how.limit,
        canvas: Turn::new(Canvas { file, written: false }),
        staging,
    }))
}

/// Height, width, channels.
fn sides(meta: &Meta) -> Result<(usize, usize, usize), Error> {
    let shape = meta.shape();
    match (&*meta.axes().to_string(), shape.as_slice()) {
        ("yx", &[height, width]) => Ok((height, width, 1)),
        ("yxc", &[height, width, channels @ (1 | 3)]) => Ok((height, width, channels)),
        (axes, _) => Err(Error::invalid(format!(
            "a picture has the axes `yx`, or `yxc` with 1 or 3 channels, not `{axes}` {shape}: crop or reorder it on export, \
             or write a stack of pictures with `{{z}}` in the file's name"
        ))),
    }
}

fn color(dtype: DType, channels: usize, format: Format) -> Result<ExtendedColorType, Error> {
    match (dtype, channels, format) {
        (DType::U8 | DType::Bool, 1, _) => Ok(ExtendedColorType::L8),
        (DType::U8 | DType::Bool, _, _) => Ok(ExtendedColorType::Rgb8),
        (DType::U16, 1, Format::Png) => Ok(ExtendedColorType::L16),
        (DType::U16, _, Format::Png) => Ok(ExtendedColorType::Rgb16),
        (other, _, format) => {
            let known = if format == Format::Png {
                "u8, u16 and bool"
            } else {
                "u8 and bool"
            };
            Err(Error::invalid(format!(
                "{format} holds {known}, not {other}: normalise it on export, to u8"
            )))
        }
    }
}

impl PictureSink {
    fn encode(&self, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let mut samples = bytes_of(block)?;
        if self.meta.dtype() == DType::Bool {
            samples.to_mut().iter_mut().for_each(|sample| *sample *= 255);
        }
        let mut canvas = self.canvas.take(checkpoint)?;
        // Again, if it has been written before.
        canvas.written = false;
        canvas.file.set_len(0)?;
        canvas.file.seek(SeekFrom::Start(0))?;
        let mut stream = BufWriter::new(Watched::new(&canvas.file, checkpoint));
        let (width, height) = (self.width, self.height);
        let encoded = match self.format {
            Format::Jpeg => {
                JpegEncoder::new_with_quality(&mut stream, QUALITY).encode(&samples, width, height, self.color)
            }
            _ => PngEncoder::new(&mut stream).write_image(&samples, width, height, self.color),
        };
        encoded.map_err(|error| match error {
            ImageError::IoError(error) => error.into(),
            other => Error::msg(other.to_string()),
        })?;
        stream.flush()?;
        drop(stream);
        canvas.written = true;
        Ok(())
    }
}

impl Sink for PictureSink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        self.meta.shape()
    }

    fn scratch(&self, _roi: &Roi) -> u64 {
        let nbytes = Flat::nbytes(&self.meta.shape(), self.meta.dtype());
        nbytes.unwrap_or(u64::MAX).saturating_mul(COPIES)
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = guarded(|| {
            check_block(&self.meta, &self.unit(), roi, block)?;
            if roi.is_empty() {
                return Ok(());
            }
            self.limit.admit(self.scratch(roi))?;
            self.encode(block, checkpoint)
        });
        written.map_err(|cause| match checkpoint.check() {
            Err(reason) => reason,
            Ok(()) => cause.context(format!("cannot write `{}`", self.name)),
        })
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let context = format!("cannot write `{}`", self.name);
        if !self.canvas.into_inner().written {
            return Err(Error::msg("the picture has not been written").context(context));
        }
        self.staging.commit(checkpoint).context(context)
    }
}
