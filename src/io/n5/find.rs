//! Which dataset of a container is meant.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::error::Error;
use crate::io::contents;
use crate::io::location::Location;
use crate::io::n5::attributes::{is_dataset, load};

/// How deep groups are searched, and how many datasets an error lists.
const DEPTH: usize = 5;
const MOST: usize = 20;

/// The folder of the dataset `within` the container `root`; the only one there is, if none is told.
///
/// # Errors
///
/// No such dataset; none or several, where none is told: they are listed.
pub(super) fn dataset(root: &Path, within: &str) -> Result<PathBuf, Error> {
    let folder = inside(root, within)?;
    if load(&folder)?.is_some_and(|attributes| is_dataset(&attributes)) {
        return Ok(folder);
    }
    let mut found = Vec::new();
    search(&folder, DEPTH, MOST, &mut found)?;
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    let names: Vec<_> = sorted(root, &found).iter().map(|name| format!("`{name}`")).collect();
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
/// The file system's; attributes that are damaged.
pub(crate) fn names(at: &Location) -> Result<Vec<String>, Error> {
    let folder = inside(at.path(), at.within())?;
    if load(&folder)?.is_some_and(|attributes| is_dataset(&attributes)) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    search(&folder, DEPTH, contents::MOST, &mut found)?;
    Ok(sorted(at.path(), &found))
}

fn sorted(root: &Path, found: &[PathBuf]) -> Vec<String> {
    let name = |path: &PathBuf| path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    let mut names: Vec<_> = found.iter().map(name).collect();
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

fn search(folder: &Path, depth: usize, most: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    if depth == 0 || !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // What is being written has a dot in front.
        if found.len() >= most || entry.file_name().to_string_lossy().starts_with('.') || !entry.file_type()?.is_dir() {
            continue;
        }
        let path = entry.path();
        match load(&path)? {
            Some(attributes) if is_dataset(&attributes) => found.push(path),
            _ => search(&path, depth - 1, most, found)?,
        }
    }
    Ok(())
}
