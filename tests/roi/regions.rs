//! One region, two regions.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use headwater::roi::MAX_AXES;
use headwater::{Error, ErrorKind, Roi, RoiError, Shape, roi};
use proptest::prelude::*;

use crate::model::{SIDE, pair, points, region};

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #[test]
    fn a_region_is_its_points(roi in (0..=3usize).prop_flat_map(region)) {
        let points = points(&roi);
        prop_assert_eq!(roi.volume()?, points.len());
        prop_assert_eq!(roi.is_empty(), points.is_empty());
        prop_assert_eq!(roi.shape().is_empty(), points.is_empty());
        prop_assert!(points.iter().all(|point| roi.contains_point(point)));
        prop_assert_eq!(Roi::new(roi.start(), roi.stop())?, roi);
        prop_assert_eq!(Roi::from_ranges(roi.ranges())?, roi);
    }

    #[test]
    fn intersection_is_what_both_have((a, b) in pair()) {
        let common: Vec<_> = points(&a).intersection(&points(&b)).cloned().collect();
        prop_assert_eq!(a.intersects(&b), !common.is_empty());
        let found: Vec<_> = a.intersection(&b).iter().flat_map(points).collect();
        prop_assert_eq!(found, common);
        prop_assert_eq!(a.intersection(&b), b.intersection(&a));
    }

    #[test]
    fn difference_is_what_one_has_alone((a, b) in pair()) {
        let parts: Vec<_> = a.difference(&b).collect();
        prop_assert!(parts.len() <= (2 * a.rank()).max(1));
        prop_assert!(a.difference(&b).size_hint().1.unwrap() >= parts.len());
        let alone = points(&a).difference(&points(&b)).cloned().collect();
        prop_assert_eq!(crate::model::disjoint(parts), alone);
    }

    #[test]
    fn the_bounding_box_is_the_smallest_around_both((a, b) in pair()) {
        let around = a.bounding_box(&b)?;
        let both: Vec<_> = points(&a).union(&points(&b)).cloned().collect();
        prop_assert!(both.iter().all(|point| around.contains_point(point)));
        for axis in 0..around.rank() {
            // No face can be taken off.
            if !around.is_empty() {
                let range = around.range(axis);
                prop_assert!(both.iter().any(|point| point[axis] == range.start));
                prop_assert!(both.iter().any(|point| point[axis] == range.end - 1));
            }
        }
        prop_assert_eq!(around.is_empty(), both.is_empty());
    }

    #[test]
    fn containing_is_having_all_points((a, b) in pair()) {
        if !b.is_empty() {
            prop_assert_eq!(a.contains(&b), points(&b).is_subset(&points(&a)));
        }
        prop_assert!(a.contains(&a));
    }

    #[test]
    fn equal_regions_hash_alike_and_keep_one_order((a, b) in pair()) {
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(hash(&a), hash(&Roi::from_ranges(a.ranges())?));
        if a != b {
            prop_assert_ne!(hash(&a), hash(&b));
        }
    }

    #[test]
    fn what_is_clipped_is_the_intersection_or_empty_within((a, b) in pair()) {
        let clipped = a.clipped(b)?;
        prop_assert!(b.contains(&clipped));
        match a.intersection(&b) {
            Some(common) => prop_assert_eq!(clipped, common),
            None => prop_assert!(clipped.is_empty()),
        }
    }

    #[test]
    fn relative_and_absolute_undo_each_other((a, b) in pair()) {
        let inner = a.clipped(b)?;
        let relative = inner.relative_to(&b)?;
        prop_assert_eq!(relative.shape(), inner.shape());
        prop_assert!(Roi::full(b.shape()).contains(&relative));
        prop_assert_eq!(relative.absolute_in(&b)?, inner);
        let back: Vec<isize> = b.start().iter().map(|&at| at as isize).collect();
        prop_assert_eq!(relative.translate(back)?, inner);
    }

    #[test]
    fn coarse_points_cover_exactly_what_they_touch(roi in region(2), factor in (1..=3usize, 1..=3usize)) {
        let factor = [factor.0, factor.1];
        let coarse = roi.coarsen(factor)?;
        let touched = points(&roi).iter().map(|point| vec![point[0] / factor[0], point[1] / factor[1]]).collect();
        prop_assert_eq!(points(&coarse), touched);
        prop_assert!(roi.is_empty() || coarse.refine(factor)?.contains(&roi));
        prop_assert_eq!(roi.refine(factor)?.coarsen(factor)?, roi);
    }

    #[test]
    fn axes_come_and_go(roi in (0..=3usize).prop_flat_map(region), axis in 0..=3usize, at in 0..SIDE) {
        let axis = axis.min(roi.rank());
        let longer = roi.insert_axis(axis, at..at + 1)?;
        prop_assert_eq!(longer.range(axis), at..at + 1);
        prop_assert_eq!(longer.remove_axis(axis)?, roi);
        prop_assert_eq!(hash(&longer.remove_axis(axis)?), hash(&roi));
        prop_assert_eq!(longer.shape(), roi.shape().insert_axis(axis, 1)?);
        prop_assert_eq!(longer.shape().remove_axis(axis)?, roi.shape());
    }

    #[test]
    fn permuting_there_and_back_is_nothing(roi in region(3), order in Just([0usize, 1, 2]).prop_shuffle()) {
        let mut inverse = [0; 3];
        for (at, &axis) in order.iter().enumerate() {
            inverse[axis] = at;
        }
        let permuted = roi.permute_axes(order)?;
        prop_assert_eq!(permuted.permute_axes(inverse)?, roi);
        prop_assert_eq!(permuted.shape(), roi.shape().permute_axes(order)?);
    }
}

