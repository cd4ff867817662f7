//! Sorting that can be stopped.

use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many items are sorted, or merged, between two looks at the checkpoint: some hundred microseconds.
const PIECE: usize = 1 << 12;

/// Sorts `items` by `key`; those with equal keys in any order. Takes as much memory again.
pub(crate) fn sort_by_key<T: Copy, K: Ord>(
    items: &mut Vec<T>,
    key: impl Fn(&T) -> K,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    for piece in items.chunks_mut(PIECE) {
        checkpoint.check()?;
        piece.sort_unstable_by_key(&key);
    }
    let (mut sorted, mut merged) = (PIECE, Vec::new());
    while sorted < items.len() {
        merged.clear();
        merged.reserve_exact(items.len());
        for pair in items.chunks(2 * sorted) {
            let (left, right) = pair.split_at(sorted.min(pair.len()));
            merge(left, right, &key, &mut merged, checkpoint)?;
        }
        std::mem::swap(items, &mut merged);
        sorted *= 2;
    }
    Ok(())
}

fn merge<T: Copy, K: Ord>(
    mut left: &[T],
    mut right: &[T],
    key: &impl Fn(&T) -> K,
    out: &mut Vec<T>,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    while !(left.is_empty() || right.is_empty()) {
        checkpoint.check()?;
        for _ in 0..PIECE {
            let (Some((a, others)), Some((b, beside))) = (left.split_first(), right.split_first()) else {
                break;
            };
            if key(b) < key(a) {
                out.push(*b);
                right = beside;
            } else {
                out.push(*a);
                left = others;
            }
        }
    }
    for part in left.chunks(PIECE).chain(right.chunks(PIECE)) {
        checkpoint.check()?;
        out.extend_from_slice(part);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_items_is_sorted() {
        for count in [0, 1, 2, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7, 8 * PIECE] {
            let mut items: Vec<u64> = (0..count as u64)
                .map(|nth| nth.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7)
                .collect();
            let mut expected = items.clone();
            expected.sort_unstable_by_key(|item| !item);
            sort_by_key(&mut items, |item| !item, &Checkpoint::never()).unwrap();
            assert_eq!(items, expected, "{count}");
        }
    }
}
