use proptest::prelude::*;

use super::*;

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
    let one = (0_usize..4, 0_usize..5).prop_map(|(start, length)| start..start + length);
    prop::collection::vec(one, rank).prop_map(|ranges| Roi::from_ranges(ranges).unwrap())
}

fn cases() -> impl Strategy<Value = (Roi, Roi, Vec<usize>, usize)> {
    (0_usize..5).prop_flat_map(|rank| {
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
    fn any_order_is_copied_point_by_point((from, to, order, item) in cases()) {
        let Some(common) = from.intersection(&to) else { return Ok(()) };
        // The source in another order: its samples are numbered as the permuted box has them.
        let permuted = from.permute_axes(&order).unwrap();
        let mut source = vec![0; from.shape().saturating_volume() * item];
        let layout = Layout::permuted(&from, item, &order);
        for_points(&permuted, |point| {
            let mut own = vec![0; order.len()];
            order.iter().zip(point).for_each(|(axis, at)| own[*axis] = *at);
            let number = own.iter().fold(0_u64, |n, at| n * 50 + *at as u64);
            source[layout.offset(&own)..][..item].copy_from_slice(&number.to_le_bytes()[..item]);
        });
        let mut out = vec![255; to.shape().saturating_volume() * item];
        let target = Layout::of(&to, item);
        copy((&source, &layout), (&mut out, &target), &common, item, &never()).unwrap();
        let right = numbered(&to, item);
        for_points(&to, |point| {
            let at = target.offset(point);
            let expected = if common.contains_point(point) { &right[at..at + item] } else { &[255; 8][..item] };
            assert_eq!(&out[at..at + item], expected);
        });
    }
}
