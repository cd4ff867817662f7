//! From elements to bits, 64 at a time.

use std::any::Any;
use std::array::from_fn;

use pulp::Simd;

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

/// Bit `i`: whether `f` holds of `values[i]`. There are [`WORD`] values at most.
#[inline(always)]
pub(super) fn bits_of<T: Element>(values: &[T], f: impl Fn(T) -> bool) -> u64 {
    if let Some(values) = values.first_chunk::<WORD>() {
        return pack(&from_fn(|i| u8::from(f(values[i]))));
    }
    pack(&from_fn(|i| u8::from(f(padded(values)[i])))) & low(values.len())
}

/// Bit `i`: whether `a[i]` and `b[i]` are not equal. There are as many of both, [`WORD`] at most.
#[inline(always)]
pub(super) fn unequal<S: Simd, T: Element>(simd: S, a: &[T], b: &[T]) -> u64 {
    if let (Some(a), Some(b)) = (a.first_chunk(), b.first_chunk()) {
        return unequal_words(simd, a, b);
    }
    unequal_words(simd, &padded(a), &padded(b)) & low(a.len())
}

#[inline(always)]
fn padded<T: Element>(values: &[T]) -> [T; WORD] {
    let mut word = [T::default(); WORD];
    word[..values.len()].copy_from_slice(values);
    word
}

#[inline(always)]
fn unequal_words<S: Simd, T: Element>(simd: S, a: &[T; WORD], b: &[T; WORD]) -> u64 {
    if let (Some(a), Some(b)) = (as_bytes(a), as_bytes(b))
        && let Some(bits) = unequal_bytes(simd, a, b)
    {
        return bits;
    }
    pack(&from_fn(|i| u8::from(a[i] != b[i])))
}

/// The word as bytes, if they are equal where and only where its elements are. Known when this is compiled.
#[inline(always)]
fn as_bytes<T: Element>(word: &[T; WORD]) -> Option<&[u8; WORD]> {
    let word: &dyn Any = word;
    if let Some(word) = word.downcast_ref::<[bool; WORD]>() {
        return bytemuck::cast_slice(word).first_chunk();
    }
    if let Some(word) = word.downcast_ref::<[i8; WORD]>() {
        return bytemuck::cast_slice(word).first_chunk();
    }
    word.downcast_ref()
}

/// The instructions that compare bytes into a mask, which no compiler finds by itself: masks are what a mask is read for.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn unequal_bytes<S: Simd>(simd: S, a: &[u8; WORD], b: &[u8; WORD]) -> Option<u64> {
    let simd: &dyn Any = &simd;
    if let Some(simd) = simd.downcast_ref::<pulp::x86::V4>() {
        let (a, b) = (pulp::cast(*a), pulp::cast(*b));
        return Some(simd.avx512bw._mm512_cmpneq_epi8_mask(a, b));
    }
    let simd = simd.downcast_ref::<pulp::x86::V3>()?;
    let (a, b): ([_; 2], [_; 2]) = (pulp::cast(*a), pulp::cast(*b));
    let equal = |half: usize| {
        let bytes = simd.avx2._mm256_cmpeq_epi8(a[half], b[half]);
        u64::from(simd.avx2._mm256_movemask_epi8(bytes).cast_unsigned())
    };
    Some(!(equal(0) | equal(1) << 32))
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn unequal_bytes<S: Simd>(_: S, _: &[u8; WORD], _: &[u8; WORD]) -> Option<u64> {
    None
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
        assert_eq!(unequal(pulp::Scalar::new(), &short, &zeros), 0b101);
        assert_eq!(bits_of(&short, |_| true), 0b111);
        assert_eq!((low(0), low(3), low(64)), (0, 7, u64::MAX));
    }

    struct Unequal<'a>(&'a [i8], &'a [i8]);

    impl pulp::WithSimd for Unequal<'_> {
        type Output = u64;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> u64 {
            unequal(simd, self.0, self.1)
        }
    }

    #[test]
    fn all_instructions_give_the_same_bits() {
        let (a, b): ([i8; WORD], [i8; WORD]) = (from_fn(|i| (i * i % 7) as i8), from_fn(|i| (i % 5) as i8 - 1));
        for length in [WORD, 63, 33, 1, 0] {
            let expected = unequal(pulp::Scalar::new(), &a[..length], &b[..length]);
            assert_eq!(
                expected.count_ones() as usize,
                (0..length).filter(|i| a[*i] != b[*i]).count()
            );
            assert_eq!(
                pulp::Arch::new().dispatch(Unequal(&a[..length], &b[..length])),
                expected
            );
            #[cfg(target_arch = "x86_64")]
            if let Some(simd) = pulp::x86::V3::try_new() {
                assert_eq!(Simd::vectorize(simd, Unequal(&a[..length], &b[..length])), expected);
            }
        }
    }
}
