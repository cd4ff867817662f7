//! What operators say that they take in memory; [`Meta::bytes_for`] says what is counted.

use crate::error::Error;
use crate::graph::Meta;
use crate::roi::{Roi, Shape};

/// The side of the block for which memory is estimated where nobody prefers one.
const SIDE: usize = 64;

/// A region that an operator computes something from, and as what it is described.
pub(crate) type Part<'a> = (&'a Meta, Roi);

/// The region for which memory is estimated: the block of the shape that is called ideal, in the middle, where it has the most
/// around it.
pub(crate) fn block(meta: &Meta) -> Result<Roi, Error> {
    let whole = meta.shape();
    let axes = meta.axes();
    let ranges = axes.iter().enumerate().map(|(axis, letter)| {
        let ideal = meta.ideal_block().and_then(|block| block.as_slice().get(axis).copied());
        let length = match (ideal.unwrap_or(0), letter) {
            (0, 'z' | 'y' | 'x') => SIDE,
            (0, _) => whole[axis],
            (ideal, _) => ideal,
        };
        let length = length.min(whole[axis]);
        let start = whole[axis] / 2 / length.max(1) * length;
        let start = start.min(whole[axis] - length);
        start..start + length
    });
    Ok(Roi::from_ranges(ranges)?)
}

/// The same with what computing `block` of it takes: `own` for the result and what is between, beside all `parts`; or what
/// these take while each is made beside those before it, and nothing of our own is there.
pub(crate) fn with_bytes(meta: Meta, block: &Roi, own: u64, parts: &[Part<'_>]) -> Result<Meta, Error> {
    let (mut held, mut most) = (0_u64, 0_u64);
    for (input, part) in parts {
        let pixels = part.volume()? as u64;
        most = most.max(held.saturating_add(input.bytes_for(pixels)));
        held = held.saturating_add(pixels.saturating_mul(size(input)));
    }
    let bytes = most.max(held.saturating_add(own));
    Ok(meta.with_bytes_for(block.volume()? as u64, bytes))
}

/// The same of an operator that computes each pixel from the same pixel of all `inputs`, with nothing between.
pub(crate) fn with_bytes_of_each(meta: Meta, inputs: &[Meta]) -> Result<Meta, Error> {
    let line = Roi::full(Shape::from([PIXELS]));
    let parts: Vec<_> = inputs.iter().map(|input| (input, line)).collect();
    let own = PIXELS as u64 * size(&meta);
    with_bytes(meta, &line, own, &parts)
}

/// So many of a block as show what each takes.
const PIXELS: usize = 1 << 12;

/// The same of a stack: of all images together there is as much as of the result.
pub(crate) fn with_bytes_of_stack(meta: Meta, images: &[Meta]) -> Result<Meta, Error> {
    let line = Roi::full(Shape::from([PIXELS]));
    let most = images.iter().max_by_key(|image| image.bytes_for(PIXELS as u64));
    let parts: Vec<_> = most.iter().map(|image| (*image, line)).collect();
    let own = PIXELS as u64 * size(&meta);
    with_bytes(meta, &line, own, &parts)
}

/// The same of an operator that reads all of `channels` for each `given` of the result.
pub(crate) fn with_bytes_of_channels(meta: Meta, input: &Meta, channels: usize, given: usize) -> Result<Meta, Error> {
    let (part, block) = (Shape::from([PIXELS, channels]), Shape::from([PIXELS, given.max(1)]));
    let block = Roi::full(block);
    let own = block.volume()? as u64 * size(&meta);
    with_bytes(meta, &block, own, &[(input, Roi::full(part))])
}

/// Bytes of an element.
pub(crate) fn size(meta: &Meta) -> u64 {
    meta.dtype().size() as u64
}
