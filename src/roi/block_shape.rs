//! How to shape a block of a given volume.

use crate::roi::{RoiError, Shape};

/// A block of about `target` points that is as nearly a cube as `max` allows. lazyflow's name: `determineBlockShape`.
///
/// Axes are served from the shortest to the longest, the outer of two equal ones first: each gets the rounded root of what is
/// left, but no more than `max`, and what a short axis does not use goes to the longer ones. The volume is never above
/// `target`, except that a block has at least one point, whatever the target.
///
/// # Errors
///
/// [`RoiError::Zero`] if `max` is 0 on some axis.
///
/// # Examples
///
/// ```
/// use headwater::Shape;
/// use headwater::roi::determine_block_shape;
///
/// let (volume, stack) = (Shape::from([1000, 2000, 3000, 1]), Shape::from([1, 100, 5, 200, 3]));
/// assert_eq!(determine_block_shape(volume, 1_000_000)?, [100, 100, 100, 1]);
/// assert_eq!(determine_block_shape(stack, 1000)?, [1, 8, 5, 8, 3]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn determine_block_shape(max: impl Into<Shape>, target: usize) -> Result<Shape, RoiError> {
    let max = max.into();
    if let Some(axis) = max.iter().position(|length| length == 0) {
        let what = "the largest block";
        return Err(RoiError::Zero { what, axis });
    }
    let mut order: Vec<usize> = (0..max.rank()).collect();
    order.sort_by_key(|&axis| max[axis]); // stable
    let mut lengths = [0; crate::roi::MAX_AXES];
    let mut left = target.max(1);
    for (served, &axis) in order.iter().enumerate() {
        lengths[axis] = rounded_root(left, max.rank() - served).min(max[axis]);
        left /= lengths[axis];
    }
    Ok(Shape::from_fn(max.rank(), |axis| lengths[axis]))
}

/// The root of `number`, at least 1, to the nearest whole number: 1 at least, `number` at most.
fn rounded_root(number: usize, degree: usize) -> usize {
    if degree == 1 {
        return number;
    }
    let root = (number as f64).powf(1.0 / degree as f64).round();
    (root as usize).clamp(1, number)
}

#[cfg(test)]
mod tests {
    use super::rounded_root;

    #[test]
    fn roots_are_rounded_and_stay_within_1_and_the_number() {
        assert_eq!(rounded_root(1_000_000, 3), 100);
        assert_eq!(rounded_root(12, 2), 3); // 3.46
        assert_eq!(rounded_root(13, 2), 4); // 3.61
        assert_eq!((rounded_root(1, 8), rounded_root(2, 8)), (1, 1));
        assert_eq!(rounded_root(usize::MAX, 1), usize::MAX);
        assert_eq!(rounded_root(usize::MAX, 2), 1 << 32);
    }
}
