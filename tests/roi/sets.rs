//! Sets of points as disjoint boxes.

use headwater::{RegionSet, Roi, RoiError, roi};
use proptest::prelude::*;

use crate::model::{Points, disjoint, points, region, regions};

/// The points of a set, whose boxes have to be disjoint.
#[track_caller]
fn of(set: &RegionSet) -> Points {
    disjoint(set.iter().copied())
}

/// A history of regions that are added (true) and subtracted.
fn history() -> impl Strategy<Value = Vec<(bool, Roi)>> {
    (0..=3usize).prop_flat_map(|rank| prop::collection::vec((prop::bool::weighted(0.7), region(rank)), 0..24))
}

proptest! {
    #[test]
    fn adding_and_subtracting_is_exact(history in history(), probe in (1..=3usize).prop_flat_map(region)) {
        let (mut set, mut model) = (RegionSet::new(), Points::new());
        for (added, region) in history {
            let own = points(&region);
            if added {
                set.add(&region)?;
                model.extend(own);
            } else {
                set.subtract(&region)?;
                model.retain(|point| !own.contains(point));
            }
            prop_assert_eq!(&of(&set), &model);
        }
        prop_assert_eq!(set.is_empty(), model.is_empty());
        prop_assert_eq!(set.volume()?, model.len());
        prop_assert_eq!(set.contains(&probe), points(&probe).is_subset(&model));
        prop_assert_eq!(set.intersects(&probe), !points(&probe).is_disjoint(&model));
        let common: Points = points(&probe).intersection(&model).cloned().collect();
        prop_assert_eq!(of(&set.intersection(&probe)), common);
        prop_assert!(points(&probe).iter().all(|point| set.contains_point(point) == model.contains(point)));
        let around = set.bounding_box();
        prop_assert_eq!(around.is_none(), model.is_empty());
        prop_assert!(model.iter().all(|point| around.unwrap().contains_point(point)));
    }

    #[test]
    fn simplifying_changes_no_point_and_adds_no_box(regions in regions(20)) {
        let set = RegionSet::from_regions(regions)?;
        let mut simple = set.clone();
        simple.simplify();
        prop_assert_eq!(of(&simple), of(&set));
        prop_assert!(simple.box_count() <= set.box_count());
        prop_assert_eq!(simple, set);
    }

    #[test]
    fn whoever_adds_lossily_has_at_least_all_points_in_at_most_so_many_boxes(regions in regions(20), most in 0..6usize) {
        let (mut set, mut model) = (RegionSet::new(), Points::new());
        for region in regions {
            set.add_lossy(&region, most)?;
            model.extend(points(&region));
            prop_assert!(set.box_count() <= most.max(1));
            prop_assert!(of(&set).is_superset(&model));
        }
    }

    #[test]
    fn sets_are_equal_if_their_points_are(a in regions(4), b in regions(4)) {
        let (left, right) = (RegionSet::from_regions(a)?, RegionSet::from_regions(b)?);
        prop_assert_eq!(left == right, of(&left) == of(&right));
    }

    #[test]
    fn whole_sets_add_and_subtract((a, b) in (0..=2usize).prop_flat_map(|rank| {
        (prop::collection::vec(region(rank), 0..6), prop::collection::vec(region(rank), 0..6))
    })) {
        let (left, right) = (RegionSet::from_regions(a)?, RegionSet::from_regions(b)?);
        let (mut sum, mut rest) = (left.clone(), left.clone());
        sum.add_all(&right)?;
        rest.subtract_all(&right)?;
        prop_assert_eq!(of(&sum), of(&left).union(&of(&right)).cloned().collect::<Points>());
        prop_assert_eq!(of(&rest), of(&left).difference(&of(&right)).cloned().collect::<Points>());
    }
}

/// Numbers below `below`, the same at each run.
fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    }
}

