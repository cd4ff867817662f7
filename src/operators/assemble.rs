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
    let (axes, dtype, buffers) = (meta.axes(), meta.dtype(), buffers(cx.runtime()));
    let put = move |checkpoint: &Checkpoint| {
        let mut out = kernels::pooled(&buffers, axes, roi.shape().as_slice(), dtype, checkpoint)?;
        kernels::assemble(&parts, &mut out, checkpoint)?;
        Ok(out)
    };
    match is_small(meta, &roi)? {
        true => put(&Checkpoint::never()),
        false => cx.compute(put).await,
    }
}

/// The same for parts that come one after the other: each is written when it is there, and then gone.
pub(crate) async fn assemble_each(
    cx: &Execute,
    meta: &Meta,
    roi: Roi,
    parts: impl Stream<Item = Result<(Roi, Array), Error>>,
) -> Result<Array, Error> {
    let mut parts = pin!(parts);
    let (axes, dtype, buffers) = (meta.axes(), meta.dtype(), buffers(cx.runtime()));
    let room =
        move |checkpoint: &Checkpoint| kernels::pooled(&buffers, axes, roi.shape().as_slice(), dtype, checkpoint);
    // From kernel to kernel: there is one at a time, which has it alone. The first one makes it, and after one that failed none
    // follows.
    let between = Arc::new(Mutex::new(None));
    while let Some((place, array)) = parts.try_next().await? {
        let (part, between, room) = ([(place.relative_to(&roi)?, array)], Arc::clone(&between), room.clone());
        let write = move |checkpoint: &Checkpoint| {
            let before = between.lock().take();
            let mut out = before.map_or_else(|| room(checkpoint), Ok)?;
            kernels::assemble(&part, &mut out, checkpoint)?;
            *between.lock() = Some(out);
            Ok(())
        };
        match is_small(meta, &roi)? {
            true => write(&Checkpoint::never())?,
            false => cx.compute(write).await?,
        }
    }
    let out = between.lock().take();
    // Without parts there is nothing in it.
    out.map_or_else(|| room(&Checkpoint::never()), Ok)
}

/// How many blocks are asked for at the same time: so many that no thread waits for the next.
pub(crate) fn at_once(cx: &Execute) -> usize {
    2 * cx.runtime().compute_threads().max(1)
}

/// Whether the request itself puts it together.
fn is_small(meta: &Meta, roi: &Roi) -> Result<bool, Error> {
    Ok(roi.volume()?.saturating_mul(meta.dtype().size()) <= SMALL)
}
