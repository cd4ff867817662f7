//! Where chunks lie in a store.

use std::fmt::Write as _;

use crate::error::Error;

/// How the place of a chunk becomes its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// `c/0/1`, `c.0.1`.
    Default(char),
    /// `0.1`, `0/1`.
    V2(char),
}

impl Keys {
    /// With a separator from outside.
    ///
    /// # Errors
    ///
    /// One that is neither `.` nor `/`.
    pub(super) fn new(kind: impl Fn(char) -> Self, separator: &str) -> Result<Self, Error> {
        match separator {
            "/" => Ok(kind('/')),
            "." => Ok(kind('.')),
            other => Err(Error::invalid(format!("`{other:.20}` separates no keys of chunks"))),
        }
    }

    /// The key of the chunk at `place` of the array at `prefix`, which is empty or ends with a slash.
    pub(super) fn key(self, prefix: &str, place: impl ExactSizeIterator<Item = usize>) -> String {
        let mut key = String::with_capacity(prefix.len() + 4 * place.len() + 2);
        key.push_str(prefix);
        let (separator, mut first) = match self {
            Self::Default(separator) => {
                key.push('c');
                (separator, false)
            }
            Self::V2(separator) => (separator, true),
        };
        if first && place.len() == 0 {
            key.push('0');
        }
        for at in place {
            if !std::mem::take(&mut first) {
                key.push(separator);
            }
            // Writing to a string does not fail.
            let _ = write!(key, "{at}");
        }
        key
    }
}

/// Whether `key` stays within a store: a stranger's metadata name paths.
///
/// # Errors
///
/// A path that leads out of it.
pub(super) fn check(key: &str) -> Result<(), Error> {
    let odd = |part: &str| part == ".." || part == "." || part.contains('\0');
    if key.starts_with('/') || key.contains('\\') || key.split('/').any(odd) {
        return Err(Error::invalid(format!("the path `{key:.80}` leads out of the store")));
    }
    Ok(())
}
