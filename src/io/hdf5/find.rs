//! Which dataset of a file is meant.

use hdf5_metno::{Dataset, Group};

use crate::error::{Error, ErrorContext as _};
use crate::io::contents;

/// How deep groups are searched, and how many datasets an error lists.
const DEPTH: usize = 6;
const MOST: usize = 20;

/// The dataset `within` the file; the only one of two to five axes, if none is told.
///
/// # Errors
///
/// No such dataset; none or several, where none is told: they are listed.
pub(super) fn dataset(root: &Group, within: &str) -> Result<Dataset, Error> {
    if !within.is_empty()
        && let Ok(dataset) = root.dataset(within)
    {
        return Ok(dataset);
    }
    let mut found = Vec::new();
    search(root, DEPTH, MOST, &mut found)?;
    if found.len() == 1 && within.is_empty() {
        return Ok(found.remove(0));
    }
    let names: Vec<_> = sorted(&found).iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    Err(Error::invalid(match (found.len(), within) {
        (0, _) => "there is no dataset of two to five axes in it".to_owned(),
        (_, "") => format!("there are several datasets in it: name one of {names} behind the file's name and a slash"),
        (_, within) => format!("there is no dataset `{within}` in it, but {names}"),
    }))
}

/// What the datasets of two to five axes are called, the first of them.
///
/// # Errors
///
/// The library's.
pub(super) fn names(root: &Group) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    search(root, DEPTH, contents::MOST, &mut found)?;
    Ok(sorted(&found))
}

fn sorted(found: &[Dataset]) -> Vec<String> {
    let names = found.iter().map(|dataset| dataset.name().trim_matches('/').to_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn search(group: &Group, depth: usize, most: usize, found: &mut Vec<Dataset>) -> Result<(), Error> {
    for dataset in group.datasets().context("its groups")? {
        if found.len() < most && (2..=5).contains(&dataset.ndim()) {
            found.push(dataset);
        }
    }
    // Links may lead round in a circle.
    if depth > 0 && found.len() < most {
        for inner in group.groups().context("its groups")? {
            search(&inner, depth - 1, most, found)?;
        }
    }
    Ok(())
}
