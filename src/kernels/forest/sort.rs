//! Sorting that can be stopped.

use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many elements are worked on between two looks at the checkpoint: some tenths of a millisecond.
pub(super) const PATIENCE: usize = 1 << 14;

/// How many entries go to places anywhere between two looks: each may be the first to touch a page.
const SCATTERED: usize = 1 << 10;

/// The bits of one digit, and how many digits the upper half of an entry has.
const DIGIT: u32 = 11;
const DIGITS: u32 = 3;

/// Sorts the first `count` of `entries` by their upper 32 bits. The order of those that agree there is the same each time,
/// and says nothing. `spare` is as long as `entries`.
///
/// Few are sorted by comparisons; many, digit by digit from the last, since a comparison sort cannot be interrupted.
pub(super) fn sort(
    entries: &mut Vec<u64>,
    spare: &mut Vec<u64>,
    count: usize,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    checkpoint.check()?;
    if count <= PATIENCE {
        entries[..count].sort_unstable();
        return Ok(());
    }
    for digit in 0..DIGITS {
        scatter(&entries[..count], &mut spare[..count], 32 + digit * DIGIT, checkpoint)?;
        std::mem::swap(entries, spare);
    }
    Ok(())
}

/// Writes `from` to `to` in the order of the digit that begins at bit `shift`; what agrees there stays in order.
fn scatter(from: &[u64], to: &mut [u64], shift: u32, checkpoint: &Checkpoint) -> Result<(), Error> {
    let digit = |entry: u64| (entry >> shift) as usize & ((1 << DIGIT) - 1);
    let mut places = [0; 1 << DIGIT];
    for part in from.chunks(PATIENCE) {
        checkpoint.check()?;
        part.iter().for_each(|entry| places[digit(*entry)] += 1);
    }
    let mut begin = 0;
    for place in &mut places {
        begin += std::mem::replace(place, begin);
    }
    for part in from.chunks(SCATTERED) {
        checkpoint.check()?;
        for &entry in part {
            let place = &mut places[digit(entry)];
            to[*place] = entry;
            *place += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_entries_are_in_the_same_order_as_few() {
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state ^ (state >> 29)
        });
        let mut entries: Vec<u64> = noise.take(3 * PATIENCE + 5).collect();
        entries.extend([0, u64::MAX, 1 << 63]);
        let mut expected: Vec<_> = entries.iter().map(|entry| entry >> 32).collect();
        expected.sort_unstable();
        let count = entries.len();
        sort(&mut entries, &mut vec![0; count], count, &Checkpoint::never()).unwrap();
        assert!(entries.iter().map(|entry| entry >> 32).eq(expected));
    }
}
