use proptest::prelude::*;

use super::*;
use crate::io::points::{cases, for_points, numbered};

fn never() -> Checkpoint {
    Checkpoint::never()
}

proptest! {
    #[test]
    fn any_order_is_copied_point_by_point((from, to, order, item) in cases(0)) {
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
