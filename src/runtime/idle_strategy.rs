//! Whether a slot that has nothing to do naps or sleeps.

use std::time::Duration;

/// A sleep that was shorter would have been better spent napping.
const SHORT: Duration = Duration::from_micros(100);

/// What a slot has last seen of the kernels: whether they are so long that it should sleep at once.
///
/// [`Occupancy::at_work`](crate::occupancy::Occupancy::at_work) tells kernels apart: where it says the same before and after a nap, the same ones
/// are still running.
#[derive(Debug, Default)]
pub(crate) struct IdleStrategy {
    /// A kernel outlasted a nap; since then no kernel has ended within one, and no sleep has been short.
    are_long: bool,
}

impl IdleStrategy {
    /// Whether a nap is worth while. While no kernel runs it disturbs none.
    pub(crate) fn may_nap(&self, at_work: Option<usize>) -> bool {
        !self.are_long || at_work.is_none()
    }

    /// Learns from a nap what ran before it and what runs after it.
    pub(crate) fn napped(&mut self, before: Option<usize>, after: Option<usize>) {
        self.are_long = before.is_some() && before == after;
    }

    /// Learns from how long it slept until it was rung.
    pub(crate) fn slept(&mut self, duration: Duration) {
        self.are_long &= duration >= SHORT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_does_not_nap_while_a_kernel_runs_that_outlasted_a_nap() {
        let mut idle = IdleStrategy::default();
        assert!(idle.may_nap(Some(3)), "nothing is known yet");
        idle.napped(Some(3), Some(3));
        assert!(!idle.may_nap(Some(3)));
        assert!(!idle.may_nap(Some(4)), "the next kernel will be like it");
        assert!(idle.may_nap(None), "nobody is disturbed");
    }

    #[test]
    fn kernels_that_end_within_a_nap_are_short() {
        let mut idle = IdleStrategy::default();
        for (before, after) in [(Some(3), Some(4)), (Some(3), None), (None, None), (None, Some(3))] {
            idle.napped(Some(1), Some(1));
            idle.napped(before, after);
            assert!(idle.may_nap(Some(5)), "{before:?}, {after:?}");
        }
    }

    #[test]
    fn a_short_sleep_makes_it_nap_again() {
        let mut idle = IdleStrategy::default();
        idle.napped(Some(1), Some(1));
        idle.slept(SHORT);
        assert!(!idle.may_nap(Some(2)), "a long sleep saves the naps");
        idle.slept(SHORT / 2);
        assert!(idle.may_nap(Some(2)));
        idle.slept(SHORT);
        assert!(idle.may_nap(Some(2)), "a sleep alone says nothing of kernels");
    }
}