#[test]
fn a_region_without_axes_is_one_point() {
    let scalar = roi![];
    assert_eq!((scalar.rank(), scalar.volume()), (0, Ok(1)));
    assert!(!scalar.is_empty());
    assert_eq!(scalar.intersection(&scalar), Some(scalar));
    assert_eq!(scalar.difference(&scalar).count(), 0);
    assert_eq!(scalar, Roi::full([]));
    assert_eq!(scalar.shape(), []);
}

#[test]
fn regions_of_different_rank_have_nothing_in_common() {
    let (line, plane) = (roi![0..4], roi![0..4, 0..4]);
    assert_eq!(line.intersection(&plane), None);
    assert!(!line.intersects(&plane) && !plane.contains(&line) && !plane.contains_point([1]));
    assert_eq!(line.difference(&plane).collect::<Vec<_>>(), [line]);
    assert_ne!(line, plane);
    let (what, found, expected) = ("the other region", 2, 1);
    assert_eq!(
        line.bounding_box(&plane),
        Err(RoiError::RankMismatch { what, found, expected })
    );
}

#[test]
fn an_axis_of_length_0_does_not_make_other_axes_overflow() {
    let huge = usize::MAX;
    assert_eq!(Shape::from([huge, 0, huge]).volume(), Ok(0));
    assert_eq!(
        Shape::from([huge, 2]).volume().unwrap_err(),
        RoiError::Overflow { what: "the volume" }
    );
    assert_eq!(Shape::from([huge, 2]).saturating_volume(), huge);
    assert_eq!(roi![0..huge, 3..4].volume(), Ok(huge));
}

#[test]
fn nothing_moves_below_0_or_beyond_the_largest_number() {
    let overflow = Err(RoiError::Overflow {
        what: "the moved region",
    });
    assert_eq!(roi![3..5].translate([-4]), overflow);
    assert_eq!(roi![3..usize::MAX].translate([1]), overflow);
    assert_eq!(roi![3..5].translate([isize::MIN]), overflow);
    assert!(roi![3..usize::MAX].refine([2]).is_err());
    assert_eq!(roi![3..usize::MAX].coarsen([2]), Ok(roi![1..usize::MAX / 2 + 1]));
}

#[test]
fn refusals_name_input_and_cause() {
    let cases: [(Result<Roi, RoiError>, &str); 13] = [
        (Roi::new([0, 9], [4, 5]), "region: axis 1 runs backwards, from 9 to 5"),
        (Roi::new([0, 9], [4]), "the region's stop has 1 axes, not 2"),
        (Roi::new([0; 9], [1; 9]), "region has 9 axes, more than 8"),
        (Roi::from_ranges(vec![0..1; 9]), "region has 9 axes, more than 8"),
        (Shape::new([1; 9]).map(Roi::full), "shape has 9 axes, more than 8"),
        (roi![0..9].relative_to(&roi![1..9]), "region 0..9 is not within 1..9"),
        (roi![0..9].absolute_in(&roi![1..9]), "region 0..9 is not within 0..8"),
        (
            roi![0..9].with_axis(1, 0..1),
            "axis to set names axis 1 of 1, which is missing or taken",
        ),
        (
            roi![0..9].remove_axis(1),
            "axis to remove names axis 1 of 1, which is missing or taken",
        ),
        (
            roi![0..9].insert_axis(2, 0..1),
            "axis to insert names axis 2 of 2, which is missing or taken",
        ),
        (
            roi![0..9, 0..9].permute_axes([1, 1]),
            "order of the axes names axis 1 of 2, which is missing or taken",
        ),
        (roi![0..9].coarsen([0]), "the factor is 0 on axis 0"),
        (roi![0..9].refine([1, 1]), "the factor has 2 axes, not 1"),
    ];
    for (result, message) in cases {
        let error = Error::from(result.unwrap_err());
        assert_eq!(error.to_string(), message);
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[test]
#[should_panic(expected = "a range runs backwards")]
fn a_literal_that_runs_backwards_panics_as_slicing_does() {
    let start = 9;
    roi![start..5];
}

#[test]
fn eight_axes_are_enough_and_fit_in_136_bytes() {
    let all = Roi::full([2; 8]);
    assert_eq!((all.rank(), all.volume()), (MAX_AXES, Ok(256)));
    assert!(all.insert_axis(0, 0..1).is_err());
    assert_eq!(size_of::<Roi>(), 136);
    assert_eq!(size_of::<Shape>(), 72);
}

#[test]
fn plain_data_goes_anywhere() {
    fn check<T: Copy + Send + Sync + Unpin + std::panic::UnwindSafe + 'static>() {}
    check::<Roi>();
    check::<Shape>();
    check::<headwater::BlockGrid>();
    fn shared<T: Clone + Send + Sync + Unpin + std::panic::UnwindSafe + 'static>() {}
    shared::<headwater::RegionSet>();
    shared::<RoiError>();
}

#[test]
fn views_write_through_and_refuse_what_is_outside() {
    let mut image = ndarray::Array2::<u8>::zeros((3, 4));
    roi![1..3, 0..2].view_mut(&mut image).unwrap().fill(7);
    assert_eq!(image, ndarray::array![[0, 0, 0, 0], [7, 7, 0, 0], [7, 7, 0, 0]]);
    assert_eq!(roi![3..3, 4..4].view(&image).unwrap().shape(), [0, 0]);
    assert!(roi![4..4, 4..4].view(&image).is_err());
    assert!(roi![0..1].view_mut(&mut image).is_err());
    let scalar = ndarray::arr0(5).into_dyn();
    assert_eq!(roi![].view(&scalar).unwrap().first(), Some(&5));
    assert!(roi![].view(&ndarray::Array::<u8, _>::zeros(vec![1; 9])).is_err());
}
