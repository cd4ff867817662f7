//! Samples that lie compressed in one stream: NPZ's deflated entries, `.nii.gz`.
//!
//! There is no way into the middle of such a stream: a region is found by inflating all before it. What has been inflated is
//! not kept, but the places where reads stopped are, so that regions that follow each other, slice after slice, cost one pass in
//! all; and one for each who reads, if several do at the same time.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read};

use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::blob::Blob;
use crate::io::boxes::Layout;
use crate::io::bytes::{self, Endian};
use crate::io::file_reader::FileReader;
use crate::io::flat::{Flat, cut_short, runs};
use crate::io::limit::Limit;
use crate::io::reading::Reading;
use crate::roi::{Roi, Shape};
#[cfg(test)]
use crate::sync::atomic::{TALLY, Tally};
use crate::sync::{Arc, Mutex};

/// What is inflated between two looks at the checkpoint: some hundred microseconds.
const PIECE: usize = 64 << 10;
/// What a decoder holds: its window, its tables, the buffers before and behind it.
const SCRATCH: u64 = 256 << 10;
/// What is fetched at a time of an object.
const FETCHED: usize = 2 << 20;
/// The most places that are kept: who reads with more threads at a time begins anew now and then.
const MOST_KEPT: usize = 32;
/// Deflate makes at most this of a byte.
const MOST_GROWTH: u64 = 1032;
/// What an ideal block has at most, so that a region of several is no surprise.
const IDEAL: usize = 4 << 20;

/// How a stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// Bare deflate.
    Deflate,
    /// Gzip, of one member or several.
    Gzip,
}

/// Where a compressed stream lies in its file or object.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(crate) blob: Arc<Blob>,
    pub(crate) start: u64,
    pub(crate) length: u64,
    pub(crate) wrapping: Wrapping,
    /// The bytes that it inflates to and their checksum, where the file tells them apart from the stream.
    pub(crate) sum: Option<(u64, u32)>,
}

impl Packed {
    /// The stream, inflated, from its beginning, for whoever is `reading`.
    pub(crate) fn stream(&self, reading: &Reading) -> Box<dyn Read + Send> {
        let stream = FileReader::new(&self.blob, self.start, self.length).watched_by(reading);
        let stream = BufReader::with_capacity(self.fetched(), stream);
        match self.wrapping {
            Wrapping::Deflate => Box::new(DeflateDecoder::new(stream)),
            Wrapping::Gzip => Box::new(MultiGzDecoder::new(stream)),
        }
    }

    /// What is read of it at a time.
    fn fetched(&self) -> usize {
        if self.blob.is_near() { PIECE } else { FETCHED }
    }

    /// What a decoder of it holds.
    fn scratch(&self) -> u64 {
        match self.blob.is_near() {
            true => SCRATCH,
            // As it comes, and as it is read.
            false => SCRATCH + 2 * FETCHED as u64,
        }
    }

    /// Whether so short a stream can inflate to `needed` bytes.
    ///
    /// # Errors
    ///
    /// That it cannot.
    pub(crate) fn can_hold(&self, needed: u64) -> Result<(), Error> {
        if self.length.saturating_mul(MOST_GROWTH) >= needed {
            return Ok(());
        }
        Err(Error::msg(format!(
            "{} compressed bytes cannot hold {needed} (cut short or damaged)",
            self.length
        )))
    }
}

/// A box of samples in a compressed stream, in C order.
pub(crate) struct Inflated {
    packed: Packed,
    /// Where the first sample lies in the inflated stream.
    offset: u64,
    /// And where the last one ends.
    end: u64,
    whole: Roi,
    dtype: DType,
    order: Endian,
    /// Where reads stopped, the latest last.
    kept: Mutex<VecDeque<Place>>,
    /// How many there may be.
    most_kept: usize,
    /// How many reads began at the beginning.
    #[cfg(test)]
    begun: Tally,
}

/// A place in the stream, for one read at a time.
struct Place {
    stream: Box<dyn Read + Send>,
    reading: Reading,
    at: u64,
    sum: Crc,
    /// Whether the stream is where `at` says: not after an error.
    sound: bool,
}

impl Inflated {
    /// The samples of `shape` from `offset` of the inflated stream on. What is kept between reads is within `limit`.
    pub(crate) fn new(
        (packed, offset): (Packed, u64),
        shape: Shape,
        (dtype, order): (DType, Endian),
        limit: Limit,
    ) -> Self {
        let whole = Roi::full(shape);
        let end = offset.saturating_add(Flat::nbytes(&shape, dtype).unwrap_or(u64::MAX));
        let room = usize::try_from(limit.get() / packed.scratch()).unwrap_or(MOST_KEPT);
        let most = if packed.blob.is_near() {
            MOST_KEPT
        } else {
            MOST_KEPT / 4
        };
        Self {
            packed,
            offset,
            end,
            whole,
            dtype,
            order,
            kept: Mutex::default(),
            // Half of the room is for the reads themselves.
            most_kept: (room / 2).clamp(1, most),
            #[cfg(test)]
            begun: Tally::new(0),
        }
    }

