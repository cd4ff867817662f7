//! Samples that lie bare in an object: any region is fetched by a few ranges.

use std::ops::Range;

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::{self, Endian};
use crate::io::flat::runs;
use crate::io::limit::Limit;
use crate::io::object::ahead::{Ahead, kept};
use crate::io::object::pool::waiting;
use crate::io::object::remote::Remote;
use crate::io::object::window::Stretch;
use crate::roi::{Roi, Shape};

/// A box of samples in an object, in C order.
#[derive(Debug)]
pub(crate) struct RemoteSamples {
    remote: Remote,
    /// Where the first sample lies.
    offset: u64,
    whole: Roi,
    dtype: DType,
    order: Endian,
    limit: Limit,
}

impl RemoteSamples {
    /// The samples of `shape` in the object at `remote`, from `offset` on.
    pub(super) fn new(remote: Remote, offset: u64, shape: Shape, kind: (DType, Endian), limit: Limit) -> Self {
        let (dtype, order) = kind;
        Self {
            remote,
            offset,
            whole: Roi::full(shape),
            dtype,
            order,
            limit,
        }
    }

    /// The most bytes that reading takes beside the result.
    pub(crate) fn scratch(&self) -> u64 {
        kept(self.limit, 1)
    }

    /// Fills `out` with `roi`.
    ///
    /// # Errors
    ///
    /// The transfer's, an object that is too short, the checkpoint's reason.
    pub(crate) fn read(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        bytes::fill(out, |bytes| {
            waiting(|| self.fetch(roi, bytes, checkpoint))?;
            bytes::to_native(bytes, self.dtype.size(), self.order);
            Ok(())
        })
    }

    fn fetch(&self, roi: &Roi, bytes: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        let place = |place: Range<usize>, found: Option<&[u8]>| {
            bytes[place].copy_from_slice(found.unwrap_or_default());
            Ok(())
        };
        let mut ahead = Ahead::new(&self.remote, (self.limit, 1), checkpoint, place);
        let most = ahead.span() as usize;
        runs(&self.whole, roi, self.dtype.size(), |offset, place| {
            for at in place.clone().step_by(most) {
                let start = self.offset + offset + (at - place.start) as u64;
                let place = at..place.end.min(at + most);
                ahead.push(Stretch::new(start, place.len() as u64), place)?;
            }
            Ok(())
        })?;
        ahead.finish()
    }
}
