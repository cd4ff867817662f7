//! Extents cut into blocks.

use std::collections::BTreeSet;

use headwater::{BlockGrid, Roi, RoiError, Shape, roi};
use proptest::prelude::*;

use crate::model::{Points, disjoint, points, region, shape};

/// An extent, a block, whether the grid is relative, and a region.
fn scene() -> impl Strategy<Value = (BlockGrid, Roi)> {
    (0..=3usize)
        .prop_flat_map(|rank| (region(rank), shape(rank, 1..=4), any::<bool>(), region(rank)))
        .prop_map(|(extent, block, relative, region)| {
            let make = if relative {
                BlockGrid::relative
            } else {
                BlockGrid::aligned
            };
            (make(extent, block).unwrap(), region)
        })
}

proptest! {
    #[test]
    fn blocks_tile_the_extent((grid, _) in scene()) {
        prop_assert_eq!(disjoint(grid.iter().map(|block| block.roi)), points(grid.extent()));
        prop_assert_eq!(grid.iter().len(), grid.len());
        prop_assert_eq!(grid.is_empty(), grid.extent().is_empty());
        prop_assert_eq!(grid.counts().volume()?, grid.len());
        for (number, block) in grid.iter().enumerate() {
            prop_assert_eq!(block.number, number);
            prop_assert_eq!(grid.block(number), Some(block.roi));
            prop_assert_eq!(grid.number_of(&block.roi), Some(number));
            let whole = grid.whole_block(number).unwrap();
            prop_assert_eq!(whole.shape(), *grid.block_shape());
            prop_assert_eq!(whole.intersection(grid.extent()), Some(block.roi));
            for point in points(&block.roi) {
                prop_assert_eq!(grid.number_at(point), Some(number));
            }
        }
        prop_assert_eq!(grid.block(grid.len()), None);
        prop_assert_eq!(grid.whole_block(usize::MAX), None);
    }

    #[test]
    fn the_blocks_of_a_region_are_those_of_its_points((grid, region) in scene()) {
        let numbers: BTreeSet<_> = points(&region).iter().filter_map(|point| grid.number_at(point)).collect();
        let numbers: Vec<_> = numbers.into_iter().collect();
        let found: Vec<_> = grid.intersecting(&region)?.collect();
        prop_assert_eq!(grid.intersecting(&region)?.len(), found.len());
        prop_assert_eq!(found.iter().map(|block| block.number).collect::<Vec<_>>(), &*numbers);
        prop_assert!(found.iter().all(|block| grid.block(block.number) == Some(block.roi)));

        let pieces: Vec<_> = grid.split(&region)?.collect();
        prop_assert_eq!(pieces.iter().map(|block| block.number).collect::<Vec<_>>(), &*numbers);
        let inside: Points = points(&region).intersection(&points(grid.extent())).cloned().collect();
        prop_assert_eq!(disjoint(pieces.iter().map(|block| block.roi)), inside);

        let around = grid.align_outward(&region)?;
        prop_assert_eq!(points(&around), disjoint(found.iter().map(|block| block.roi)));
    }
}

#[test]
fn the_lines_go_through_the_origin_or_through_the_start() {
    let extent = roi![15..37];
    let bounds = |grid: BlockGrid| grid.iter().map(|block| block.roi).collect::<Vec<_>>();
    assert_eq!(
        bounds(BlockGrid::aligned(extent, [10]).unwrap()),
        [roi![15..20], roi![20..30], roi![30..37]]
    );
    assert_eq!(
        bounds(BlockGrid::relative(extent, [10]).unwrap()),
        [roi![15..25], roi![25..35], roi![35..37]]
    );
}

#[test]
fn a_single_number_is_one_block() {
    let grid = BlockGrid::aligned(roi![], []).unwrap();
    assert_eq!(grid.len(), 1);
    assert_eq!(grid.iter().map(|block| block.roi).collect::<Vec<_>>(), [roi![]]);
    assert_eq!(grid.number_at([]), Some(0));
}

#[test]
fn a_grid_that_cannot_be_counted_is_refused() {
    let huge = usize::MAX;
    let refused = |extent: &[usize], block: &[usize]| {
        BlockGrid::aligned(Shape::new(extent).unwrap(), Shape::new(block).unwrap())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused(&[huge, huge], &[1, 1]),
        "the number of blocks is beyond what can be counted"
    );
    assert_eq!(refused(&[huge], &[2]), "the last block is beyond what can be counted");
    assert_eq!(refused(&[9, 9], &[3, 0]), "the block is 0 on axis 1");
    assert_eq!(refused(&[9, 9], &[3]), "the block has 1 axes, not 2");
    // Without points there is nothing to count.
    let nothing = BlockGrid::aligned(Shape::from([huge, huge, 0]), [1, 1, 1]).unwrap();
    assert!(nothing.is_empty() && nothing.iter().next().is_none());
}

#[test]
fn billions_of_blocks_are_made_one_at_a_time() {
    let grid = BlockGrid::aligned(Shape::from([1 << 20, 1 << 20, 1 << 20]), [64, 64, 64]).unwrap();
    assert_eq!(grid.len(), 1 << 42);
    assert_eq!(
        grid.iter().nth(2).map(|block| block.roi),
        Some(roi![0..64, 0..64, 128..192])
    );
    let last = grid.block(grid.len() - 1).unwrap();
    assert_eq!(grid.number_of(&last), Some(grid.len() - 1));
    assert_eq!(grid.number_of(&roi![0..64, 0..64, 0..63]), None);
}

#[test]
fn regions_of_another_rank_are_refused() {
    let grid = BlockGrid::aligned(Shape::from([9, 9]), [3, 3]).unwrap();
    let (what, found, expected) = ("the region", 1, 2);
    let refused = RoiError::RankMismatch { what, found, expected };
    assert_eq!(grid.intersecting(&roi![0..1]).map(|_| ()), Err(refused.clone()));
    assert_eq!(grid.split(&roi![0..1]).map(|_| ()), Err(refused.clone()));
    assert_eq!(grid.align_outward(&roi![0..1]), Err(refused));
    assert_eq!(grid.number_of(&roi![0..1]), None);
}
