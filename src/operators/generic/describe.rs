//! Descriptions of what has been rearranged.

use crate::array::Axes;
use crate::error::Error;
use crate::graph::{Dirt, Meta};
use crate::roi::{Roi, Shape};

/// The same with `f` of its ideal and its largest block.
pub(crate) fn map_blocks(meta: Meta, f: impl Fn(Shape) -> Result<Shape, Error>) -> Result<Meta, Error> {
    let mut result = meta.clone();
    if let Some(block) = meta.ideal_block() {
        result = result.with_ideal_block(f(fitting(&meta, block)?)?);
    }
    if let Some(block) = meta.max_block() {
        result = result.with_max_block(f(fitting(&meta, block)?)?);
    }
    Ok(result)
}

fn fitting(meta: &Meta, block: Shape) -> Result<Shape, Error> {
    if block.rank() == meta.shape().rank() {
        return Ok(block);
    }
    let (axes, rank) = (meta.axes(), block.rank());
    Err(Error::invalid(format!(
        "blocks of {block} have {rank} axes, the input `{axes}` has {}",
        axes.len()
    )))
}

/// The same with only `length` places along `axis`, in a single block.
pub(crate) fn with_length(meta: Meta, axis: usize, length: usize) -> Result<Meta, Error> {
    let shape = meta.shape().with_axis(axis, length)?;
    let meta = map_blocks(meta, |block| Ok(block.with_axis(axis, block[axis].min(length))?))?;
    meta.with_shape(shape)
}

/// The same with its axes as [`Array::to_axes`](crate::array::Array::to_axes) shows them: those that are new have length 1,
/// also of a block.
pub(crate) fn reordered(meta: Meta, axes: Axes) -> Result<Meta, Error> {
    for (letter, length) in meta.axes().iter().zip(meta.shape().iter()) {
        if length != 1 && !axes.contains(letter) {
            return Err(Error::invalid(format!(
                "`{axes}` leaves out the axis {letter} of {meta:?}, whose length is {length}, not 1"
            )));
        }
    }
    let own = meta.axes();
    let lengths = |of: Shape| {
        Shape::new(
            axes.iter()
                .map(|letter| own.position(letter).map_or(1, |axis| of[axis]))
                .collect::<Vec<_>>(),
        )
    };
    let shape = lengths(meta.shape())?;
    let mut result = map_blocks(meta.clone(), Ok)?.with_axes(axes, shape)?;
    if let Some(block) = meta.ideal_block() {
        result = result.with_ideal_block(lengths(block)?);
    }
    if let Some(block) = meta.max_block() {
        result = result.with_max_block(lengths(block)?);
    }
    Ok(result)
}

/// `roi`, of an array with the axes `from`, as it is with the axes `to`; along new ones it is `0..1`.
pub(crate) fn reordered_roi(roi: &Roi, from: Axes, to: Axes) -> Result<Roi, Error> {
    let ranges = to
        .iter()
        .map(|letter| from.position(letter).map_or(0..1, |axis| roi.range(axis)));
    Ok(Roi::from_ranges(ranges)?)
}

/// What `f` makes of each region of `dirt`, which is of an input of the extent `whole`; everything, if it fails.
pub(crate) fn map_dirt(dirt: &Dirt, whole: Roi, f: impl Fn(&Roi) -> Result<Option<Roi>, Error>) -> Dirt {
    let regions = dirt.regions(whole).into_iter();
    let mapped: Result<Vec<_>, Error> = regions.filter_map(|roi| f(&roi).transpose()).collect();
    mapped.map_or_else(|_| Dirt::everything(), Dirt::from_iter)
}

/// The axis called `letter`.
pub(crate) fn axis_of(meta: &Meta, letter: char) -> Result<usize, Error> {
    let axis = meta.axes().position(letter);
    axis.ok_or_else(|| Error::invalid(format!("the input, {meta:?}, has no axis {letter}")))
}