    /// The most bytes that reading takes beside the result.
    pub(crate) fn scratch(&self) -> u64 {
        // What reads left, and its own.
        (self.most_kept as u64 + 1) * self.packed.scratch()
    }

    /// Fills `out` with `roi`.
    ///
    /// # Errors
    ///
    /// A stream that is cut short or damaged, the checkpoint's reason.
    pub(crate) fn read(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        if roi.is_empty() {
            return Ok(());
        }
        let mut place = self.place_for(roi);
        place.reading.set(checkpoint);
        let read = bytes::fill(out, |bytes| {
            runs(&self.whole, roi, self.dtype.size(), |offset, run| {
                self.skip(&mut place, self.offset + offset, checkpoint)?;
                for piece in bytes[run].chunks_mut(PIECE) {
                    self.take(&mut place, piece, checkpoint)?;
                }
                Ok(())
            })?;
            bytes::to_native(bytes, self.dtype.size(), self.order);
            Ok(())
        });
        place.reading.end();
        // Also if it was stopped: whoever asks again goes on there.
        self.keep(place);
        read
    }

    /// The nearest place that `roi` comes after, taken from those that are kept, or the beginning.
    fn place_for(&self, roi: &Roi) -> Place {
        let first = self.offset + Layout::of(&self.whole, self.dtype.size()).offset(roi.start()) as u64;
        let mut kept = self.kept.lock();
        let before = kept.iter().enumerate().filter(|(_, place)| place.at <= first);
        let nearest = before.max_by_key(|(_, place)| place.at).map(|(nth, _)| nth);
        if let Some(place) = nearest.and_then(|nth| kept.remove(nth)) {
            return place;
        }
        drop(kept);
        #[cfg(test)]
        self.begun.fetch_add(1, TALLY);
        let reading = Reading::default();
        Place {
            stream: self.packed.stream(&reading),
            reading,
            at: 0,
            sum: Crc::new(),
            sound: true,
        }
    }

    fn keep(&self, place: Place) {
        if !place.sound || place.at == self.end {
            return;
        }
        let mut kept = self.kept.lock();
        kept.push_back(place);
        // Those that nobody has gone on from for longest.
        while kept.len() > self.most_kept {
            kept.pop_front();
        }
    }

    fn skip(&self, place: &mut Place, to: u64, checkpoint: &Checkpoint) -> Result<(), Error> {
        let mut waste = [0; 16 << 10];
        while place.at < to {
            let most = (to - place.at).min(waste.len() as u64) as usize;
            self.take(place, &mut waste[..most], checkpoint)?;
        }
        Ok(())
    }

    fn take(&self, place: &mut Place, piece: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        checkpoint.check()?;
        place.sound = false;
        place.stream.read_exact(piece).map_err(cut_short)?;
        place.at += piece.len() as u64;
        if place.at == self.end {
            // The stream's own end, and its checksum if it has one, come after the last sample and a little padding.
            let mut rest = place.stream.by_ref().take(PIECE as u64);
            io::copy(&mut rest, &mut io::sink()).map_err(cut_short)?;
        }
        if let Some((length, sum)) = self.packed.sum {
            place.sum.update(piece);
            if place.at == length && place.sum.sum() != sum {
                return Err(Error::msg("its checksum is wrong (damaged)"));
            }
        }
        place.sound = true;
        Ok(())
    }
}

/// The blocks in which a stream is read best: whole runs of some megabytes, one after another.
///
/// # Errors
///
/// None that a shape could have.
pub(crate) fn run_block(shape: &Shape, dtype: DType) -> Result<Shape, Error> {
    let first = run_axis(shape, dtype, IDEAL);
    let lengths = shape.iter().enumerate();
    let block = lengths.map(|(axis, length)| if axis < first { 1 } else { length.max(1) });
    Ok(Shape::new(block.collect::<Vec<_>>())?)
}

/// The first of the last axes that together have at most `most` bytes; the last one, if that has more.
pub(crate) fn run_axis(shape: &Shape, dtype: DType, most: usize) -> usize {
    let mut bytes = dtype.size();
    for (axis, length) in shape.iter().enumerate().rev() {
        bytes = bytes.saturating_mul(length);
        if bytes > most && axis + 1 < shape.rank() {
            return axis + 1;
        }
    }
    0
}

#[cfg(test)]
#[path = "tests/inflated.rs"]
mod tests;
