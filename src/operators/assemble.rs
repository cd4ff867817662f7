//! What an operator does that gives a region from parts.

use std::pin::pin;

use futures::{Stream, TryStreamExt};

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Execute, Meta};
use crate::kernels;
use crate::operators::buffers::buffers;
use crate::roi::Roi;
use crate::sync::{Arc, Mutex};

/// What is done as part of the request rather than in the compute pool, in bytes: moving there and back takes as long.
pub(crate) const SMALL: usize = 1 << 12;

/// Puts `parts` together, which make up `roi` of an output without overlapping. One that is all of it is handed on.
pub(crate) async fn assemble(cx: &Execute, meta: &Meta, roi: Roi, parts: Vec<(Roi, Array)>) -> Result<Array, Error> {
    if let [(place, array)] = &parts[..]
        && *place == roi
    {
        return Ok(array.clone());
    }
    let relative = |(place, array): (Roi, Array)| Ok((place.relative_to(&roi)?, array));
    let parts: Vec<_> = parts.into_iter().map(relative).collect::<Result<_, Error>>()?;
    let mut out = buffers(cx.runtime()).array(meta.axes(), roi.shape().as_slice(), meta.dtype())?;
    if out.nbytes() <= SMALL {
        kernels::assemble(&parts, &mut out, &Checkpoint::never())?;
        return Ok(out);
    }
    let kernel = cx.compute(move |checkpoint| {
        let mut out = out;
        kernels::assemble(&parts, &mut out, checkpoint)?;
        Ok(out)
    });
    kernel.await
}

/// The same for parts that come one after the other: each is written when it is there, and then gone.
pub(crate) async fn assemble_each(
    cx: &Execute,
    meta: &Meta,
    roi: Roi,
    parts: impl Stream<Item = Result<(Roi, Array), Error>>,
) -> Result<Array, Error> {
    let mut parts = pin!(parts);
    let out = buffers(cx.runtime()).array(meta.axes(), roi.shape().as_slice(), meta.dtype())?;
    let is_small = out.nbytes() <= SMALL;
    // From kernel to kernel: there is one at a time, which has it alone.
    let between = Arc::new(Mutex::new(Some(out)));
    while let Some((place, array)) = parts.try_next().await? {
        let (part, between) = ([(place.relative_to(&roi)?, array)], Arc::clone(&between));
        let write = move |checkpoint: &Checkpoint| {
            let mut out = between.lock().take().ok_or_else(lost)?;
            kernels::assemble(&part, &mut out, checkpoint)?;
            *between.lock() = Some(out);
            Ok(())
        };
        match is_small {
            true => write(&Checkpoint::never())?,
            false => cx.compute(write).await?,
        }
    }
    let out = between.lock().take();
    out.ok_or_else(lost)
}

/// After a kernel that failed none follows.
fn lost() -> Error {
    Error::msg("a part was to be written to a result that is gone")
}
