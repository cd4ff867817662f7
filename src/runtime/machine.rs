//! What the machine has.

use crate::sync::OnceLock;

/// Bytes of memory that this process may use: the machine's, or its control group's if that is less. 4 GiB where neither
/// can be read.
pub(crate) fn memory() -> u64 {
    static MEMORY: OnceLock<u64> = OnceLock::new();
    *MEMORY.get_or_init(|| {
        let machine = std::fs::read_to_string("/proc/meminfo")
            .ok()
            .and_then(|text| total(&text));
        let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max")
            .ok()
            .and_then(|text| text.trim().parse().ok());
        machine.into_iter().chain(group).min().unwrap_or(4 << 30)
    })
}

/// How many processors this process may use: more threads would not be faster. What is done side by side takes memory.
pub(crate) fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// The line `MemTotal:       24576000 kB`.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim()
        .strip_suffix("kB")?
        .trim()
        .parse::<u64>()
        .ok()?
        .checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_in_kibibytes() {
        assert_eq!(total("MemTotal:       2 kB\nMemFree: 1 kB\n"), Some(2048));
        assert_eq!(total("MemTotal: plenty"), None);
        assert_eq!(total(""), None);
    }
}
