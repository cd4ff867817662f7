//! How large the blocks of a big run are.

use crate::error::Error;
use crate::graph::Meta;
use crate::io::sink::WriteOrder;
use crate::roi::{RequestBudget, Shape};

/// The most points of a block that nobody has chosen, 256³. Halos around it are a few hundredths of the work, so a larger one
/// would gain little, and lose more when a run is ended.
const MOST_POINTS: usize = 1 << 24;

/// The shape of the blocks in which all of an image like `meta` is computed, and written in multiples of `unit`.
///
/// Along each axis it is a multiple of `unit`, or all there is. It grows from the [ideal block](Meta::ideal_block), in multiples
/// of it and no further than the [largest](Meta::max_block), as long as 2²⁴ points and those of the
/// [budget](RequestBudget::points_within) allow: as nearly cubic as it goes or, if blocks have to come in
/// [ascending](WriteOrder::Ascending) order, along the last axis first, so that each is one stretch of the file. Times are not
/// put together beyond the ideal block; channels are, if it says nothing of them. An ideal block that is too large is cut down.
/// One unit is the least, whatever the budget says.
///
/// lazyflow: what `BigRequestStreamer` does with `determine_optimal_request_blockshape`.
///
/// # Errors
///
/// A unit or a block of `meta` of another number of axes than `meta` has.
///
/// # Examples
///
/// ```
/// use headwater::graph::Meta;
/// use headwater::io::{WriteOrder, block_shape};
/// use headwater::roi::RequestBudget;
/// use headwater::{DType, Shape};
///
/// let meta = Meta::new(Shape::from([4, 1024, 1024, 1024]), DType::F32, "tzyx")?;
/// let budget = RequestBudget { bytes: 64 << 20, parallel: 2, bytes_per_point: 8 };
/// let block = block_shape(&meta, Shape::from([1, 64, 64, 64]), budget, WriteOrder::Any)?;
/// assert_eq!(block, [1, 128, 128, 256]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn block_shape(meta: &Meta, unit: Shape, budget: RequestBudget, order: WriteOrder) -> Result<Shape, Error> {
    let points = budget.points_within().clamp(1, MOST_POINTS);
    let lengths = Lengths::of(meta, unit)?;
    Ok(match order {
        WriteOrder::Ascending => lengths.row(points),
        WriteOrder::Any => lengths.cube(points),
    })
}

/// The lengths that a block may have: each of them whole units, or all of an axis.
struct Lengths {
    whole: Shape,
    least: Shape,
    ideal: Shape,
    most: Shape,
}

impl Lengths {
    fn of(meta: &Meta, unit: Shape) -> Result<Self, Error> {
        check(meta, "unit", Some(unit))?;
        check(meta, "ideal block", meta.ideal_block())?;
        check(meta, "largest block", meta.max_block())?;
        let whole = meta.shape();
        let letters: Vec<char> = meta.axes().iter().collect();
        let by_axis = |f: &dyn Fn(usize) -> usize| Shape::from_fn(whole.rank(), f);
        let units = |axis: usize, length: usize| {
            let unit = unit[axis].max(1);
            length.max(1).next_multiple_of(unit).min(whole[axis].max(1))
        };
        let said = |block: Option<Shape>, axis: usize| block.map_or(0, |block| block[axis]);
        let ideal = by_axis(&|axis| match said(meta.ideal_block(), axis) {
            0 if letters[axis] == 'c' => whole[axis].max(1),
            length => units(axis, length),
        });
        let most = by_axis(&|axis| match (letters[axis], said(meta.max_block(), axis)) {
            ('t' | 'c', 0) => ideal[axis],
            (_, 0) => whole[axis].max(1),
            (letter, most) => {
                let below = units(axis, most - most % unit[axis].max(1));
                if matches!(letter, 't' | 'c') {
                    below.min(ideal[axis])
                } else {
                    below
                }
            }
        });
        Ok(Self {
            whole,
            least: by_axis(&|axis| units(axis, 1)),
            ideal: by_axis(&|axis| ideal[axis].min(most[axis])),
            most,
        })
    }

    /// Whole trailing axes, a part of one, and one unit of the others.
    fn row(&self, points: usize) -> Shape {
        let mut block = self.least;
        for axis in (0..block.rank()).rev() {
            let beside = block.saturating_volume() / block[axis];
            let fits = (points / beside).min(self.most[axis]);
            let least = self.least[axis];
            let length = if fits == self.whole[axis] {
                fits
            } else {
                (fits - fits % least).max(least)
            };
            block = replaced(block, axis, length);
            if length < self.whole[axis] {
                break;
            }
        }
        block
    }

    /// As large and as nearly cubic as it goes: a number of ideal blocks, or of units within one that is too large.
    fn cube(&self, points: usize) -> Shape {
        let fits = self.ideal.saturating_volume() <= points;
        let (step, most) = if fits {
            (self.ideal, self.most)
        } else {
            (self.least, self.ideal)
        };
        let mut block = step;
        // The shortest axis first; of equal ones the last, whose neighbours lie together.
        let mut growing: Vec<usize> = (0..block.rank()).collect();
        while let Some(&axis) = growing.iter().min_by_key(|axis| (block[**axis], usize::MAX - **axis)) {
            let whole = self.whole[axis].max(1);
            // With a block less along the axis: all of them nearly as long as each other, rather than a sliver at the end.
            let fewer = (whole.div_ceil(block[axis]) - 1).max(1);
            let longer = whole.div_ceil(fewer).next_multiple_of(step[axis]).min(most[axis]);
            let longer = replaced(block, axis, longer);
            if longer[axis] > block[axis] && longer.saturating_volume() <= points {
                block = longer;
            } else {
                growing.retain(|other| *other != axis);
            }
        }
        block
    }
}

fn replaced(block: Shape, axis: usize, length: usize) -> Shape {
    Shape::from_fn(block.rank(), |other| if other == axis { length } else { block[other] })
}

fn check(meta: &Meta, what: &str, block: Option<Shape>) -> Result<(), Error> {
    match block.filter(|block| block.rank() != meta.shape().rank()) {
        None => Ok(()),
        Some(block) => {
            let axes = meta.axes();
            Err(Error::invalid(format!(
                "a {what} of {block} does not fit the axes `{axes}`"
            )))
        }
    }
}

#[cfg(test)]
#[path = "tests/block_shape.rs"]
mod tests;
