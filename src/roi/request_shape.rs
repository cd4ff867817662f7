//! How to shape the requests that a large job is cut into.

use crate::roi::error::same_rank;
use crate::roi::{RoiError, Shape, determine_block_shape};

/// How much memory a large job may use, and what it uses it for.
///
/// # Examples
///
/// ```
/// use headwater::roi::RequestBudget;
///
/// let budget = RequestBudget { bytes: 1_000_000, parallel: 10, bytes_per_point: 4 };
/// assert_eq!(budget.points(), 25_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestBudget {
    /// The memory for all requests together, in bytes.
    pub bytes: usize,
    /// How many requests run at once; 0 counts as 1.
    pub parallel: usize,
    /// What one requested point needs while its request runs, in bytes; 0 counts as 1.
    pub bytes_per_point: usize,
}

impl RequestBudget {
    /// The points of the smallest request worth its overhead.
    pub const MIN_POINTS: usize = 4096;

    /// How many points one request may have: its share of the memory, but no less than [`MIN_POINTS`](Self::MIN_POINTS).
    ///
    /// So a small budget is exceeded rather than spent on overhead, as in lazyflow.
    /// [`points_within`](Self::points_within) keeps to it.
    pub fn points(&self) -> usize {
        self.points_within().max(Self::MIN_POINTS)
    }

    /// How many points one request may have if the memory is not to be exceeded: less than one, and a request of one point
    /// exceeds it.
    pub fn points_within(&self) -> usize {
        self.bytes / self.parallel.max(1) / self.bytes_per_point.max(1)
    }
}

/// The shape of the requests that a large job is cut into: as large as `points` allows, made of whole ideal blocks if one
/// fits. lazyflow's name: `determine_optimal_request_blockshape`.
///
/// `ideal` is what the source reads or computes best; 0 on an axis stands for all of `max` there, and it is cut to `max`. If
/// an ideal block has `points` or more, the result is [`determine_block_shape`] within it. Else the result is a multiple of
/// it of fewer than `points`: the most nearly cubic number of ideal blocks, then grown by one ideal block on the axis that
/// leaves the least surface for its volume, as long as one fits.
///
/// # Errors
///
/// [`RoiError::RankMismatch`]; [`RoiError::Zero`] if `max` is 0 on some axis.
///
/// # Examples
///
/// ```
/// use headwater::Shape;
/// use headwater::roi::{RequestBudget, request_block_shape};
///
/// let (max, planes) = (Shape::from([1000, 1000, 100]), Shape::from([0, 0, 1]));
/// let budget = RequestBudget { bytes: 1_000_000_000, parallel: 10, bytes_per_point: 4 };
/// assert_eq!(request_block_shape(max, planes, budget.points())?, [1000, 1000, 24]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn request_block_shape(max: impl Into<Shape>, ideal: impl Into<Shape>, points: usize) -> Result<Shape, RoiError> {
    let (max, ideal) = (max.into(), ideal.into());
    same_rank("the ideal block", ideal.rank(), max.rank())?;
    let ideal = Shape::from_fn(max.rank(), |axis| match ideal[axis] {
        0 => max[axis],
        length => length.min(max[axis]),
    });
    let within = determine_block_shape(ideal, points)?;
    let volume = ideal.saturating_volume();
    if volume >= points {
        return Ok(within);
    }
    // In units of the ideal block from here on; fewer than `points` is at most `points - 1`.
    let most = Shape::from_fn(max.rank(), |axis| max[axis] / ideal[axis]);
    let blocks = grow(determine_block_shape(most, (points - 1) / volume)?, most, ideal, points);
    Ok(Shape::from_fn(max.rank(), |axis| blocks[axis] * ideal[axis]))
}

/// As many blocks on each axis as fit, beginning with `blocks`.
fn grow(blocks: Shape, most: Shape, ideal: Shape, points: usize) -> Shape {
    let lengths = |blocks: &Shape| Shape::from_fn(blocks.rank(), |axis| blocks[axis] * ideal[axis]);
    let mut blocks = blocks;
    loop {
        let longer = |axis: usize| {
            let longer = Shape::from_fn(blocks.rank(), |at| blocks[at] + usize::from(at == axis));
            let fits = longer[axis] <= most[axis] && lengths(&longer).saturating_volume() < points;
            fits.then_some(longer)
        };
        let candidates = (0..blocks.rank()).filter_map(longer);
        let Some(best) = candidates.min_by(|a, b| roughness(&lengths(a)).total_cmp(&roughness(&lengths(b)))) else {
            return blocks;
        };
        blocks = best;
    }
}

/// Surface by volume.
fn roughness(lengths: &Shape) -> f64 {
    lengths.iter().map(|length| 2.0 / length as f64).sum()
}
