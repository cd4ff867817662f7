//! Fractions, of which the format has two.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A fraction as a header has it, `30000:1001`. `0:0` says that it is not known.
///
/// # Examples
///
/// ```
/// use headwater::io::y4m::Ratio;
///
/// let rate: Ratio = "30000:1001".parse()?;
/// assert_eq!(rate, Ratio::new(30_000, 1001));
/// assert!((rate.value().unwrap() - 29.97).abs() < 0.001);
/// assert_eq!(Ratio::UNKNOWN.value(), None);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u32,
    denominator: u32,
}

impl Ratio {
    /// What is not known.
    pub const UNKNOWN: Self = Self::new(0, 0);

    /// `numerator / denominator`.
    pub const fn new(numerator: u32, denominator: u32) -> Self {
        Self { numerator, denominator }
    }

    /// Above the line.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// Below it.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// As a number; none if it is not known, or not above 0.
    pub fn value(self) -> Option<f64> {
        let known = self.numerator > 0 && self.denominator > 0;
        known.then(|| f64::from(self.numerator) / f64::from(self.denominator))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.numerator, self.denominator)
    }
}

impl FromStr for Ratio {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = text
            .split_once(':')
            .and_then(|(over, under)| Some(Self::new(over.parse().ok()?, under.parse().ok()?)));
        parsed.ok_or_else(|| Error::invalid(format!("`{text}` is no fraction such as 25:1")))
    }
}
