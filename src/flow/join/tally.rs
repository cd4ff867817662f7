//! What a join accounts for.

/// What has become of everything that came in.
///
/// `taken = emitted + unmatched + late + evicted + unclaimed + pending`, at every moment (J1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) taken: u64,
    /// In groups that are ready, or have been taken.
    pub(crate) emitted: u64,
    /// Let go of: a partner did not come.
    pub(crate) unmatched: u64,
    /// Let go of: later ones of the same input had come before, and so had those of the others.
    pub(crate) late: u64,
    /// Let go of for lack of room.
    pub(crate) evicted: u64,
    /// Samples that no group has asked for.
    pub(crate) unclaimed: u64,
    /// Still there.
    pub(crate) pending: u64,
}

impl Tally {
    /// Whether everything is accounted for.
    #[cfg(test)]
    pub(crate) fn adds_up(&self) -> bool {
        let gone = self.emitted + self.unmatched + self.late + self.evicted + self.unclaimed;
        self.taken == gone + self.pending
    }
}
