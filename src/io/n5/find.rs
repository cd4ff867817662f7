//! Which dataset of a container is meant.

use std::path::{Component, Path, PathBuf};

use crate::error::Error;
use crate::io::contents;
use crate::io::location::Location;
use crate::io::n5::attributes::is_dataset;
use crate::io::n5::container::Container;
use crate::io::open::Open;

/// How deep groups are searched, and how many datasets an error lists.
const DEPTH: usize = 5;
const MOST: usize = 20;

/// The path of the dataset `within` the container; of the only one there is, if none is told.
///
/// # Errors
///
/// No such dataset; none or several, where none is told: they are listed.
pub(super) fn dataset(container: &Container, within: &str) -> Result<PathBuf, Error> {
    let path = inside(Path::new(""), within)?;
    if container
        .attributes(&path)?
        .is_some_and(|attributes| is_dataset(&attributes))
    {
        return Ok(path);
    }
    let mut found = Vec::new();
    search(container, &path, DEPTH, MOST, &mut found)?;
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    let names: Vec<_> = sorted(&found).iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    Err(Error::invalid(match found.len() {
        0 => "there is no dataset in it".to_owned(),
        MOST => {
            format!("there are many datasets in it: name one of {names}, … behind the container's name and a slash")
        }
        n => format!("there are {n} datasets in it: name one of {names} behind the container's name and a slash"),
    }))
}

/// What the datasets at `at` are called from the container on, the first of them; nothing, if it is one.
///
/// # Errors
///
/// The file system's or the store's; attributes that are damaged.
pub(crate) fn names(at: &Location, how: &Open) -> Result<Vec<String>, Error> {
    let (container, path) = (Container::of(at, how)?, inside(Path::new(""), at.within())?);
    if container
        .attributes(&path)?
        .is_some_and(|attributes| is_dataset(&attributes))
    {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    search(&container, &path, DEPTH, contents::MOST, &mut found)?;
    Ok(sorted(&found))
}

fn sorted(found: &[PathBuf]) -> Vec<String> {
    let mut names: Vec<_> = found.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// `within` below `root`, and not beside it.
///
/// # Errors
///
/// It leads out.
pub(super) fn inside(root: &Path, within: &str) -> Result<PathBuf, Error> {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    match Path::new(within).components().all(plain) {
        true => Ok(root.join(within)),
        false => Err(Error::invalid(format!("`{within}` leads out of the container"))),
    }
}

fn search(
    container: &Container,
    path: &Path,
    depth: usize,
    most: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), Error> {
    if depth == 0 {
        return Ok(());
    }
    for path in container.folders(path)? {
        if found.len() >= most {
            return Ok(());
        }
        match container.attributes(&path)? {
            Some(attributes) if is_dataset(&attributes) => found.push(path),
            _ => search(container, &path, depth - 1, most, found)?,
        }
    }
    Ok(())
}
