//! What an operator does that gives a region from parts.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Execute, Meta};
use crate::kernels;
use crate::operators::buffers::buffers;
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
