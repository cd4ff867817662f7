use proptest::prelude::*;

use super::*;
use crate::io::points::{cases, numbered};
use crate::roi;

fn never() -> Checkpoint {
    Checkpoint::never()
}

proptest! {
    #[test]
    fn a_target_that_is_divided_is_filled_as_a_whole(
        (at, _, _, item) in cases(1),
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
