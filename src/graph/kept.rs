//! How much of what an operator could keep it keeps.

use std::fmt;
use std::iter::Sum;

/// How much of a region an operator keeps from earlier executions, counted in its own pieces: the blocks of a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Pieces that are kept and right: they need no computing.
    pub fresh: u64,
    /// Pieces that are kept, but something that they depend on has changed since.
    pub outdated: u64,
    /// Pieces that are not kept.
    pub missing: u64,
    /// What the pieces that are kept take in memory.
    pub bytes: u64,
    /// What of that the outdated ones take.
    pub outdated_bytes: u64,
}

impl Kept {
    /// All pieces of the region.
    pub fn total(&self) -> u64 {
        self.fresh + self.outdated + self.missing
    }

    /// Adds a piece that is kept.
    pub fn add(&mut self, is_fresh: bool, bytes: u64) {
        self.bytes += bytes;
        match is_fresh {
            true => self.fresh += 1,
            false => {
                self.outdated += 1;
                self.outdated_bytes += bytes;
            }
        }
    }

    /// Which part of the memory is taken by what is outdated, from 0 to 1; 0 if none is taken.
    pub fn outdated_fraction(&self) -> f64 {
        match self.bytes {
            0 => 0.0,
            bytes => self.outdated_bytes as f64 / bytes as f64,
        }
    }
}

impl Sum for Kept {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            fresh: sum.fresh + one.fresh,
            outdated: sum.outdated + one.outdated,
            missing: sum.missing + one.missing,
            bytes: sum.bytes + one.bytes,
            outdated_bytes: sum.outdated_bytes + one.outdated_bytes,
        })
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} blocks kept", self.fresh, self.total())?;
        if self.outdated > 0 {
            write!(f, ", {} outdated", self.outdated)?;
        }
        Ok(())
    }
}
