//! The description of a pair that is being replaced.
//!
//! Two files cannot get their names in one step. So for the moment between, the description is one of both, and the file of
//! samples that is there tells which of the two holds:
//!
//! C1 The description of both comes in the place of the old one; then the new samples come in the place of the old ones; then the
//!    new description in the place of that of both. Each step is on the disk before the next.
//! C2 A file of samples is known by its number in the file system and the time of its last change, which a renaming keeps.
//!    Where neither is known, as in a copy, the lengths tell; if these do not either, it is an error.
//! C3 Who reads looks at the description again after the samples have been opened. If it is another one, both have to be read
//!    again.
//! C4 A run that is killed leaves one of these steps: a pair that can be read, the old one or the new one, and replaced again.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorContext as _};
use crate::io::flat::Flat;
use crate::io::raw::Sidecar;
use crate::io::raw::sidecar;
use crate::roi::Shape;

/// A description of two files of samples.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// Programs that know nothing of this find no shape, and no wrong one.
    replacing: Both,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Both {
    old_file: Known,
    /// None: the name tells.
    old: Option<Sidecar>,
    new_file: Known,
    new: Sidecar,
}

/// What a file of samples is known by.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    number: u64,
    seconds: i64,
    nanoseconds: i64,
}

/// What stands beside samples.
#[derive(Debug)]
pub(super) enum Beside {
    One(Sidecar),
    Two(Box<Change>),
}

impl Change {
    /// From the samples at `old`, of which `beside` tells, to those at `new`. What cannot be understood tells nothing.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub(super) fn new(old: &Path, beside: Option<&[u8]>, new: (&Path, Sidecar)) -> Result<Self, Error> {
        let found = fs::metadata(old)?;
        let old = beside.and_then(|bytes| Beside::parse(bytes).ok()?.of(&found).ok()?);
        let (path, new) = new;
        Ok(Self {
            replacing: Both {
                old_file: Known::of(&found),
                old,
                new_file: Known::of(&fs::metadata(path)?),
                new,
            },
        })
    }

    /// Its text.
    ///
    /// # Errors
    ///
    /// Longer than a description may be.
    pub(super) fn text(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self).map_err(Error::new)?;
        match text.len() as u64 <= sidecar::BOTH {
            true => Ok(text + "\n"),
            false => Err(Error::invalid("its description is longer than a megabyte")),
        }
    }
}

impl Beside {
    /// Whatever stands at `path`: its bytes, and what they say.
    ///
    /// # Errors
    ///
    /// The file system's; too long; what is wrong with it, with line and column.
    pub(super) fn read(path: &Path) -> Result<Option<(Vec<u8>, Self)>, Error> {
        let read = || {
            let Some(bytes) = sidecar::bytes(path)? else {
                return Ok(None);
            };
            let beside = Self::parse(&bytes)?;
            Ok(Some((bytes, beside)))
        };
        read().map_err(|cause: Error| cause.context(format!("its description `{}`", path.display())))
    }

    /// # Errors
    ///
    /// What is wrong with it, with line and column.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(bytes).context("it is no text")?;
        let one = Sidecar::parse(text);
        match (one, serde_json::from_str(text)) {
            (Ok(one), _) => Ok(Self::One(one)),
            (Err(_), Ok(two)) => Ok(Self::Two(Box::new(two))),
            (Err(error), Err(_)) => Err(error),
        }
    }

    /// What it says of the samples that are there. `None`: their name tells.
    ///
    /// # Errors
    ///
    /// It does not say which of two descriptions holds.
    pub(super) fn of(self, samples: &Metadata) -> Result<Option<Sidecar>, Error> {
        let Both {
            old_file,
            old,
            new_file,
            new,
        } = match self {
            Self::One(one) => return Ok(Some(one)),
            Self::Two(change) => change.replacing,
        };
        let found = Known::of(samples);
        let fits = |said: &Sidecar| said.bytes() == Some(samples.len());
        let is_new = match (found == old_file, found == new_file) {
            (true, false) => false,
            (false, true) => true,
            _ => match (&old, fits(&new)) {
                (Some(old), true) if !fits(old) => true,
                (Some(old), false) if fits(old) => false,
                _ => {
                    return Err(Error::msg(
                        "its description is that of two files, one of which was to replace the other, and it is neither",
                    ));
                }
            },
        };
        Ok(if is_new { Some(new) } else { old })
    }
}

impl Sidecar {
    /// Bytes of a file of such samples, if that is a number.
    fn bytes(&self) -> Option<u64> {
        let shape = Shape::new(&self.shape).ok()?;
        Flat::nbytes(&shape, self.dtype)?.checked_add(self.offset)
    }
}

impl Known {
    fn of(file: &Metadata) -> Self {
        Self {
            number: file.ino(),
            seconds: file.mtime(),
            nanoseconds: file.mtime_nsec(),
        }
    }
}

#[cfg(test)]
#[path = "tests/change.rs"]
mod tests;
