use proptest::prelude::*;

use super::*;
use crate::roi;

fn never() -> Checkpoint {
    Checkpoint::never()
}

/// The samples of a box: each is a number of its own point.
fn numbered(at: &Roi, item: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for_points(at, |point| {
        let number = point.iter().fold(0_u64, |n, at| n * 50 + *at as u64);
        bytes.extend(&number.to_le_bytes()[..item]);
    });
    bytes
}

fn for_points(at: &Roi, mut each: impl FnMut(&[usize])) {
    if at.is_empty() {
        return;
    }
    let mut point = at.start().to_vec();
    loop {
        each(&point);
        if !advance(&mut point, at) {
            return;
        }
    }
}

fn ranges(rank: usize) -> impl Strategy<Value = Roi> {
    let one = (0_usize..4, 1_usize..5).prop_map(|(start, length)| start..start + length);
    prop::collection::vec(one, rank).prop_map(|ranges| Roi::from_ranges(ranges).unwrap())
}

fn cases() -> impl Strategy<Value = (Roi, Roi, Vec<usize>, usize)> {
    (1_usize..5).prop_flat_map(|rank| {
        let order = Just((0..rank).collect::<Vec<_>>()).prop_shuffle();
        (
            ranges(rank),
            ranges(rank),
            order,
            prop::sample::select(vec![1_usize, 2, 4, 8]),
        )
    })
}

proptest! {
    #[test]
    fn a_target_that_is_divided_is_filled_as_a_whole(
        (at, _, _, item) in cases(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..5),
    ) {
        let mut out = vec![0; at.shape().saturating_volume() * item];
        let mut targets = vec![Target::new(at, &mut out, item)];
        for (axis, place) in cuts {
            let target = targets.remove(0);
            let axis = axis.index(at.rank());
            let range = target.at().range(axis);
            if range.len() < 2 {
                targets.push(target);
                continue;
            }
            let (left, right) = target.split(axis, range.start + 1 + place.index(range.len() - 1)).unwrap();
            targets.extend([left, right]);
        }
        let source = numbered(&at, item);
        for mut target in targets {
            let common = *target.at();
            target.fill_from(&source, &Layout::of(&at, item), &common, &never()).unwrap();
        }
        prop_assert_eq!(out, source);
    }
}

#[test]
fn a_part_is_filled_with_a_sample() {
    let mut out = vec![0; 24];
    let (mut left, mut right) = Target::new(roi![0..3, 0..4], &mut out, 2).split(1, 2).unwrap();
    left.fill_with(&[1, 2], &roi![0..2, 1..2], &never()).unwrap();
    right.fill_with(&[3, 4], &roi![2..3, 2..4], &never()).unwrap();
    assert_eq!(
        out,
        [0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 3, 4]
    );
}
