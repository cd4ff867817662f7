//! Results that do not depend on which region is asked for: they are computed in fixed blocks.

use futures::{StreamExt, stream};

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Execute, Meta};
use crate::operators::assemble::{assemble_each, at_once};
use crate::roi::{BlockGrid, Roi, RoiError, Shape};

/// The side of a block along axes of space where the input prefers none.
const SIDE: usize = 64;

/// The block that is all of space, at one place along the other axes.
pub(super) fn slice(meta: &Meta) -> Result<Shape, RoiError> {
    shape(meta, |_, whole| whole)
}

/// The block that the input prefers along the axes of space, at one place along the others.
pub(super) fn preferred(meta: &Meta) -> Result<Shape, RoiError> {
    let ideal = meta.ideal_block();
    shape(meta, |axis, whole| match ideal.map(|block| block[axis]) {
        Some(0) => whole,
        Some(length) => length.min(whole),
        None => SIDE.min(whole),
    })
}

fn shape(meta: &Meta, of: impl Fn(usize, usize) -> usize) -> Result<Shape, RoiError> {
    let spatial: Vec<_> = meta.axes().spatial().collect();
    let whole = meta.shape();
    let lengths = (0..whole.rank()).map(|axis| match spatial.contains(&axis) {
        true => of(axis, whole[axis]).max(1),
        false => 1,
    });
    Shape::new(lengths.collect::<Vec<_>>())
}

/// The blocks that an output is computed in: those that its description calls ideal.
pub(super) fn grid(meta: &Meta) -> Result<BlockGrid, Error> {
    let block = meta.ideal_block().unwrap_or(meta.shape());
    let lengths: Vec<_> = block.iter().map(|length| length.max(1)).collect();
    Ok(BlockGrid::aligned(meta.shape(), Shape::new(lengths)?)?)
}

/// `roi` of the output that is asked for, from its blocks, each of which is computed once for all who ask at the time.
///
/// `None` if it is a block itself, which is to be computed.
pub(super) async fn from_blocks(cx: &Execute, meta: &Meta, roi: &Roi) -> Result<Option<Array>, Error> {
    let blocks: Vec<_> = grid(meta)?.intersecting(roi)?.map(|block| block.roi).collect();
    if let [block] = blocks[..] {
        if block == *roi {
            return Ok(None);
        }
        return Ok(Some(cx.request_own(block).await?.slice(&roi.relative_to(&block)?)?));
    }
    let parts = blocks.into_iter().filter_map(|block| {
        let part = block.intersection(roi)?;
        Some(async move {
            let array = cx.request_own(block).submit().await?;
            Ok::<_, Error>((part, array.slice(&part.relative_to(&block)?)?))
        })
    });
    let parts = stream::iter(parts).buffered(at_once(cx));
    Ok(Some(assemble_each(cx, meta, *roi, parts).await?))
}
