//! Who goes first.

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU8;

/// A request's rank in the ready queue: smaller goes first (C34, R74–R76).
///
/// The order is the lexicographic one down the ancestors: the priority given by the user, then the age of the root, then
/// for each generation of descendants the priority and the position among its siblings. A request outranks its
/// descendants, and all descendants of an older root outrank everything of a newer one.
///
/// The way down is packed into 128 bits by a prefix code that keeps the order: 6 bits for each of the first seven
/// children without a priority of their own, 12 for the next 256, 21 up to 65,000. So the order is exact for 21 levels of
/// small families; deeper descendants rank as one with their ancestor at that depth and go first come, first served.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Priority {
    level: i32,
    root: u64,
    path: [u64; 2],
    /// How many bits of the path are in use, and one: what is never 0 leaves room for `None` (C54).
    used: NonZeroU8,
}

impl Priority {
    /// The rank of the `nth` root with the user's `level`.
    pub(crate) fn root(level: i32, nth: u64) -> Self {
        Self {
            level,
            root: nth,
            path: [0, 0],
            used: NonZeroU8::MIN,
        }
    }

    /// The rank of the `nth` child (from 1) that was given `level` among its siblings.
    pub(crate) fn child(&self, level: i32, nth: u32) -> Self {
        let mut child = *self;
        child.append_level(level);
        child.append_position(nth);
        child
    }

    /// The user's priority of the root: smaller is more urgent.
    pub fn level(&self) -> i32 {
        self.level
    }

    fn append_level(&mut self, level: i32) {
        // 0 + 31 bits for negative ones, 10 for none, 11 + 31 bits for positive ones: -5 < none < 5.
        let magnitude = u64::from(level.unsigned_abs().min(0x7fff_ffff));
        match level.cmp(&0) {
            Ordering::Less => self.append(0x7fff_ffff - magnitude, 32),
            Ordering::Equal => self.append(0b10, 2),
            Ordering::Greater => {
                self.append(0b11, 2);
                self.append(magnitude, 31);
            }
        }
    }

    fn append_position(&mut self, nth: u32) {
        let nth = u64::from(nth);
        match nth {
            0..8 => self.append(nth, 4),
            8..264 => self.append(0b10 << 8 | (nth - 8), 10),
            264..65_800 => self.append(0b110 << 16 | (nth - 264), 19),
            _ => self.append(0b111 << 32 | nth, 35),
        }
    }

    fn used(&self) -> u8 {
        self.used.get() - 1
    }

    fn set_used(&mut self, bits: u8) {
        self.used = NonZeroU8::MIN.saturating_add(bits);
    }

    /// Appends the lowest `bits` of `code`. What does not fit is cut off, which keeps the order but for ties.
    #[inline]
    fn append(&mut self, code: u64, bits: u8) {
        let end = self.used() + bits;
        if end <= 64 {
            self.path[0] |= code << (64 - end);
            self.set_used(end);
        } else {
            self.append_across(code, bits);
        }
    }

    #[cold]
    fn append_across(&mut self, code: u64, bits: u8) {
        let path = u128::from(self.path[0]) << 64 | u128::from(self.path[1]);
        let end = self.used() + bits;
        let path = path
            | match end {
                0..=128 => u128::from(code) << (128 - end),
                _ => u128::from(code) >> (end - 128),
            };
        self.path = [(path >> 64) as u64, path as u64];
        self.set_used(end.min(128));
    }
}

impl Ord for Priority {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.level, self.root, self.path).cmp(&(other.level, other.root, other.path))
    }
}

impl PartialOrd for Priority {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.level, self.root)?;
        if self.used() > 0 {
            write!(f, "/{:016x}{:016x}", self.path[0], self.path[1])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A rank beside the plain list of numbers that it stands for.
    fn rank(steps: &[(i32, u32)]) -> (Priority, Vec<(i64, i64)>) {
        let mut priority = Priority::root(steps[0].0, u64::from(steps[0].1));
        let mut list = vec![(i64::from(steps[0].0), i64::from(steps[0].1))];
        for &(level, nth) in &steps[1..] {
            priority = priority.child(level, nth + 1);
            list.push((i64::from(level), i64::from(nth)));
        }
        (priority, list)
    }

    proptest! {
        #[test]
        fn c34_packed_ranks_order_as_the_lists_they_stand_for(
            a in prop::collection::vec((prop_oneof![9 => Just(0), 1 => -3..3], prop_oneof![0..12u32, 0..70_000u32]), 1..4),
            b in prop::collection::vec((prop_oneof![9 => Just(0), 1 => -3..3], prop_oneof![0..12u32, 0..70_000u32]), 1..4),
        ) {
            let (a, a_list) = rank(&a);
            let (b, b_list) = rank(&b);
            prop_assert_eq!(a.cmp(&b), a_list.cmp(&b_list));
        }
    }

    #[test]
    fn c34_descendants_too_deep_for_the_code_never_overtake() {
        let mut first = Priority::root(0, 0).child(0, 1);
        let mut second = Priority::root(0, 0).child(0, 2);
        for nth in [7, 100, 1, 70_000].into_iter().cycle().take(1_000) {
            assert!(first.child(0, nth) >= first);
            first = first.child(0, nth);
            second = second.child(0, 1);
            assert!(first < second);
        }
    }
}
