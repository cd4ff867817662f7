//! The inner loops, in pieces that are short enough to be stopped in between.

use std::array::from_fn;

use pulp::Arch;

use super::combine;
use super::fir::{self, BLOCK, Part};
use super::recipe::Combine;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many multiplications are done between two looks at the checkpoint: well below a millisecond even one at a time.
const PATIENCE: usize = 1 << 18;

/// How many multiplications about as much as finding the eigenvalues of one matrix take.
const COMBINING: usize = 64;

/// What the inner loops run on, and who may stop them.
#[derive(Clone, Copy)]
pub(super) struct Loops<'a> {
    pub(super) arch: Arch,
    pub(super) checkpoint: &'a Checkpoint,
}

impl Loops<'_> {
    /// [`fir::vertical`].
    pub(super) fn vertical(&self, parts: &[Part<'_>], starts: &[usize], out: &mut [&mut [f32]]) -> Result<(), Error> {
        let (rows, width) = (out.len(), out.first().map_or(0, |row| row.len()));
        let piece = piece(weights(parts) * BLOCK);
        if width <= piece {
            self.checkpoint.check()?;
            fir::vertical(self.arch, parts, starts, out);
            return Ok(());
        }
        for at in (0..width).step_by(piece) {
            self.checkpoint.check()?;
            let end = width.min(at + piece);
            let mut out = block_of(out.iter_mut().map(|row| &mut row[at..end]));
            fir::vertical(self.arch, &shifted(parts, at), starts, &mut out[..rows]);
        }
        Ok(())
    }

    /// [`fir::horizontal`].
    pub(super) fn horizontal(&self, parts: &[Part<'_>], step: usize, out: &mut [f32]) -> Result<(), Error> {
        let piece = piece(weights(parts));
        if out.len() <= piece {
            // As many rows as four times the planes come one after the other.
            if out.len() > piece / 32 {
                self.checkpoint.check()?;
            }
            fir::horizontal(self.arch, parts, step, out);
            return Ok(());
        }
        for (index, out) in out.chunks_mut(piece).enumerate() {
            self.checkpoint.check()?;
            fir::horizontal(self.arch, &shifted(parts, index * piece), step, out);
        }
        Ok(())
    }

    /// [`combine::row`].
    pub(super) fn combine(&self, combine: Combine, values: &[&[f32]], out: &mut [&mut [f32]]) -> Result<(), Error> {
        let (width, piece) = (values[0].len(), piece(COMBINING));
        for at in (0..width).step_by(piece) {
            if at > 0 {
                self.checkpoint.check()?;
            }
            let end = width.min(at + piece);
            let values: [&[f32]; combine::MOST] =
                from_fn(|value| values.get(value).map_or(&[][..], |row| &row[at..end]));
            combine::row(self.arch, combine, &values, out, at);
        }
        Ok(())
    }
}

/// How many multiplications an element takes.
fn weights(parts: &[Part<'_>]) -> usize {
    parts.iter().map(|part| part.taps.half().len()).sum()
}

/// The same, `at` elements on.
fn shifted<'a>(parts: &[Part<'a>], at: usize) -> Vec<Part<'a>> {
    let shifted = parts.iter().map(|part| Part {
        data: &part.data[at..],
        ..*part
    });
    shifted.collect()
}

/// How many outputs of `taps` multiplications each to compute between two looks at the checkpoint.
fn piece(taps: usize) -> usize {
    (PATIENCE / taps.max(1)).next_multiple_of(64)
}

/// The first [`BLOCK`] of `rows`; empty ones for those that are missing.
pub(super) fn block_of<'a>(mut rows: impl Iterator<Item = &'a mut [f32]>) -> [&'a mut [f32]; BLOCK] {
    from_fn(|_| rows.next().unwrap_or_default())
}
