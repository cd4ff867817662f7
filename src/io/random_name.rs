//! Names that nobody else has.

use std::hash::{BuildHasher as _, RandomState};

/// A part of a name, of 64 random bits: machines that share a file system do not know each other's processes.
pub(crate) fn random_name() -> String {
    // Each state has keys of its own, which come from the system's randomness.
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_comes_twice() {
        let names: std::collections::HashSet<_> = (0..1000).map(|_| random_name()).collect();
        assert_eq!(names.len(), 1000);
    }
}
