//! An image with an axis of time, written as a clip.

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::graph::Meta;
use crate::io::create::Create;
use crate::io::guard::guarded;
use crate::io::location::Location;
use crate::io::sink::{Saved, Sink, WriteOrder, check_block};
use crate::io::turn::Turn;
use crate::io::y4m::{Settings, Writer};
use crate::roi::{Roi, Shape};

struct ClipSink {
    name: String,
    meta: Meta,
    writer: Turn<Writer>,
}

/// Begins the file, of 25 frames in a second.
///
/// # Errors
///
/// As [`Create::create`], without the file's name.
pub(crate) fn create(at: &Location, meta: &Meta, how: &Create) -> Result<Box<dyn Sink>, Error> {
    check(meta)?;
    // It is a stream: there is nothing to resume.
    let settings = Settings::new().replace(how.replace).durable(!how.volatile);
    let writer = Turn::new(Writer::begin(at, settings)?);
    let (name, meta) = (at.to_string(), meta.clone());
    Ok(Box::new(ClipSink { name, meta, writer }))
}

/// That there are clips of such images.
fn check(meta: &Meta) -> Result<(), Error> {
    let shape = meta.shape();
    let fits = match (&*meta.axes().to_string(), shape.as_slice()) {
        ("tyx", _) | ("tyxc", [.., 1 | 3]) => shape.iter().all(|length| length > 0),
        _ => false,
    };
    if !fits {
        return Err(Error::invalid(format!(
            "a clip has the axes `tyx`, or `tyxc` with 1 or 3 channels, and a frame, not `{}` {shape}: reorder it on export",
            meta.axes()
        )));
    }
    match meta.dtype() {
        DType::U8 | DType::U16 | DType::Bool => Ok(()),
        other => Err(Error::invalid(format!(
            "Y4M holds u8, u16 and bool, not {other}: normalise it on export, to u8"
        ))),
    }
}

impl ClipSink {
    fn write(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        check_block(&self.meta, &self.unit(), roi, block)?;
        let mut writer = self.writer.take(checkpoint)?;
        for number in roi.range(0) {
            if number as u64 != writer.frames() {
                return Err(Error::invalid(format!(
                    "frame {number} comes where frame {} is due",
                    writer.frames()
                )));
            }
            let at = number - roi.range(0).start;
            let frame = block.slice(&Roi::full(roi.shape()).with_axis(0, at..at + 1)?)?;
            let axes = if frame.axes().contains('c') { "yxc" } else { "yx" };
            writer.write(&frame.to_axes(axes)?, checkpoint)?;
        }
        Ok(())
    }
}

impl Sink for ClipSink {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> Shape {
        let whole = self.meta.shape();
        Shape::from_fn(whole.rank(), |axis| if axis == 0 { 1 } else { whole[axis] })
    }

    fn order(&self) -> WriteOrder {
        WriteOrder::Ascending
    }

    /// The planes of a frame.
    fn scratch(&self, _roi: &Roi) -> u64 {
        let pixels = self.unit().saturating_volume() as u64;
        pixels.saturating_mul(self.meta.dtype().size() as u64)
    }

    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let written = guarded(|| self.write(roi, block, checkpoint));
        written.context(format_args!("cannot write `{}`", self.name))
    }

    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let (writer, frames) = (self.writer.into_inner(), self.meta.shape()[0]);
        if writer.frames() != frames as u64 {
            let message = format!("{} of its {frames} frames have been written", writer.frames());
            return Err(Error::msg(message).context(format!("cannot write `{}`", self.name)));
        }
        writer.finish(checkpoint)
    }
}
