//! What is in a group.

use crate::error::Error;
use crate::io::contents::MOST;
use crate::io::location::Location;
use crate::io::open::Open;
use crate::io::zarr::node::Node;
use crate::io::zarr::ome::{self, Multiscale};
use crate::io::zarr::read::{children, join, listed, store};
use crate::io::zarr::store::Store;

/// How deep groups are searched, and how many places are looked at: links of folders may lead round in circles.
const DEPTH: usize = 6;
const VISITS: usize = 1000;

/// The paths of the images within the group at `at`, and the names of the scales, if it is an image itself.
///
/// # Errors
///
/// The store's; metadata that are damaged.
pub(crate) fn contents(at: &Location, how: &Open) -> Result<(Vec<String>, Vec<String>), Error> {
    let store = store(at, how)?;
    let Some(Node::Group(attributes)) = Node::read(&*store, at.within(), how)? else {
        return Ok(Default::default());
    };
    let scales: Vec<_> = match Multiscale::read(&attributes)? {
        Some(image) => image.scales.into_iter().map(|scale| scale.path).collect(),
        None => Vec::new(),
    };
    let mut search = Search::new(&*store, how);
    match scales.is_empty() {
        true => search.below(at.within(), DEPTH)?,
        // The one group that stands beside the scales: every name in it is an image of labels.
        false => search.below(&join(at.within(), "labels"), 1)?,
    }
    Ok((search.images, scales))
}

/// A search for images.
struct Search<'a> {
    store: &'a dyn Store,
    how: &'a Open,
    visits: usize,
    images: Vec<String>,
}

impl<'a> Search<'a> {
    fn new(store: &'a dyn Store, how: &'a Open) -> Self {
        let images = Vec::new();
        Self {
            store,
            how,
            visits: VISITS,
            images,
        }
    }

    /// Adds the images below the group at `path`.
    fn below(&mut self, path: &str, depth: usize) -> Result<(), Error> {
        let Ok(Some(Node::Group(attributes))) = Node::read(self.store, path, self.how) else {
            return Ok(());
        };
        let listed = listed(ome::content(&attributes));
        let is_listed = !listed.is_empty();
        let names = match is_listed {
            true => listed,
            false => children(self.store, path, self.how)?,
        };
        for name in names {
            if self.images.len() >= MOST || self.visits == 0 {
                return Ok(());
            }
            self.how.checkpoint.check()?;
            self.visits -= 1;
            let path = join(path, &name);
            match Node::read(self.store, &path, self.how) {
                Ok(Some(Node::Array(_))) => self.images.push(path),
                Ok(Some(Node::Group(inner))) if !matches!(Multiscale::read(&inner), Ok(None)) => self.images.push(path),
                Ok(Some(Node::Group(_))) if depth > 0 => self.below(&path, depth - 1)?,
                // What cannot be read is told where it is opened. Of what merely lies there, nobody says that it is an image.
                Err(_) if is_listed => self.images.push(path),
                _ => {}
            }
        }
        Ok(())
    }
}
