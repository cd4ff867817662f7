//! Where a container is: a folder, or a place in an object store.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

#[cfg(feature = "object-store")]
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::location::Location;
use crate::io::n5::attributes;
#[cfg(feature = "object-store")]
use crate::io::object::{Part, Remote};
use crate::io::open::Open;

/// The most names of a folder that are looked at.
#[cfg(feature = "object-store")]
const NAMES: usize = 100;

/// Groups and datasets by their paths from here on.
pub(super) enum Container {
    Folder(PathBuf),
    /// With what is looked at while it is opened.
    #[cfg(feature = "object-store")]
    Object(Remote, Checkpoint),
}

impl Container {
    /// The one at `at`.
    ///
    /// # Errors
    ///
    /// A URL of no store that is known, settings that are wrong.
    #[cfg_attr(
        not(feature = "object-store"),
        expect(unused_variables, reason = "folders have no options")
    )]
    pub(super) fn of(at: &Location, how: &Open) -> Result<Self, Error> {
        #[cfg(feature = "object-store")]
        if at.url().is_some() {
            let remote = Remote::new(at, &how.settings)?;
            return Ok(Self::Object(remote, how.checkpoint.clone()));
        }
        Ok(Self::Folder(at.path().to_owned()))
    }

    /// The attributes of the group or dataset at `path`, if there are any.
    ///
    /// # Errors
    ///
    /// The file system's or the store's, a text that is no JSON.
    pub(super) fn attributes(&self, path: &Path) -> Result<Option<Value>, Error> {
        match self {
            Self::Folder(root) => attributes::load(&root.join(path)),
            #[cfg(feature = "object-store")]
            Self::Object(remote, opening) => {
                let key = path.join(attributes::FILE).to_string_lossy().into_owned();
                let read = || {
                    let found = remote.get(&key, Part::Whole, attributes::LONGEST, opening)?;
                    found.map(|found| attributes::parse_text(&found.bytes)).transpose()
                };
                read().map_err(|cause: Error| cause.context(format!("`{key}`")))
            }
        }
    }

    /// The folders in that at `path`; of an object store, whatever lies there.
    ///
    /// # Errors
    ///
    /// The file system's or the store's.
    pub(super) fn folders(&self, path: &Path) -> Result<Vec<PathBuf>, Error> {
        let root = match self {
            Self::Folder(root) => root.join(path),
            #[cfg(feature = "object-store")]
            Self::Object(remote, opening) => {
                let names = remote.names(&path.to_string_lossy(), NAMES, opening);
                let names = names.map_err(|cause| cause.context("what lies under it cannot be listed"))?;
                return Ok(names.iter().map(|name| path.join(name)).collect());
            }
        };
        if !root.is_dir() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            // What is being written has a dot in front.
            if !entry.file_name().to_string_lossy().starts_with('.') && entry.file_type()?.is_dir() {
                found.push(path.join(entry.file_name()));
            }
        }
        Ok(found)
    }
}
