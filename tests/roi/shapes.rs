//! How large blocks and requests are made.

use headwater::roi::{RequestBudget, Slicing, determine_block_shape, request_block_shape};
use headwater::{RoiError, Shape, roi};
use proptest::prelude::*;

use crate::model::shape;

proptest! {
    #[test]
    fn a_block_fits_and_is_no_larger_than_asked_for(max in (0..=8usize).prop_flat_map(|rank| shape(rank, 1..=5000)), target in any::<usize>()) {
        let block = determine_block_shape(max, target)?;
        prop_assert!(block.iter().zip(&max).all(|(length, max)| 1 <= length && length <= max));
        prop_assert!(block.volume()? <= target.max(1));
    }

    #[test]
    fn a_request_fits_and_is_made_of_ideal_blocks_if_one_fits(
        (max, ideal) in (0..=5usize).prop_flat_map(|rank| (shape(rank, 1..=3000), shape(rank, 0..=200))),
        points in 0..1_000_000_000usize,
    ) {
        let found = request_block_shape(max, ideal, points)?;
        prop_assert!(found.iter().zip(&max).all(|(length, max)| 1 <= length && length <= max));
        prop_assert!(found.volume()? <= points.max(1));
        let ideal: Vec<_> = ideal.iter().zip(&max).map(|(ideal, max)| if ideal == 0 { max } else { ideal.min(max) }).collect();
        if Shape::new(&ideal)?.volume()? < points {
            prop_assert!(found.iter().zip(&ideal).all(|(length, ideal)| length % ideal == 0));
            // Not one more ideal block fits on any axis.
            for axis in 0..max.rank() {
                let longer = found.with_axis(axis, found[axis] + ideal[axis])?;
                prop_assert!(longer[axis] > max[axis] || longer.volume()? >= points);
            }
        }
    }

    #[test]
    fn an_index_expression_never_panics(
        shape in (0..=3usize).prop_flat_map(|rank| shape(rank, 0..=9)),
        key in prop::collection::vec(prop_oneof![
            any::<isize>().prop_map(Slicing::At),
            (-12..12isize).prop_map(Slicing::At),
            any::<(Option<isize>, Option<isize>)>().prop_map(|(start, stop)| Slicing::Span { start, stop }),
            (-12..12isize, -12..12isize).prop_map(|(start, stop)| (start..stop).into()),
            Just(Slicing::Rest),
        ], 0..5),
    ) {
        if let Ok(region) = shape.slice(&key) {
            prop_assert!(headwater::Roi::full(shape).contains(&region));
        }
    }
}

#[test]
fn zeros_are_refused_or_count_as_one() {
    let what = "the largest block";
    assert_eq!(determine_block_shape([4, 0], 9), Err(RoiError::Zero { what, axis: 1 }));
    assert_eq!(
        request_block_shape([4, 0], [1, 1], 9),
        Err(RoiError::Zero { what, axis: 1 })
    );
    assert_eq!(determine_block_shape([4, 4], 0), Ok(Shape::from([1, 1])));
    assert_eq!(request_block_shape([4, 4], [0, 0], 0), Ok(Shape::from([1, 1])));
    assert_eq!(determine_block_shape([], 9), Ok(Shape::from([])));
    let (bytes, parallel, bytes_per_point) = (1_000_000, 0, 0);
    assert_eq!(
        RequestBudget {
            bytes,
            parallel,
            bytes_per_point
        }
        .points(),
        1_000_000
    );
}

#[test]
fn a_huge_job_is_shaped_at_once() {
    let found = request_block_shape([usize::MAX], [1], 1 << 50).unwrap();
    assert_eq!(found, [(1 << 50) - 1]);
    let found = request_block_shape([usize::MAX; 3], [1; 3], 1 << 60).unwrap();
    assert!(found.volume().unwrap() > 1 << 59);
}

#[test]
fn ends_count_from_the_end_and_clip_as_in_python() {
    let shape = Shape::from([10]);
    let slice = |key: Slicing| shape.slice(&[key]);
    assert_eq!(slice((-3..-1).into()), Ok(roi![7..9]));
    assert_eq!(slice((-42..3).into()), Ok(roi![0..3]));
    assert_eq!(slice((20..30).into()), Ok(roi![10..10]));
    assert_eq!(slice((..).into()), Ok(roi![0..10]));
    assert_eq!(slice((..-8).into()), Ok(roi![0..2]));
    assert_eq!(slice((-1).into()), Ok(roi![9..10]));
    for index in [10, -11, isize::MIN, isize::MAX] {
        let (axis, length) = (0, 10);
        assert_eq!(slice(index.into()), Err(RoiError::OutOfRange { index, axis, length }));
    }
}
