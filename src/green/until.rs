//! What to wait for at a counter.

/// A condition on the value of a [`Counter`](crate::green::Counter).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Until {
    /// The value is exactly this. A step over it does not count.
    Exactly(i64),
    /// The value is this or more.
    AtLeast(i64),
    /// The value is this or less.
    AtMost(i64),
}

impl Until {
    /// Whether `value` meets it.
    pub fn is_met_by(self, value: i64) -> bool {
        match self {
            Self::Exactly(wanted) => value == wanted,
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}
