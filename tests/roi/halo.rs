//! Growing by a halo.

use headwater::roi::{DEFAULT_WINDOW, Enlarged, halo_for_sigma};
use headwater::{Roi, RoiError, Shape, roi};
use proptest::prelude::*;

use crate::model::{Points, points, region};

/// A region within an extent, and a halo.
fn scene() -> impl Strategy<Value = (Roi, Roi, Vec<usize>)> {
    (0..=3usize)
        .prop_flat_map(|rank| (region(rank), region(rank), prop::collection::vec(0..4usize, rank)))
        .prop_map(|(roi, extent, halo)| (roi.clipped(extent).unwrap(), extent, halo))
}

proptest! {
    #[test]
    fn the_outer_region_is_what_the_neighbourhoods_cover((roi, extent, halo) in scene()) {
        let Enlarged { outer, inner } = roi.expand_by_halo(&halo, extent)?;
        let own = points(&roi);
        let seen = |point: &&Vec<usize>| own.iter().any(|centre| {
            centre.iter().zip(*point).zip(&halo).all(|((a, b), halo)| a.abs_diff(*b) <= *halo)
        });
        let reached: Points = points(&extent).iter().filter(seen).cloned().collect();
        prop_assert_eq!(points(&outer), reached);
        prop_assert_eq!(inner.absolute_in(&outer)?, roi);
    }
}

#[test]
fn an_empty_region_needs_nothing_around_it() {
    let Enlarged { outer, inner } = roi![5..5, 0..9].expand_by_halo([2, 2], Shape::from([10, 10])).unwrap();
    assert_eq!((outer, inner), (roi![5..5, 0..9], roi![0..0, 0..9]));
}

#[test]
fn a_halo_beyond_all_numbers_is_all_there_is() {
    let extent = roi![3..usize::MAX];
    assert_eq!(roi![5..6].expand_by_halo([usize::MAX], extent).unwrap().outer, extent);
    assert_eq!(
        roi![5..6].expand_for_sigma([1e300], 1e300, extent).unwrap().outer,
        extent
    );
}

#[test]
fn a_region_outside_of_the_extent_is_refused() {
    let refused = roi![2..20].expand_by_halo([1], Shape::from([10])).unwrap_err();
    assert_eq!(refused.to_string(), "region 2..20 is not within 0..10");
    assert!(roi![2..3].expand_by_halo([1], Shape::from([10, 10])).is_err());
    assert!(roi![2..3].expand_by_halo([1, 1], Shape::from([10])).is_err());
    assert!(roi![2..3].expand_for_sigma([1.0, 1.0], 1.0, Shape::from([10])).is_err());
}

#[test]
fn sigma_and_window_must_be_finite_and_not_negative() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, -1e-300] {
        for (sigma, window) in [(bad, 3.5), (1.0, bad)] {
            assert!(
                matches!(halo_for_sigma(sigma, window), Err(RoiError::NotFinite { .. })),
                "{sigma} {window}"
            );
            assert!(roi![2..3].expand_for_sigma([sigma], window, Shape::from([10])).is_err());
        }
    }
    let refused = halo_for_sigma(f64::NAN, DEFAULT_WINDOW).unwrap_err();
    assert_eq!(refused.to_string(), "sigma is NaN, not a finite number of at least 0");
    assert_eq!(halo_for_sigma(0.0, 0.0), Ok(0));
    assert_eq!(halo_for_sigma(-0.0, 3.5), Ok(0));
}
