//! Where results go: what can be known to fail is to fail before an hour of computing.

use std::fs;
use std::path::{self, Path, PathBuf};

use headwater::Error;
use headwater::io::{Location, check_writable};

use super::work;

/// Where something is written.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// As errors and reports name it.
    pub(super) location: String,
    /// Whether what lies there may be replaced.
    pub(super) replace: bool,
}

impl Place {
    pub(super) fn new(location: &str, replace: bool) -> Self {
        let location = location.to_owned();
        Self { location, replace }
    }

    /// Whether it can be written: nothing is there, or it may be replaced and is none of `inputs`; its folder takes files.
    ///
    /// # Errors
    ///
    /// If not, or if it is no place. The error names it.
    pub(super) fn check(&self, inputs: &[String]) -> Result<(), Error> {
        let checked = self.checked(inputs);
        checked.map_err(|error| error.context(format!("cannot write `{}`", Location::shown(&self.location))))
    }

    fn checked(&self, inputs: &[String]) -> Result<(), Error> {
        let at = Location::parse(&self.location)?;
        if at.url().is_some() && inputs.iter().any(|input| is_within(input, &self.location)) {
            return Err(Error::invalid("it is what is read: it would be overwritten"));
        }
        // Of a store, of a name that is still to be filled in, and of an image within a file only writing will tell.
        if at.url().is_some() || self.location.contains('{') || !at.within().is_empty() {
            return Ok(());
        }
        let path = at.path();
        let own = whole(path);
        if inputs.iter().any(|input| files(input).any(|input| input == own)) {
            return Err(Error::invalid("it is what is read: it would be overwritten"));
        }
        if !self.replace && fs::symlink_metadata(path).is_ok() {
            return Err(Error::invalid("it exists; --replace replaces it"));
        }
        check_writable(path, self.replace)
    }
}

/// The files that a location names, each as [`whole`] tells.
pub(super) fn files(location: &str) -> impl Iterator<Item = PathBuf> {
    let at = Location::parse(location).ok().filter(|at| at.url().is_none());
    let matching = match &at {
        Some(at) if at.is_pattern() => work::files(at.path()),
        _ => Vec::new(),
    };
    let own = at.map(|at| whole(at.path()));
    own.into_iter().chain(matching.into_iter().map(|path| whole(&path)))
}

/// A path by which a file is told from others: whatever is there of it is followed where it leads.
pub(super) fn whole(path: &Path) -> PathBuf {
    let path = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = path.ancestors().find_map(|part| {
        let rest = path.strip_prefix(part).ok()?;
        Some((fs::canonicalize(part).ok()?, rest))
    });
    match found {
        // Joining nothing would add a slash.
        Some((part, rest)) if rest.as_os_str().is_empty() => part,
        Some((part, rest)) => part.join(rest),
        None => path,
    }
}

/// Whether one of two URLs is the other, or lies within it.
fn is_within(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|url| url.trim_end_matches('/'));
    let (shorter, longer) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    longer
        .strip_prefix(shorter)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
