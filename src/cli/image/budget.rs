//! How much memory a file may ask for.

use std::fs;

use headwater::Error;
use indicatif::HumanBytes;

/// If the system does not tell how much memory there is.
const UNKNOWN_MEMORY: u64 = 4 << 30;

/// The most bytes that reading one image may take: samples and the decoder's working memory together.
///
/// A file's header is a claim. Whoever is about to allocate by it asks [`admit`](Self::admit) first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    limit: u64,
}

impl Budget {
    /// At most `limit` bytes.
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit }
    }

    /// Half of the memory that this process may use: the rest is for results and the system.
    pub(crate) fn half_of_memory() -> Self {
        let memory = [machine_memory(), group_memory()].into_iter().flatten().min();
        Self::new(memory.unwrap_or(UNKNOWN_MEMORY) / 2)
    }

    /// The limit in bytes.
    pub(crate) fn limit(self) -> u64 {
        self.limit
    }

    /// Whether `needed` bytes may be taken, and can be.
    ///
    /// # Errors
    ///
    /// More than the limit, or more than the system has to give.
    pub(crate) fn admit(self, needed: u64) -> Result<(), Error> {
        if needed > self.limit {
            return Err(self.exceeded(needed));
        }
        // A failed `Vec` allocation aborts the process; a probe that is given back at once does not. It touches no page.
        let probe = usize::try_from(needed).map(|n| Vec::<u8>::new().try_reserve_exact(n));
        match probe {
            Ok(Ok(())) => Ok(()),
            _ => Err(Error::msg(format!(
                "the system has no {} of memory to give",
                HumanBytes(needed)
            ))),
        }
    }

    fn exceeded(self, needed: u64) -> Error {
        let (needed, limit) = (HumanBytes(needed), HumanBytes(self.limit));
        Error::msg(format!(
            "it takes {needed} of memory, the limit is {limit} (--max-bytes sets another)"
        ))
    }

    /// The error of a decoder that ran into the limit without saying how far.
    pub(crate) fn exceeded_somehow(self) -> Error {
        let limit = HumanBytes(self.limit);
        Error::msg(format!(
            "it takes more memory than the limit of {limit} (--max-bytes sets another)"
        ))
    }
}

fn machine_memory() -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The limit of the control group: a container may use less than the machine has.
fn group_memory() -> Option<u64> {
    fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn a_claim_above_the_limit_is_refused_in_both_figures() {
        let error = Budget::new(1 << 20).admit(3 << 20).unwrap_err();
        let message = "it takes 3.00 MiB of memory, the limit is 1.00 MiB (--max-bytes sets another)";
        assert_eq!(error.report(), message);
    }

    #[test]
    fn a_claim_that_no_machine_can_meet_is_an_error_and_not_an_abort() {
        assert!(Budget::new(u64::MAX).admit(u64::MAX).is_err());
        assert!(Budget::new(u64::MAX).admit(1 << 60).is_err());
    }

    #[test]
    fn the_default_is_known_here() {
        assert!(Budget::half_of_memory().limit() > 1 << 20);
    }
}
