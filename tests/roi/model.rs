//! Regions as lists of points: slow, and too simple to be wrong.

use std::collections::BTreeSet;

use headwater::{Roi, Shape};
use proptest::prelude::*;

/// No coordinate of a drawn region is larger.
pub(crate) const SIDE: usize = 6;

/// The points of a region, or of several.
pub(crate) type Points = BTreeSet<Vec<usize>>;

/// Every point of `roi`.
pub(crate) fn points(roi: &Roi) -> Points {
    let mut points = vec![Vec::new()];
    for range in roi.ranges() {
        let longer =
            |point: &Vec<usize>| -> Vec<_> { range.clone().map(|at| [point.clone(), vec![at]].concat()).collect() };
        points = points.iter().flat_map(longer).collect();
    }
    points.into_iter().collect()
}

/// Every point of `parts`, which have to be disjoint and not empty.
#[track_caller]
pub(crate) fn disjoint(parts: impl IntoIterator<Item = Roi>) -> Points {
    let mut all = Points::new();
    for part in parts {
        assert!(!part.is_empty(), "{part} has no points");
        for point in points(&part) {
            assert!(
                all.insert(point.clone()),
                "{point:?} is in two parts, one of them {part}"
            );
        }
    }
    all
}

/// Any region of `rank` axes, empty ones among them.
pub(crate) fn region(rank: usize) -> impl Strategy<Value = Roi> {
    prop::collection::vec((0..=SIDE, 0..=SIDE), rank).prop_map(|bounds| {
        let ranges = bounds.into_iter().map(|(a, b)| a.min(b)..a.max(b));
        Roi::from_ranges(ranges).unwrap()
    })
}

/// A shape of `rank` axes with lengths in `lengths`.
pub(crate) fn shape(rank: usize, lengths: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Shape> {
    prop::collection::vec(lengths, rank).prop_map(|lengths| Shape::new(lengths).unwrap())
}

/// Two regions of one rank, none to three axes.
pub(crate) fn pair() -> impl Strategy<Value = (Roi, Roi)> {
    (0..=3usize).prop_flat_map(|rank| (region(rank), region(rank)))
}

/// Some regions of one rank, one to three axes.
pub(crate) fn regions(count: usize) -> impl Strategy<Value = Vec<Roi>> {
    (1..=3usize).prop_flat_map(move |rank| prop::collection::vec(region(rank), 0..=count))
}
