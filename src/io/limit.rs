//! How much memory a file may ask for.

use crate::error::Error;
use crate::runtime::machine;

/// The most bytes that reading from or writing to one file may take at a time, beside the region itself.
///
/// A file's header is a claim by a stranger. Whoever is about to take memory by it asks [`admit`](Self::admit) first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    bytes: u64,
}

impl Limit {
    /// At most `bytes`.
    pub const fn bytes(bytes: u64) -> Self {
        Self { bytes }
    }

    /// Half of the memory that this process may use: the rest is for results and the system.
    pub fn half_of_memory() -> Self {
        Self::bytes(memory() / 2)
    }

    /// The limit in bytes.
    pub const fn get(self) -> u64 {
        self.bytes
    }

    /// Whether `needed` bytes may be taken, and can be.
    ///
    /// # Errors
    ///
    /// More than the limit, or more than the system has to give.
    pub fn admit(self, needed: u64) -> Result<(), Error> {
        if needed > self.bytes {
            return Err(Error::msg(format!(
                "it takes {} of memory, the limit is {}",
                format_bytes(needed),
                format_bytes(self.bytes)
            )));
        }
        // A failed `Vec` allocation aborts the process; a probe that is given back at once does not. It touches no page.
        let probe = usize::try_from(needed).map(|n| Vec::<u8>::new().try_reserve_exact(n));
        match probe {
            Ok(Ok(())) => Ok(()),
            _ => Err(Error::msg(format!(
                "the system has no {} of memory to give",
                format_bytes(needed)
            ))),
        }
    }

    /// The error of a decoder that ran into the limit without saying how far.
    pub(crate) fn exceeded_somehow(self) -> Error {
        let limit = format_bytes(self.bytes);
        Error::msg(format!("it takes more memory than the limit of {limit}"))
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self::half_of_memory()
    }
}

/// The memory that this process may use: the machine's, or less where its group is limited.
pub fn memory() -> u64 {
    machine::memory()
}

/// `bytes` for people, in powers of 1024: `1.50 MiB`.
///
/// lazyflow: `Memory.format`.
///
/// # Examples
///
/// ```
/// use headwater::io::{format_bytes, parse_bytes};
///
/// assert_eq!(format_bytes(1_572_864), "1.50 MiB");
/// assert_eq!(parse_bytes("1.5M")?, 1_572_864);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn format_bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // What would round to 1024.00 belongs to the next unit.
    while value >= 1023.995 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2} {}", UNITS[unit])
}

/// A number of bytes as people write it: `512M`, `1.5 GiB`, `800kb`, `4096`. Units are powers of 1024.
///
/// lazyflow: `Memory.parse`.
///
/// # Errors
///
/// Anything else, a negative number, more than fit 64 bits. The error names the text.
pub fn parse_bytes(text: &str) -> Result<u64, Error> {
    let wrong = || {
        Error::invalid(format!(
            "`{text}` is no number of bytes: write it as 512M, 1.5G or 4096"
        ))
    };
    let trimmed = text.trim();
    let end = trimmed
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    let unit = unit
        .strip_suffix("ib")
        .or_else(|| unit.strip_suffix('b'))
        .unwrap_or(&unit);
    let power = match unit {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        "e" => 6,
        _ => return Err(wrong()),
    };
    if let (Ok(whole), Some(factor)) = (number.parse::<u64>(), 1024_u64.checked_pow(power)) {
        return whole.checked_mul(factor).ok_or_else(wrong);
    }
    let value = number.parse::<f64>().map_err(|_| wrong())? * 1024_f64.powi(power as i32);
    // 2⁶⁴ itself is one too many, and the next smaller double fits.
    if (0.0..18_446_744_073_709_551_616.0).contains(&value) {
        return Ok(value.round() as u64);
    }
    Err(wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_above_the_limit_is_refused_in_both_figures() {
        let error = Limit::bytes(1 << 20).admit(3 << 20).unwrap_err();
        let message = "it takes 3.00 MiB of memory, the limit is 1.00 MiB";
        assert_eq!(error.report(), message);
    }

    #[test]
    fn a_claim_that_no_machine_can_meet_is_an_error_and_not_an_abort() {
        assert!(Limit::bytes(u64::MAX).admit(u64::MAX).is_err());
        assert!(Limit::bytes(u64::MAX).admit(1 << 60).is_err());
    }

    #[test]
    fn the_default_is_known_here() {
        assert!(Limit::default().get() > 1 << 20);
    }

    #[test]
    fn numbers_of_bytes_are_read_as_people_write_them() {
        let cases = [
            ("0", 0),
            ("4096", 4096),
            ("512M", 512 << 20),
            ("1.5 GiB", 3 << 29),
            ("800kb", 800 << 10),
            (" 2t ", 2 << 40),
            ("17179869183G", 17_179_869_183 << 30),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse_bytes(text).unwrap(), bytes, "{text}");
        }
        for text in [
            "",
            "M",
            "-1",
            "1.2.3",
            "5 lightyears",
            "17179869184G",
            "1e400",
            "nan",
            "16E",
        ] {
            let error = parse_bytes(text).unwrap_err().report();
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn numbers_of_bytes_read_well_at_the_borders() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            ((1 << 20) - 1, "1.00 MiB"),
            (u64::MAX, "16.00 EiB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(format_bytes(bytes), text);
        }
    }
}
