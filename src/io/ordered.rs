//! Blocks that come one after another, into a stream.

use std::io::Write;

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Meta;
use crate::io::boxes::Layout;
use crate::io::bytes::bytes_of;
use crate::io::turn::Turn;
use crate::roi::Roi;

/// What is handed to the stream between two looks at the checkpoint. Deflating it takes about a millisecond.
const PIECE: usize = 32 << 10;

/// A stream that takes the samples of an image in C order.
pub(crate) struct Ordered<W> {
    whole: Roi,
    dtype: DType,
    next: Turn<Next<W>>,
}

struct Next<W> {
    stream: W,
    /// The first byte that is missing.
    at: usize,
    /// Whether a piece of a block got in without the rest: nothing can follow.
    torn: bool,
}

impl<W: Write> Ordered<W> {
    /// The samples of an image like `meta` go into `stream`.
    pub(crate) fn new(stream: W, meta: &Meta) -> Self {
        let next = Next {
            stream,
            at: 0,
            torn: false,
        };
        Self {
            whole: meta.roi(),
            dtype: meta.dtype(),
            next: Turn::new(next),
        }
    }

    /// Appends `block`, the content of `roi`.
    ///
    /// # Errors
    ///
    /// A region that is not the next; the stream's errors, the checkpoint's reason. After one in the middle of a block, all
    /// further ones fail.
    pub(crate) fn write(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.write_when(roi, block, checkpoint, || Ok(()))
    }

    /// The same; before each piece, at most 32 KiB, `ready` is asked.
    ///
    /// # Errors
    ///
    /// As there; those of `ready`.
    pub(crate) fn write_when(
        &self,
        roi: &Roi,
        block: &Array,
        checkpoint: &Checkpoint,
        ready: impl Fn() -> Result<(), Error>,
    ) -> Result<(), Error> {
        if roi.is_empty() {
            return Ok(());
        }
        let mut next = self.next.take(checkpoint)?;
        let start = Layout::of(&self.whole, self.dtype.size()).offset(roi.start());
        if next.torn || start != next.at || !self.is_run(roi) {
            return Err(Error::invalid(format!("{roi} is not what comes next in a stream")));
        }
        let bytes = bytes_of(block)?;
        next.torn = true;
        for piece in bytes.chunks(PIECE) {
            checkpoint.check()?;
            ready()?;
            next.stream.write_all(piece)?;
        }
        next.torn = false;
        next.at += bytes.len();
        Ok(())
    }

    /// Whether the samples of `roi` lie side by side.
    fn is_run(&self, roi: &Roi) -> bool {
        let first = (0..roi.rank())
            .find(|axis| roi.range(*axis).len() > 1)
            .unwrap_or(roi.rank());
        (first + 1..roi.rank()).all(|axis| roi.range(axis) == self.whole.range(axis))
    }

    /// The stream, which has them all.
    ///
    /// # Errors
    ///
    /// That it has not.
    pub(crate) fn end(self) -> Result<W, Error> {
        let all = self.whole.shape().saturating_volume() * self.dtype.size();
        let next = self.next.into_inner();
        match !next.torn && next.at == all {
            true => Ok(next.stream),
            false => Err(Error::msg(format!("{} of {all} bytes have been written", next.at))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roi;
    use crate::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_stream_that_has_no_room_gets_no_piece() {
        let image = Array::zeros("yx", &[8, PIECE], DType::U8).unwrap();
        let ordered = Ordered::new(Vec::new(), &Meta::of(&image));
        let (left, never) = (AtomicUsize::new(3), Checkpoint::never());
        let ready = || {
            let taken = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            taken.map(drop).map_err(|_| Error::msg("no room"))
        };
        let refused = ordered.write_when(&roi![0..8, 0..PIECE], &image, &never, ready);
        assert_eq!(refused.unwrap_err().report(), "no room");
        assert_eq!(ordered.next.into_inner().stream.len(), 3 * PIECE);
    }
}
