//! The worked examples of lazyflow's `roi.py` and `rtype.py`, G94 to G110; `README.md` beside this file says what differs.

use headwater::roi::{
    DEFAULT_WINDOW, Enlarged, RequestBudget, Slicing, determine_block_shape, nonzero_bounding_box, request_block_shape,
};
use headwater::{BlockGrid, Error, ErrorKind, Roi, RoiError, Shape, roi};
use ndarray::array;

#[test]
fn g94_shapes_are_equal_or_not_and_never_cut_to_the_shorter() {
    assert_ne!(Shape::from([1, 2]), Shape::from([1, 3]));
    assert_ne!(Shape::from([1, 2]), Shape::from([1, 2, 3])); // lazyflow: [True, True]
    assert_eq!(Shape::from([1, 2]).insert_axis(1, 9).unwrap(), [1, 9, 2]); // a new one
}

#[test]
fn g95_an_index_expression_selects_a_region() {
    let shape = Shape::from([7, 8, 9]);
    assert_eq!(
        shape.slice(&[1.into(), Slicing::Rest, 5.into()]),
        Ok(roi![1..2, 0..8, 5..6])
    );
    assert_eq!(shape.slice(&[(2..42).into()]), Ok(roi![2..7, 0..8, 0..9]));
    assert_eq!(shape.slice(&[]), Ok(Roi::full(shape)));
    assert_eq!(shape.slice(&[Slicing::Rest, Slicing::Rest]), Err(RoiError::TwoRests));
    assert_eq!(
        shape.slice(&[0.into(); 4]).unwrap_err().to_string(),
        "the slicing has 4 axes, not 3"
    );
    assert_eq!(
        shape.slice(&[7.into()]).unwrap_err().to_string(),
        "index 7 is outside of axis 0, which has length 7"
    );
    let single = Shape::from([]);
    assert_eq!(single.slice(&[Slicing::Rest]), Ok(roi![]));
    assert!(single.slice(&[0.into()]).is_err()); // lazyflow: whatever the key
}

#[test]
fn d18_a_slice_that_runs_backwards_is_refused() {
    let key = Slicing::Span {
        start: Some(5),
        stop: Some(2),
    };
    let (axis, start, stop) = (0, 5, 2);
    assert_eq!(
        Shape::from([10]).slice(&[key]),
        Err(RoiError::Reversed { axis, start, stop })
    );
}

#[test]
fn g96_a_region_is_one_range_for_each_axis() {
    let region = Roi::new([1, 2], [7, 8]).unwrap();
    assert_eq!(region.ranges().collect::<Vec<_>>(), [1..7, 2..8]);
    assert!(matches!(Roi::new([1, 2], [7]), Err(RoiError::RankMismatch { .. })));
}

#[test]
fn g97_a_shape_is_a_region_from_zero() {
    assert_eq!(Roi::full([3, 4]), Roi::new([0, 0], [3, 4]).unwrap());
}

#[test]
fn g98_the_ranges_of_a_whole_shape() {
    assert_eq!(Roi::full([3, 4]).ranges().collect::<Vec<_>>(), [0..3, 0..4]);
}

#[test]
fn g99_intersection() {
    let a = roi![0..5, 0..5];
    assert_eq!(a.intersection(&roi![2..9, 3..9]), Some(roi![2..5, 3..5]));
    assert_eq!(a.intersection(&roi![5..6, 0..5]), None);
}

#[test]
fn g100_containment() {
    assert!(roi![0..2, 0..2].contains(&roi![1..2, 1..2]));
    assert!(!roi![0..2, 0..2].contains(&roi![1..3, 1..2]));
}

#[test]
fn g101_the_regions_that_contain_another() {
    let containing = |inner: Roi| -> Vec<Roi> {
        let regions = [roi![0..10], roi![3..5]];
        regions.into_iter().filter(|roi| roi.contains(&inner)).collect()
    };
    assert_eq!(containing(roi![4..6]), [roi![0..10]]);
    assert_eq!(containing(roi![4..5]), [roi![0..10], roi![3..5]]);
    assert_eq!(containing(roi![9..11]), []);
}

