//! How much memory this process takes.

use std::fs;

/// Bytes of this process that are in the machine's memory now, where the system tells (Linux).
///
/// lazyflow: `Memory.getMemoryUsage` and, before and after a piece of work, `RamMeasurementContext`.
pub fn resident() -> Option<u64> {
    field("VmRSS:")
}

/// The most bytes of this process that ever were in the machine's memory at once, where the system tells (Linux).
///
/// What the work of a runtime has taken, as far as it says so, is in [`Runtime::memory`](crate::Runtime::memory).
///
/// # Examples
///
/// ```
/// use headwater::io::{format_bytes, peak_resident};
///
/// if let Some(bytes) = peak_resident() {
///     println!("at most {}", format_bytes(bytes));
/// }
/// ```
pub fn peak_resident() -> Option<u64> {
    field("VmHWM:")
}

fn field(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_stays_when_memory_is_given_back() {
        let (Some(now), Some(before)) = (resident(), peak_resident()) else {
            return;
        };
        assert!(now > 1 << 16 && before >= 1 << 16);
        let bytes = std::hint::black_box(vec![1_u8; 48 << 20]);
        drop(bytes);
        let after = peak_resident().unwrap();
        assert!(after >= before.max(48 << 20), "{before} {after}");
    }
}
