//! Sets that are joined, and never taken apart.

use std::ops::Range;

use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many members are numbered between two looks at the checkpoint: at most some 100 µs of work.
const PATIENCE: usize = 1 << 14;

/// Disjoint sets of the numbers `0..len`, each known by its smallest member.
///
/// Grows by [`push`](Self::push) and [`extend`](Self::extend). [`find`](Self::find) halves the paths that it walks;
/// [`union`](Self::union) is Rem's, which walks from both sides at once and shortens both paths. The chain from a member
/// to the smallest goes down all the way, so [`number`](Self::number) needs one pass.
///
/// # Examples
///
/// ```
/// use headwater::kernels::UnionFind;
///
/// let mut sets = UnionFind::with_len(5)?;
/// sets.union(4, 2);
/// sets.union(2, 3);
/// assert_eq!((sets.find(4), sets.find(1)), (2, 1));
/// let (numbers, count) = sets.number();
/// assert_eq!((numbers, count), (vec![0, 1, 2, 2, 2], 3));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct UnionFind {
    /// A smaller member of the same set, or itself.
    parents: Vec<u32>,
}

impl UnionFind {
    /// No sets.
    pub const fn new() -> Self {
        Self { parents: Vec::new() }
    }

    /// `len` sets of one member.
    ///
    /// # Errors
    ///
    /// As [`extend`](Self::extend).
    pub fn with_len(len: usize) -> Result<Self, Error> {
        let mut sets = Self::new();
        sets.extend(len)?;
        Ok(sets)
    }

    /// How many members all sets have together.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// Adds a set of one member and returns that.
    ///
    /// # Errors
    ///
    /// As [`extend`](Self::extend).
    pub fn push(&mut self) -> Result<u32, Error> {
        self.extend(1)
    }

    /// Adds `count` sets of one member and returns the first of these.
    ///
    /// # Errors
    ///
    /// If there would be more members than a `u32` can count; the sets are as they were.
    #[inline]
    pub fn extend(&mut self, count: usize) -> Result<u32, Error> {
        let first = self.parents.len();
        match first.checked_add(count).map(u32::try_from) {
            // Widening a range that fits: the common case is a few at a time.
            Some(Ok(end)) => {
                self.parents.extend(first as u32..end);
                Ok(first as u32)
            }
            _ => Err(too_many(first.saturating_add(count))),
        }
    }

    /// The smallest member of the set that `member` is in.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[inline(always)]
    pub fn find(&mut self, member: u32) -> u32 {
        let mut here = member;
        loop {
            let parent = self.parents[here as usize];
            if parent == here {
                return here;
            }
            let beyond = self.parents[parent as usize];
            self.parents[here as usize] = beyond;
            here = beyond;
        }
    }

    /// Joins the sets that `a` and `b` are in; whether they were two.
    ///
    /// # Panics
    ///
    /// If there are no such members.
    #[inline(always)]
    pub fn union(&mut self, a: u32, b: u32) -> bool {
        let (mut a, mut b) = (a, b);
        loop {
            let (above_a, above_b) = (self.parents[a as usize], self.parents[b as usize]);
            if above_a == above_b {
                return false;
            }
            if above_a < above_b {
                std::mem::swap(&mut a, &mut b);
            }
            let (above, smaller) = (above_a.max(above_b), above_a.min(above_b));
            // `a` hangs below the larger of the two: let it hang below the smaller one instead. That joins them if `a` was
            // the smallest of its set; else its old parent still has to be joined.
            self.parents[a as usize] = smaller;
            if above == a {
                return true;
            }
            a = above;
        }
    }

    /// Numbers the sets from 0 in the order of their smallest members: the number for each member, and how many there are.
    pub fn number(self) -> (Vec<u32>, u32) {
        let mut numbers = self.parents;
        let (members, mut count) = (0..numbers.len(), 0);
        number(&mut numbers, members, &mut count);
        (numbers, count)
    }

    /// As [`number`](Self::number) as long as it is wanted.
    pub(crate) fn try_number(self, checkpoint: &Checkpoint) -> Result<(Vec<u32>, u32), Error> {
        let mut numbers = self.parents;
        let count = number_in_place(&mut numbers, 0, checkpoint)?;
        Ok((numbers, count))
    }

    /// As [`extend`](Self::extend) as long as it is wanted; after an error there are some of them.
    pub(crate) fn try_extend(&mut self, count: usize, checkpoint: &Checkpoint) -> Result<u32, Error> {
        let (first, mut left) = (self.len(), count);
        if first.checked_add(count).is_none_or(|end| u32::try_from(end).is_err()) {
            return Err(too_many(first.saturating_add(count)));
        }
        self.parents.reserve(count);
        while left > 0 {
            checkpoint.check()?;
            let part = left.min(4 * PATIENCE);
            self.extend(part)?;
            left -= part;
        }
        Ok(first as u32)
    }

    /// The parents themselves, each at most the place where it stands.
    pub(super) fn into_parents(self) -> Vec<u32> {
        self.parents
    }
}

/// Replaces the parent of each member by the number of its set, counting from `first` on; returns how many sets there are.
pub(super) fn number_in_place(parents: &mut [u32], first: u32, checkpoint: &Checkpoint) -> Result<u32, Error> {
    let mut next = first;
    for start in (0..parents.len()).step_by(PATIENCE) {
        checkpoint.check()?;
        let end = parents.len().min(start + PATIENCE);
        number(parents, start..end, &mut next);
    }
    Ok(next - first)
}

/// The same for some members, all before which are done; `next` is the next number.
fn number(parents: &mut [u32], members: Range<usize>, next: &mut u32) {
    for member in members {
        let parent = parents[member] as usize;
        // A smaller member has its number already.
        parents[member] = if parent == member {
            *next += 1;
            *next - 1
        } else {
            parents[parent]
        };
    }
}

#[cold]
pub(super) fn too_many(count: usize) -> Error {
    Error::msg(format!(
        "{count} pieces are more than can be told apart by 32 bits: label smaller parts"
    ))
}