#[test]
fn g102_the_box_around_all_that_is_not_zero() {
    assert_eq!(
        nonzero_bounding_box(&array![[0, 0], [0, 3]]),
        Ok(Some(roi![1..2, 1..2]))
    );
    assert_eq!(nonzero_bounding_box(&array![[0, 0], [0, 0]]), Ok(None)); // lazyflow: zeros
    assert_eq!(
        nonzero_bounding_box(&array![[false, true, false], [true, false, false]]),
        Ok(Some(roi![0..2, 0..2]))
    );
    assert_eq!(nonzero_bounding_box(&array![f64::NAN, -0.0]), Ok(Some(roi![0..1])));
    assert_eq!(nonzero_bounding_box(&ndarray::arr0(5)), Ok(Some(roi![])));
    assert_eq!(nonzero_bounding_box(&ndarray::arr0(0)), Ok(None));
    let mut volume = ndarray::Array3::<u8>::zeros((4, 5, 6));
    (volume[[1, 4, 2]], volume[[3, 2, 5]]) = (1, 1);
    assert_eq!(nonzero_bounding_box(&volume), Ok(Some(roi![1..4, 2..5, 2..6])));
    assert_eq!(nonzero_bounding_box(&volume.t()), Ok(Some(roi![2..6, 2..5, 1..4])));
    assert_eq!(nonzero_bounding_box(&ndarray::Array3::<u8>::zeros((4, 0, 6))), Ok(None));
}

#[test]
fn g103_a_region_grows_by_the_reach_of_a_gaussian() {
    let image = Shape::from([100, 25]);
    let grown = roi![10..20, 10..20]
        .expand_for_sigma([1.0, 1.0], DEFAULT_WINDOW, image)
        .unwrap();
    assert_eq!(grown.outer, roi![6..24, 6..24]);
    let grown = roi![2..20, 10..20].expand_for_sigma([1.0, 1.0], 2.0, image).unwrap();
    let (outer, inner) = (roi![0..22, 8..22], roi![2..20, 2..12]);
    assert_eq!(grown, Enlarged { outer, inner });
    let region = roi![10..20, 10..20, 0..1];
    let grown = region
        .expand_for_sigma([1.5, 0.5, 0.0], DEFAULT_WINDOW, Shape::from([100, 100, 3]))
        .unwrap();
    assert_eq!(grown.outer, roi![4..26, 8..22, 0..1]);
}

#[test]
fn g104_the_blocks_that_a_region_touches() {
    let starts = |grid: &BlockGrid, region: Roi| -> Vec<Vec<usize>> {
        let blocks = grid.intersecting(&region).unwrap();
        blocks.map(|block| block.roi.start().to_vec()).collect()
    };
    let grid = BlockGrid::aligned(Shape::from([100, 100]), [10, 20]).unwrap();
    assert_eq!(starts(&grid, roi![15..23, 25..40]), [[10, 20], [20, 20]]);
    // What lies before 0 there lies after an offset here: (-10, -5) to (5, 5), moved by (10, 20).
    assert_eq!(starts(&grid, roi![0..15, 15..25]), [[0, 0], [0, 20], [10, 0], [10, 20]]);
    let line = BlockGrid::aligned(Shape::from([100]), [10]).unwrap();
    assert!(starts(&line, roi![0..0]).is_empty());
    assert!(starts(&line, roi![5..5]).is_empty()); // lazyflow: one block
    assert!(matches!(
        BlockGrid::aligned(Shape::from([100]), [0]),
        Err(RoiError::Zero { .. })
    ));
    assert!(matches!(
        line.intersecting(&roi![0..1, 0..1]),
        Err(RoiError::RankMismatch { .. })
    ));
}

#[test]
fn g105_the_bounds_of_a_block() {
    let grid = BlockGrid::aligned(Shape::from([35, 35, 35]), [10, 10, 10]).unwrap();
    let number = grid.number_at([10, 20, 30]).unwrap();
    assert_eq!(grid.block(number), Some(roi![10..20, 20..30, 30..35]));
    assert_eq!(grid.number_at([10, 20, 40]), None);
}

