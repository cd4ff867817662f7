//! Boxes whose samples tell where they are from, for tests that copy them.

use proptest::prelude::*;

use crate::io::boxes::advance;
use crate::roi::Roi;

/// The samples of a box: each is a number of its own point.
pub(crate) fn numbered(at: &Roi, item: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for_points(at, |point| {
        let number = point.iter().fold(0_u64, |n, at| n * 50 + *at as u64);
        bytes.extend(&number.to_le_bytes()[..item]);
    });
    bytes
}

/// Calls `each` with every point of a box, in C order.
pub(crate) fn for_points(at: &Roi, mut each: impl FnMut(&[usize])) {
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

/// Boxes of so many axes, each at least `shortest` long.
fn ranges(rank: usize, shortest: usize) -> impl Strategy<Value = Roi> {
    let one = (0_usize..4, shortest..5).prop_map(|(start, length)| start..start + length);
    prop::collection::vec(one, rank).prop_map(|ranges| Roi::from_ranges(ranges).unwrap())
}

/// Two boxes of as many axes, an order of these, and the size of a sample. There are at least `shortest` axes, each at least so long.
pub(crate) fn cases(shortest: usize) -> impl Strategy<Value = (Roi, Roi, Vec<usize>, usize)> {
    (shortest..5).prop_flat_map(move |rank| {
        let order = Just((0..rank).collect::<Vec<_>>()).prop_shuffle();
        (
            ranges(rank, shortest),
            ranges(rank, shortest),
            order,
            prop::sample::select(vec![1_usize, 2, 4, 8]),
        )
    })
}
