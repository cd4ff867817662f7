//! What a filter sees beyond the border of the data.

/// The position inside `0..len` that stands in for `index`: reflection without repeating the edge (`2 1 0 1 2`).
///
/// One reflection has to suffice: `index` reaches less than `len` beyond either end.
#[inline]
pub(super) fn mirror(index: isize, len: usize) -> usize {
    let last = len.cast_signed() - 1;
    debug_assert!(-last <= index && index <= 2 * last);
    (last - (last - index.abs()).abs()).cast_unsigned()
}

/// [`mirror`] for windows of any size: reflected at both ends as often as it takes. `len` is not 0.
#[inline]
pub(super) fn reflect(index: isize, len: usize) -> usize {
    let last = len.cast_signed() - 1;
    if last == 0 {
        return 0;
    }
    let index = index.rem_euclid(2 * last);
    index.min(2 * last - index).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::{mirror, reflect};

    #[test]
    fn reflecting_goes_on_where_one_mirror_ends() {
        let seen: Vec<_> = (-7..=6).map(|index| reflect(index, 3)).collect();
        assert_eq!(seen, [1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
        assert!((-3..=6).all(|index| reflect(index, 4) == mirror(index, 4)));
        assert!((-3..=3).all(|index| reflect(index, 1) == 0));
    }

    #[test]
    fn the_edge_is_not_repeated() {
        let seen: Vec<_> = (-3..=6).map(|index| mirror(index, 4)).collect();
        assert_eq!(seen, [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
    }

    #[test]
    fn a_single_sample_is_its_own_mirror() {
        assert_eq!(mirror(0, 1), 0);
    }
}