#[test]
fn all_blocks_in_any_order_are_one_box() {
    let mut set = RegionSet::new();
    for nth in 0..2500 {
        let (y, x) = (nth * 1009 % 2500 / 50, nth * 1009 % 50);
        set.add(&roi![64 * y..64 * y + 64, 64 * x..64 * x + 64]).unwrap();
    }
    set.simplify();
    assert_eq!(set.iter().collect::<Vec<_>>(), [&roi![0..3200, 0..3200]]);
}

#[test]
fn thousands_of_overlapping_regions_stay_few_boxes() {
    let (mut set, mut random) = (RegionSet::new(), numbers(7));
    let mut largest = 0;
    for _ in 0..5000 {
        let (y, x) = (random(900), random(900));
        set.add(&roi![y..y + 100, x..x + 100]).unwrap();
        largest = largest.max(set.box_count());
    }
    assert!(largest < 500, "{largest} boxes");
    assert!(set.box_count() < 100, "{} boxes", set.box_count());
    // Painting the same stroke again and again changes nothing.
    let before = set.box_count();
    for part in set.clone().iter() {
        set.add(part).unwrap();
    }
    assert_eq!(set.box_count(), before);
}

#[test]
fn a_lossy_set_of_scattered_regions_keeps_its_bound() {
    let (mut set, mut random) = (RegionSet::new(), numbers(3));
    let mut regions = Vec::new();
    for _ in 0..2000 {
        let at = [random(100_000), random(100_000), random(100_000)];
        let region = roi![at[0]..at[0] + 9, at[1]..at[1] + 9, at[2]..at[2] + 9];
        set.add_lossy(&region, RegionSet::FEW).unwrap();
        assert!(set.box_count() <= RegionSet::FEW);
        regions.push(region);
    }
    assert!(regions.iter().all(|region| set.contains(region)));
}

#[test]
fn subtracting_stays_exact_in_a_lossy_set_so_that_cleaning_ends() {
    let mut dirty = RegionSet::new();
    for n in 0..100 {
        dirty.add_lossy(&roi![3 * n..3 * n + 1, 3 * n..3 * n + 1], 4).unwrap();
    }
    let around = dirty.bounding_box().unwrap();
    for block in &headwater::BlockGrid::aligned(around, [32, 32]).unwrap() {
        assert!(!dirty.is_empty());
        dirty.subtract(&block.roi).unwrap();
        assert!(!dirty.intersects(&block.roi));
    }
    assert!(dirty.is_empty());
}

#[test]
fn the_first_points_fix_the_rank_until_there_are_none() {
    let mut set = RegionSet::from(roi![0..4, 0..4]);
    let (what, found, expected) = ("the region", 1, 2);
    let refused = Err(RoiError::RankMismatch { what, found, expected });
    assert_eq!(set.add(&roi![0..4]), refused);
    assert_eq!(set.add_lossy(&roi![0..4], 8), refused);
    assert_eq!(set.subtract(&roi![0..4]), refused);
    assert_eq!(set.rank(), Some(2));
    assert!(!set.intersects(&roi![0..4]) && !set.contains(&roi![0..4]));
    set.subtract(&roi![0..9, 0..9]).unwrap();
    assert_eq!(set.rank(), None);
    set.add(&roi![0..4]).unwrap();
    assert_eq!(set.bounding_box(), Some(roi![0..4]));
    set.clear();
    assert!(set.is_empty() && set == RegionSet::default());
}

#[test]
fn a_set_of_the_single_number() {
    let mut set = RegionSet::from(roi![]);
    set.add(&roi![]).unwrap();
    assert_eq!((set.box_count(), set.volume()), (1, Ok(1)));
    set.subtract(&roi![]).unwrap();
    assert!(set.is_empty());
}

#[test]
fn a_volume_beyond_all_numbers_is_an_error() {
    let mut set = RegionSet::from(roi![0..usize::MAX, 0..1]);
    assert_eq!(set.volume(), Ok(usize::MAX));
    set.add(&roi![0..1, 1..2]).unwrap();
    assert_eq!(set.volume(), Err(RoiError::Overflow { what: "the volume" }));
}
