//! What is in a group.

use crate::error::Error;
use crate::io::contents::MOST;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::zarr::node::Node;
use crate::io::zarr::ome::{self, Multiscale};
use crate::io::zarr::read::{children, join, listed, store};
use crate::io::zarr::store::Store;

/// How deep groups are searched.
const DEPTH: usize = 6;

/// The paths of the images within the group at `at`, and the names of the scales, if it is an image itself.
///
/// # Errors
///
/// The store's; metadata that are damaged.
pub(crate) fn contents(at: &Location, how: &Open) -> Result<(Vec<String>, Vec<String>), Error> {
    let store = store(at, how)?;
    let mut images = Vec::new();
    let Some(Node::Group(attributes)) = Node::read(&*store, at.within(), how)? else {
        return Ok(Default::default());
    };
    let scales: Vec<_> = match Multiscale::read(&attributes)? {
        Some(image) => image.scales.into_iter().map(|scale| scale.path).collect(),
        None => Vec::new(),
    };
    if scales.is_empty() {
        search(&*store, at.within(), how, DEPTH, &mut images)?;
        return Ok((images, scales));
    }
    // The one group that stands beside the scales: every name in it is an image of labels.
    search(&*store, &join(at.within(), "labels"), how, 1, &mut images)?;
    Ok((images, scales))
}

/// Adds the images below the group at `path`.
fn search(store: &dyn Store, path: &str, how: &Open, depth: usize, images: &mut Vec<String>) -> Result<(), Error> {
    let Ok(Some(Node::Group(attributes))) = Node::read(store, path, how) else {
        return Ok(());
    };
    let names = match listed(ome::content(&attributes)) {
        listed if !listed.is_empty() => listed,
        _ => children(store, path, how)?,
    };
    for name in names {
        if images.len() >= MOST {
            return Ok(());
        }
        let path = join(path, &name);
        match Node::read(store, &path, how) {
            Ok(Some(Node::Array(_))) => images.push(path),
            Ok(Some(Node::Group(inner))) if !matches!(Multiscale::read(&inner), Ok(None)) => images.push(path),
            Ok(Some(Node::Group(_))) if depth > 0 => search(store, &path, how, depth - 1, images)?,
            // What cannot be read is told where it is opened.
            Err(_) => images.push(path),
            Ok(_) => {}
        }
    }
    Ok(())
}
