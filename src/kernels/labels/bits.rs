//! From elements to bits, 64 at a time.

use std::array::from_fn;

use crate::array::Element;

/// Elements of a word of bits.
pub(super) const WORD: usize = 64;

/// Multiplied by bytes of 0 or 1, it collects them in the topmost byte, the first in the lowest bit.
const COLLECT: u64 = 0x0102_0408_1020_4080;

#[inline(always)]
fn pack(flags: &[u8; WORD]) -> u64 {
    let mut bits = 0;
    for (nth, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        bits |= (u64::from_le_bytes(*eight).wrapping_mul(COLLECT) >> 56) << (8 * nth);
    }
    bits
}

/// The first `count` bits.
#[inline(always)]
pub(super) fn low(count: usize) -> u64 {
    match count {
        0 => 0,
        _ => u64::MAX >> (WORD - count.min(WORD)),
    }
}

/// Bit `i`: whether `f` holds of `a[i]` and `b[i]`. There are as many of both, [`WORD`] at most.
#[inline(always)]
pub(super) fn bits_of<T: Element>(a: &[T], b: &[T], f: impl Fn(T, T) -> bool) -> u64 {
    if let (Some(a), Some(b)) = (a.first_chunk::<WORD>(), b.first_chunk::<WORD>()) {
        return pack(&from_fn(|i| u8::from(f(a[i], b[i]))));
    }
    let (mut left, mut right) = ([T::default(); WORD], [T::default(); WORD]);
    left[..a.len()].copy_from_slice(a);
    right[..b.len()].copy_from_slice(b);
    pack(&from_fn(|i| u8::from(f(left[i], right[i])))) & low(a.len())
}

/// Calls `f` for each bit, from the lowest to the highest.
#[inline(always)]
pub(super) fn each_bit(mut bits: u64, mut f: impl FnMut(usize)) {
    while bits != 0 {
        f(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_in_the_order_of_elements() {
        for at in 0..WORD {
            let mut flags = [0; WORD];
            flags[at] = 1;
            assert_eq!(pack(&flags), 1 << at);
        }
        assert_eq!(pack(&[1; WORD]), u64::MAX);
        let (short, zeros) = ([3u16, 0, 3], [0u16; 3]);
        assert_eq!(bits_of(&short, &zeros, |a, b| a != b), 0b101);
        assert_eq!(bits_of(&short, &zeros, |_, _| true), 0b111);
        assert_eq!((low(0), low(3), low(64)), (0, 7, u64::MAX));
    }
}
