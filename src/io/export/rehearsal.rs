//! Where it is tried out what a file would be like, without touching its place.

use std::fs;
use std::path::{Component, Path};

use tempfile::TempDir;

use crate::error::{Error, ErrorContext as _};
use crate::io::create::Create;
use crate::io::location::Location;

/// A place like another, of which nobody knows. What is there goes with it.
pub(super) struct Rehearsal {
    pub(super) place: Location,
    _folder: Option<TempDir>,
}

impl Rehearsal {
    /// One that is like `location`, in which nothing else is. A URL becomes one of a store in memory.
    ///
    /// # Errors
    ///
    /// No folder for temporary files; a URL of no store that is known, or that cannot be written.
    #[cfg_attr(
        not(feature = "object-store"),
        expect(unused_variables, reason = "files have no settings")
    )]
    pub(super) fn of(location: &Location, how: &Create) -> Result<Self, Error> {
        #[cfg(feature = "object-store")]
        if location.url().is_some() {
            let place = crate::io::object::rehearsal(location, how);
            return Ok(Self {
                place: place.context(format_args!("cannot write `{location}`"))?,
                _folder: None,
            });
        }
        let folder = tempfile::tempdir().context("a folder for temporary files")?;
        let file = location.path().file_name().unwrap_or(location.path().as_os_str());
        let place = folder.path().join(file);
        if !location.within().is_empty() && location.path().is_dir() {
            // It would be put into a container that is there, perhaps into a group.
            let group = Path::new(location.within()).parent().unwrap_or(Path::new(""));
            let is_below = group.components().all(|part| matches!(part, Component::Normal(_)));
            let group = if is_below && location.path().join(group).is_dir() {
                group
            } else {
                Path::new("")
            };
            fs::create_dir_all(place.join(group))?;
        }
        Ok(Self {
            place: Location::file(&place)?.with_within(location.within()),
            _folder: Some(folder),
        })
    }
}
