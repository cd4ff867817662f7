//! What an operator does that gives a region from parts.

use std::pin::pin;

use futures::{Stream, TryStreamExt};

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Execute, Meta};
use crate::kernels;
use crate::operators::buffers::buffers;
use crate::operators::relay::Relay;
use crate::roi::Roi;

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
    let write = move |out: &mut Array, (place, array): (Roi, Array), checkpoint: &Checkpoint| {
        kernels::assemble(&[(place.relative_to(&roi)?, array)], out, checkpoint)
    };
    write_each(cx, meta, roi, parts, write).await
}

/// `roi` of an output, to which `write` writes what there is of each part when it has come.
pub(crate) async fn write_each<P: Send + 'static>(
    cx: &Execute,
    meta: &Meta,
    roi: Roi,
    parts: impl Stream<Item = Result<P, Error>>,
    write: impl Fn(&mut Array, P, &Checkpoint) -> Result<(), Error> + Clone + Send + 'static,
) -> Result<Array, Error> {
    let (axes, dtype, buffers) = (meta.axes(), meta.dtype(), buffers(cx.runtime()));
    let room =
        move |checkpoint: &Checkpoint| kernels::pooled(&buffers, axes, roi.shape().as_slice(), dtype, checkpoint);
    let make = room.clone();
    // Whoever writes first makes it.
    let add = move |whole: &mut Option<Array>, part: P, checkpoint: &Checkpoint| {
        let out = match whole {
            Some(out) => out,
            None => whole.insert(make(checkpoint)?),
        };
        write(out, part, checkpoint)
    };
    let whole = match is_small(meta, &roi)? {
        true => {
            let (mut parts, mut whole) = (pin!(parts), None);
            while let Some(part) = parts.try_next().await? {
                add(&mut whole, part, &Checkpoint::never())?;
            }
            whole
        }
        false => fold(cx, None, parts, add).await?,
    };
    // Without parts there is nothing in it.
    whole.map_or_else(|| room(&Checkpoint::never()), Ok)
}

/// What becomes of `start` when `add` takes in all of `parts`, in a kernel for each, in the order in which they come.
pub(crate) async fn fold<S, P>(
    cx: &Execute,
    start: S,
    parts: impl Stream<Item = Result<P, Error>>,
    add: impl Fn(&mut S, P, &Checkpoint) -> Result<(), Error> + Clone + Send + 'static,
) -> Result<S, Error>
where
    S: Send + 'static,
    P: Send + 'static,
{
    let (mut parts, mut sum) = (pin!(parts), Relay::new(start));
    while let Some(part) = parts.try_next().await? {
        let add = add.clone();
        sum.work(cx, move |sum, checkpoint| add(sum, part, checkpoint)).await?;
    }
    sum.end()
}

/// How many blocks an operator asks for at the same time: so many that no thread waits for the next, and no more, since each is
/// memory.
pub(crate) fn at_once(cx: &Execute) -> usize {
    2 * cx.runtime().compute_threads().max(1)
}

/// How many things an operator asks for at the same time that are made of so many blocks each: with as many blocks in all, and at
/// most those of one more.
pub(crate) fn wholes_at_once(cx: &Execute, blocks: usize) -> usize {
    let most = at_once(cx);
    most.div_ceil(blocks.clamp(1, most))
}

/// Whether the request itself puts it together.
fn is_small(meta: &Meta, roi: &Roi) -> Result<bool, Error> {
    Ok(roi.volume()?.saturating_mul(meta.dtype().size()) <= SMALL)
}
