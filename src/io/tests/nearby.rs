use hashlink::LinkedHashMap;
use proptest::prelude::*;

use super::*;
use crate::roi::Shape;

fn grid(counts: &[usize]) -> BlockGrid {
    let ones = vec![1; counts.len()];
    BlockGrid::aligned(Shape::new(counts).unwrap(), Shape::new(ones).unwrap()).unwrap()
}

fn order(counts: &[usize], axes: &str) -> Vec<Vec<usize>> {
    let blocks = Nearby::new(grid(counts), axes.parse().unwrap());
    blocks.map(|block| block.start().to_vec()).collect()
}

#[test]
fn squares_are_finished_one_after_the_other() {
    let at = [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2], [1, 2], [2, 0], [2, 1], [2, 2]];
    assert_eq!(order(&[3, 3], "yx"), at);
}

#[test]
fn a_time_is_finished_before_the_next_and_channels_stay_together() {
    let at = [
        [0, 0, 0],
        [0, 0, 1],
        [0, 1, 0],
        [0, 1, 1],
        [1, 0, 0],
        [1, 0, 1],
        [1, 1, 0],
        [1, 1, 1],
    ];
    assert_eq!(order(&[2, 2, 2], "txc"), at);
    assert_eq!(order(&[2, 2], "tc"), [[0, 0], [0, 1], [1, 0], [1, 1]]);
}

proptest! {
    #[test]
    fn every_block_comes_once(
        counts in prop::collection::vec(0_usize..6, 0..5),
        axes in prop::sample::subsequence(vec!['t', 'z', 'y', 'x', 'c'], 5).prop_shuffle(),
    ) {
        let axes: String = axes.into_iter().take(counts.len()).collect();
        let mut seen = order(&counts, &axes);
        seen.sort();
        let all: Vec<_> = grid(&counts).iter().map(|block| block.roi.start().to_vec()).collect();
        prop_assert_eq!(seen, all);
    }
}

/// How often a cache of `most` blocks, which drops what was used least recently, has to compute one, if each block of `order`
/// needs itself and all that touch it.
fn computed(order: impl Iterator<Item = Roi>, grid: &BlockGrid, most: usize) -> usize {
    let mut kept = LinkedHashMap::new();
    let mut computed = 0;
    for block in order {
        let around = block.expand_by_halo([1; 3], *grid.extent()).unwrap();
        for needed in grid.intersecting(&around.outer).unwrap() {
            if kept.to_back(&needed.number).is_some() {
                continue;
            }
            computed += 1;
            kept.insert(needed.number, ());
            if kept.len() > most {
                kept.pop_front();
            }
        }
    }
    computed
}

fn snake(counts: [usize; 3]) -> impl Iterator<Item = Roi> {
    let turned = |odd: bool, at: usize, count: usize| if odd { count - 1 - at } else { at };
    let at = grid(&counts).iter().map(move |block| {
        let [z, y, x] = [block.roi.start()[0], block.roi.start()[1], block.roi.start()[2]];
        [
            z,
            turned(z % 2 == 1, y, counts[1]),
            turned((z + y) % 2 == 1, x, counts[2]),
        ]
    });
    at.map(|at| Roi::new(at, at.map(|place| place + 1)).unwrap())
}

#[test]
fn a_small_cache_computes_less_again_than_in_any_other_order() {
    let mut table = String::new();
    for counts in [[8, 8, 8], [6, 16, 16], [4, 32, 32]] {
        let grid = grid(&counts);
        for most in [60, 120, 300, 3000] {
            let times = |order: usize| order as f64 / grid.len() as f64;
            let plain = times(computed(grid.iter().map(|block| block.roi), &grid, most));
            let snake = times(computed(snake(counts), &grid, most));
            let ours = times(computed(Nearby::new(grid, "zyx".parse().unwrap()), &grid, most));
            table += &format!("{counts:?} {most}: {plain:.1} {snake:.1} {ours:.1}\n");
        }
    }
    expect_test::expect![[r#"
        [8, 8, 8] 60: 6.1 3.7 3.0
        [8, 8, 8] 120: 2.7 1.8 1.6
        [8, 8, 8] 300: 1.0 1.0 1.1
        [8, 8, 8] 3000: 1.0 1.0 1.0
        [6, 16, 16] 60: 7.7 5.9 3.7
        [6, 16, 16] 120: 6.2 3.8 2.2
        [6, 16, 16] 300: 2.7 2.2 1.5
        [6, 16, 16] 3000: 1.0 1.0 1.0
        [4, 32, 32] 60: 7.3 6.4 3.5
        [4, 32, 32] 120: 7.3 5.5 1.8
        [4, 32, 32] 300: 2.5 3.0 1.3
        [4, 32, 32] 3000: 1.5 1.2 1.0
    "#]]
    .assert_eq(&table);
}
