//! A clip as an image with an axis of time.

use std::io::BufReader;

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Meta;
use crate::io::blob::Blob;
use crate::io::bytes::{Endian, fill, to_native};
use crate::io::file_reader::FileReader;
use crate::io::flat::cut_short;
use crate::io::guard::guarded;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::reading::Reading;
use crate::io::source::Source;
use crate::io::y4m::convert::planar;
use crate::io::y4m::{Chroma, Frame, Header};
use crate::roi::{Roi, Shape};
use crate::sync::Arc;

/// What stands before the samples of a frame without parameters.
const MARK: &[u8] = b"FRAME\n";
/// What is read at a time: between two looks at the checkpoint.
const PIECE: usize = 256 << 10;

struct Clip {
    name: String,
    meta: Meta,
    header: Header,
    blob: Arc<Blob>,
    /// Where the first frame begins.
    start: u64,
    /// Bytes of the samples of a frame.
    nbytes: u64,
    limit: Limit,
}

/// Opens the file.
///
/// # Errors
///
/// As [`crate::io::open`], without the file's name.
pub(crate) fn open(at: &Location, how: &Open) -> Result<Box<dyn Source>, Error> {
    let blob = Arc::new(Blob::open(at, how)?);
    let stream = FileReader::new(&blob, 0, blob.length()).watched_by(&Reading::of(&how.checkpoint));
    let (header, start) = Header::read(&mut BufReader::new(stream))?;
    let too_short = || cut_short(std::io::ErrorKind::UnexpectedEof.into());
    let nbytes = header.frame_nbytes().ok_or_else(too_short)?;
    let each = nbytes.checked_add(MARK.len() as u64).ok_or_else(too_short)?;
    let samples = blob.length().saturating_sub(start);
    if samples > 0 {
        check_mark(&blob, start, &how.checkpoint)?;
    }
    if !samples.is_multiple_of(each) {
        return Err(too_short());
    }
    let meta = describe(&header, (samples / each) as usize, how.axes)?;
    Ok(Box::new(Clip {
        name: at.to_string(),
        meta,
        header,
        blob,
        start,
        nbytes,
        limit: how.limit,
    }))
}

/// That a frame without parameters begins at `place`.
fn check_mark(blob: &Blob, place: u64, checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut mark = [0; MARK.len()];
    blob.read(&mut mark, place, checkpoint)?;
    match &mark {
        mark if mark == MARK => Ok(()),
        b"FRAME " => Err(Error::invalid(
            "its frames have parameters, so that their places are not known: read one after the other (`y4m::Reader`)",
        )),
        _ => Err(Error::invalid("there is something else where a frame is due (damaged)")),
    }
}

fn describe(header: &Header, frames: usize, axes: Option<Axes>) -> Result<Meta, Error> {
    let (height, width, space) = (header.height, header.width, header.colour_space);
    let (shape, usual) = match space.chroma() {
        Chroma::Mono => (vec![frames, height, width], "tyx"),
        _ => (vec![frames, height, width, 3], "tyxc"),
    };
    let meta = Meta::new(Shape::new(&*shape)?, space.dtype(), axes.unwrap_or(usual.parse()?))?;
    let block: Vec<_> = [1].into_iter().chain(shape.into_iter().skip(1)).collect();
    Ok(meta.with_ideal_block(Shape::new(block)?))
}

impl Clip {
    fn frame(&self, number: usize, checkpoint: &Checkpoint) -> Result<Frame, Error> {
        let place = self.start + number as u64 * (self.nbytes + MARK.len() as u64);
        check_mark(&self.blob, place, checkpoint)?;
        let mut place = place + MARK.len() as u64;
        let space = self.header.colour_space;
        let mut planes = Vec::new();
        for shape in space.planes(self.header.height, self.header.width) {
            let mut plane = Array::zeros(planar(), &shape, space.dtype())?;
            fill(&mut plane, |bytes| {
                for piece in bytes.chunks_mut(PIECE) {
                    checkpoint.check()?;
                    self.blob.read(piece, place, checkpoint)?;
                    place += piece.len() as u64;
                }
                to_native(bytes, space.dtype().size(), Endian::Little);
                Ok(())
            })?;
            planes.push(plane);
        }
        Frame::new(space, self.header.is_full_range(), planes)
    }

    fn read_frames(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.limit.admit(self.scratch(roi))?;
        let (axes, shape) = (out.axes(), roi.shape());
        for number in roi.range(0) {
            let picture = self.frame(number, checkpoint)?.to_array(checkpoint)?;
            let inner = Roi::from_ranges(roi.ranges().skip(1))?;
            // The axes of a part are those of the image, whatever somebody calls them.
            let letters: String = axes.iter().skip(1).collect();
            let part = picture.slice(&inner)?.with_axes(letters.as_str())?.to_axes(axes)?;
            let at = number - roi.range(0).start;
            out.assign_region(&Roi::full(shape).with_axis(0, at..at + 1)?, &part)?;
        }
        Ok(())
    }
}

impl Source for Clip {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let read = match roi.is_empty() {
            true => Ok(()),
            false => guarded(|| self.read_frames(roi, out, checkpoint)),
        };
        read.map_err(|cause| cause.context(format!("cannot read `{}`", self.name)))
    }

    /// A frame as it is stored and as a picture.
    fn scratch(&self, roi: &Roi) -> u64 {
        if roi.is_empty() {
            return 0;
        }
        let pixels = self.header.height as u64 * self.header.width as u64;
        let picture = pixels.saturating_mul(3 * self.meta.dtype().size() as u64);
        self.nbytes.saturating_add(picture)
    }
}
