//! Regions and shapes as text: `0..1, 512..1024` and `(1, 512)`.

use std::fmt;
use std::str::FromStr;

use crate::roi::{MAX_AXES, Roi, RoiError, Shape};

impl fmt::Display for Roi {
    /// `0..1, 512..1024`, and `()` without axes; can be parsed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rank() == 0 {
            return f.write_str("()");
        }
        for (axis, range) in self.ranges().enumerate() {
            let comma = if axis == 0 { "" } else { ", " };
            write!(f, "{comma}{}..{}", range.start, range.end)?;
        }
        Ok(())
    }
}

impl fmt::Display for Shape {
    /// `(1, 512)`, and `()` without axes; can be parsed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (axis, length) in self.iter().enumerate() {
            let comma = if axis == 0 { "" } else { ", " };
            write!(f, "{comma}{length}")?;
        }
        f.write_str(")")
    }
}

impl FromStr for Roi {
    type Err = RoiError;

    /// Reads `0..1, 512..1024`, with or without parentheses around it and with white space anywhere but within numbers and
    /// dots; `()` has no axes.
    ///
    /// # Errors
    ///
    /// [`RoiError::Syntax`], with the column; [`RoiError::Reversed`].
    fn from_str(text: &str) -> Result<Self, RoiError> {
        let mut scanner = Scanner::new("region", text);
        let mut bounds = [(0, 0); MAX_AXES];
        let rank = scanner.list(|scanner, axis| {
            let start = scanner.number()?;
            scanner.expect("..", "`..` is missing")?;
            bounds[axis] = (start, scanner.number()?);
            Ok(())
        })?;
        Self::try_from_fn(rank, |axis| Ok(bounds[axis]))
    }
}

impl FromStr for Shape {
    type Err = RoiError;

    /// Reads `1, 512`, with or without parentheses around it; `()` has no axes.
    ///
    /// # Errors
    ///
    /// [`RoiError::Syntax`], with the column.
    fn from_str(text: &str) -> Result<Self, RoiError> {
        let mut scanner = Scanner::new("shape", text);
        let mut lengths = [0; MAX_AXES];
        let rank = scanner.list(|scanner, axis| {
            lengths[axis] = scanner.number()?;
            Ok(())
        })?;
        Ok(Self::from_fn(rank, |axis| lengths[axis]))
    }
}

/// Reads text from left to right.
struct Scanner<'a> {
    /// What the text should be.
    what: &'static str,
    text: &'a str,
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn new(what: &'static str, text: &'a str) -> Self {
        let rest = text.trim_start();
        Self { what, text, rest }
    }

    /// Reads all of the text as entries between commas, by `entry`; returns how many there are.
    fn list(&mut self, mut entry: impl FnMut(&mut Self, usize) -> Result<(), RoiError>) -> Result<usize, RoiError> {
        let enclosed = self.take("(");
        let mut count = 0;
        if !(enclosed && self.take(")")) {
            loop {
                if count == MAX_AXES {
                    return Err(self.refuse("more than 8 axes"));
                }
                entry(self, count)?;
                count += 1;
                if !self.take(",") {
                    break;
                }
            }
            if enclosed {
                self.expect(")", "`,` or `)` is missing")?;
            }
        }
        match self.rest {
            "" => Ok(count),
            _ => Err(self.refuse("nothing more is expected")),
        }
    }

    /// Skips `sign` and the white space after it, if the text goes on with it.
    fn take(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, sign: &str, cause: &'static str) -> Result<(), RoiError> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.refuse(cause))
        }
    }

    fn number(&mut self) -> Result<usize, RoiError> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        if digits.is_empty() {
            return Err(self.refuse("a whole number of at least 0 is missing"));
        }
        let number = digits.parse().map_err(|_| self.refuse("the number is too large"))?;
        self.rest = rest.trim_start();
        Ok(number)
    }

    /// The error that something is wrong here.
    fn refuse(&self, cause: &'static str) -> RoiError {
        let read = &self.text[..self.text.len() - self.rest.len()];
        RoiError::Syntax {
            what: self.what,
            cause,
            column: read.chars().count() + 1,
        }
    }
}
