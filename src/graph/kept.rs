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
}

impl Kept {
    /// All pieces of the region.
    pub fn total(&self) -> u64 {
        self.fresh + self.outdated + self.missing
    }
}

impl Sum for Kept {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            fresh: sum.fresh + one.fresh,
            outdated: sum.outdated + one.outdated,
            missing: sum.missing + one.missing,
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