#[test]
fn g106_a_region_cut_along_the_blocks() {
    let grid = BlockGrid::aligned(Shape::from([25, 25]), [10, 10]).unwrap();
    let region = roi![5..12, 5..25];
    let clipped: Vec<_> = grid.split(&region).unwrap().map(|block| block.roi).collect();
    assert_eq!(clipped.len(), 6);
    assert_eq!((clipped[0], clipped[5]), (roi![5..10, 5..10], roi![10..12, 20..25]));
    let whole: Vec<_> = grid.intersecting(&region).unwrap().map(|block| block.roi).collect();
    assert_eq!((whole[0], whole[5]), (roi![0..10, 0..10], roi![10..20, 20..25]));
}

#[test]
fn g107_the_shape_of_a_block_of_a_given_volume() {
    let shape = |max: &[usize], target| determine_block_shape(Shape::new(max).unwrap(), target).unwrap();
    assert_eq!(shape(&[1000, 2000, 3000, 1], 1_000_000), [100, 100, 100, 1]);
    assert_eq!(shape(&[1, 100, 5, 200, 3], 1000), [1, 8, 5, 8, 3]);
    assert_eq!(shape(&[10, 10, 10], 1), [1, 1, 1]);
    assert_eq!(shape(&[1, 2, 3, 2, 1], 1000), [1, 2, 3, 2, 1]);
    assert_eq!(shape(&[10, 10], 0), [1, 1]); // lazyflow: may divide by zero
}

#[test]
fn g108_the_shape_of_a_request_that_fits_in_memory() {
    let shape = |bytes, bytes_per_point| {
        let parallel = 10;
        let budget = RequestBudget {
            bytes,
            parallel,
            bytes_per_point,
        };
        request_block_shape([1000, 1000, 100], [0, 0, 1], budget.points()).unwrap()
    };
    assert_eq!(shape(1_000_000, 4), [158, 158, 1]);
    assert_eq!(shape(1_000_000_000, 4), [1000, 1000, 24]);
    assert_eq!(shape(1000, 100_000), [64, 64, 1]); // beyond the memory, on purpose
    let budget = RequestBudget {
        bytes: 1000,
        parallel: 10,
        bytes_per_point: 100_000,
    };
    assert_eq!(
        request_block_shape([1000, 1000, 100], [0, 0, 1], budget.points_within()).unwrap(),
        [1, 1, 1]
    );
}

#[test]
fn g109_text_in_columns() {
    let extent = Shape::from([50, 100]);
    assert_eq!(roi![1..10, 20..30].padded(&extent).to_string(), " 1..10,  20.. 30");
    assert_eq!(roi![10..20, 5..100].padded(&extent).to_string(), "10..20,   5..100");
    assert_eq!(roi![].padded(&extent).to_string(), "()");
}

#[test]
fn g110_what_is_wrong_with_a_region_is_typed_and_one_of_the_errors() {
    let refused: RoiError = Roi::new([3], [1]).unwrap_err();
    assert_eq!(
        refused,
        RoiError::Reversed {
            axis: 0,
            start: 3,
            stop: 1
        }
    );
    assert_eq!(Error::from(refused).kind(), ErrorKind::Invalid);
}

#[test]
fn d18_changes_make_a_new_region() {
    let region = roi![0..4, 10..14];
    let other = region.with_axis(1, 0..1).unwrap();
    assert_eq!((region, other), (roi![0..4, 10..14], roi![0..4, 0..1]));
}

#[test]
fn d18_the_stop_is_checked_like_the_start() {
    assert!(Roi::new([0, 0], [4, 4]).is_ok());
    assert!(matches!(Roi::new([0, 0], [4]), Err(RoiError::RankMismatch { .. })));
    assert!(matches!(Roi::new([0, 5], [4, 4]), Err(RoiError::Reversed { .. })));
}

#[test]
fn d18_text_is_read_and_never_evaluated() {
    let region = roi![0..1, 512..1024];
    assert_eq!(region.to_string().parse(), Ok(region));
    assert!("SubRegion(None, [0], __import__('os'))".parse::<Roi>().is_err());
}
