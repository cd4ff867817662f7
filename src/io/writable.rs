//! What may become a result's name.

use std::fs::{self, Permissions};
use std::io;
use std::path::Path;

use crate::error::{Error, ErrorContext as _};

/// Whether a file or an image can be written to `path`, as far as that can be known before: what is there may be replaced, and its
/// folder takes files. Nothing is changed.
///
/// # Errors
///
/// If not.
///
/// # Examples
///
/// ```
/// use headwater::io::check_writable;
///
/// let error = check_writable("/nowhere/at/all/cells.npy", false).unwrap_err();
/// assert!(error.report().contains("/nowhere/at/all"));
/// ```
pub fn check_writable(path: impl AsRef<Path>, replace: bool) -> Result<(), Error> {
    let path = path.as_ref();
    existing(path, replace)?;
    // Of a link, what it leads to is replaced.
    let place = fs::canonicalize(path);
    check_folder(folder_of(place.as_deref().unwrap_or(path)))
}

/// The folder that `path` is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// The permissions of what is at `path`, if anything is.
///
/// # Errors
///
/// It is not to be replaced, or nothing of ours to replace.
pub(crate) fn existing(path: &Path, replace: bool) -> Result<Option<Permissions>, Error> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match fs::symlink_metadata(path) {
                // What a link leads to is made or replaced; where it leads nobody could say at the end.
                Ok(_) => Err(Error::invalid("it is a link to what is not there")),
                Err(_) => Ok(None),
            };
        }
        Err(error) => return Err(error.into()),
    };
    if !metadata.is_dir() && !metadata.is_file() {
        return Err(Error::invalid("it is not a regular file"));
    }
    if !replace {
        return Err(Error::invalid("it exists, and is not to be replaced"));
    }
    if metadata.is_dir() && !is_ours(path) {
        return Err(Error::invalid(
            "it is a folder that is not an image: it is not replaced",
        ));
    }
    if metadata.permissions().readonly() {
        // Renaming would replace it all the same; whoever made it read-only meant it.
        return Err(Error::invalid("it exists and is read-only"));
    }
    Ok(Some(metadata.permissions()))
}

/// Whether a folder is an image: nothing else is ever removed with all that is in it.
fn is_ours(folder: &Path) -> bool {
    let marks = ["zarr.json", ".zarray", ".zgroup", "attributes.json"];
    marks.iter().any(|mark| folder.join(mark).is_file())
}

/// That `folder` is one that takes files.
///
/// # Errors
///
/// That it is not.
pub(crate) fn check_folder(folder: &Path) -> Result<(), Error> {
    let shown = folder.display();
    let metadata = fs::metadata(folder).context(format!("the folder `{shown}`"))?;
    if !metadata.is_dir() {
        return Err(Error::invalid(format!("`{shown}` is not a folder")));
    }
    // Only trying tells: permissions, read-only mounts, quotas. The file has no name, and is gone when it is closed.
    tempfile::tempfile_in(folder).context(format!("the folder `{shown}`"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_written_is_told_and_nothing_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.npy");
        let refused = |path: &Path, replace, why: &str| {
            let error = check_writable(path, replace).unwrap_err().report();
            assert!(error.contains(why), "{error}");
        };
        check_writable(&file, false).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&file, "").unwrap();
        refused(&file, false, "exists");
        check_writable(&file, true).unwrap();
        let mut permissions = fs::metadata(&file).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).unwrap();
        refused(&file, true, "read-only");
        refused(folder.path(), true, "not an image");
        let link = folder.path().join("link.npy");
        std::os::unix::fs::symlink(folder.path().join("gone.npy"), &link).unwrap();
        refused(&link, true, "link");
        refused(&folder.path().join("none/b.npy"), true, "none");
    }
}
