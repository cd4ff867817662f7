//! Truths of one bit each.

/// Turns the bits of `packed` from bit `first` on, the highest of a byte first, to a byte each in `truths`.
pub(in crate::io::tiff) fn expand(packed: &[u8], first: usize, truths: &mut [u8]) {
    for (at, truth) in truths.iter_mut().enumerate() {
        let bit = first + at;
        *truth = packed[bit / 8] >> (7 - bit % 8) & 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bit_comes_first() {
        let mut truths = [9; 6];
        expand(&[0b0100_0001, 0b1000_0000], 5, &mut truths);
        assert_eq!(truths, [0, 0, 1, 1, 0, 0]);
    }
}
