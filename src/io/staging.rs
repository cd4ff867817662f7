//! A new file under a name of its own, until it is whole.
//!
//! At every moment the target's name holds what it held before, or the whole result. A run that cannot be resumed works under a
//! random name that is gone when it ends early. One that can works under a name that the next run finds, and holds a lock on it,
//! so that two runs never write into one another.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorContext as _};

/// Where a result grows, and where it goes.
#[derive(Debug)]
pub(crate) struct Staging {
    /// As the user wrote it.
    path: PathBuf,
    /// With symbolic links followed: a link is to stay one.
    place: PathBuf,
    /// Where it grows, beside the place.
    staged: PathBuf,
    /// Those of the file that will be replaced.
    permissions: Option<Permissions>,
    /// Held while a run that can be resumed works.
    lock: Option<(File, PathBuf)>,
    /// Whether it ended well, or its remains are for the next run.
    keep: bool,
}

impl Staging {
    /// A place for what will be `path`. Nothing is made yet.
    ///
    /// # Errors
    ///
    /// Something is there and not to be replaced, or is no file of ours to replace; the folder is missing or cannot be written;
    /// another run holds it.
    pub(crate) fn new(path: &Path, replace: bool, resume: bool) -> Result<Self, Error> {
        let permissions = existing(path, replace)?;
        let place = match permissions {
            Some(_) => fs::canonicalize(path)?,
            None => path.to_owned(),
        };
        let folder = match place.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        check_folder(&folder)?;
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (staged, lock) = if resume {
            let lock = folder.join(format!(".{name}.headwater-lock"));
            (folder.join(format!(".{name}.headwater-part")), Some(hold(lock)?))
        } else {
            let unique = format!(".{name}.{}.headwater-part", unique());
            (folder.join(unique), None)
        };
        let keep = resume;
        Ok(Self {
            path: path.to_owned(),
            place,
            staged,
            permissions,
            lock,
            keep,
        })
    }

    /// Where the result grows: a file or a folder that the caller makes.
    pub(crate) fn staged(&self) -> &Path {
        &self.staged
    }

    /// Where a [journal](crate::io::journal::Journal) of the staged file lies, if the run can be resumed.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        self.lock.as_ref().map(|_| journal_of(&self.staged))
    }

    /// The file that an earlier run left, to go on with.
    ///
    /// # Errors
    ///
    /// That there is none; the file system's.
    pub(crate) fn old_file(&self) -> io::Result<File> {
        if !fs::symlink_metadata(&self.staged)?.is_file() {
            // Through a link that somebody has put there, another file would be written.
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a regular file"));
        }
        OpenOptions::new().read(true).write(true).open(&self.staged)
    }

    /// Where the result goes, as the user wrote it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what an earlier run left, if anything.
    pub(crate) fn clear(&self) -> io::Result<()> {
        // First: a journal without its file says nothing, and one of another file would lie.
        if let Some(journal) = self.journal() {
            remove(&journal)?;
        }
        remove(&self.staged)
    }

    /// A new, empty file where the result grows.
    pub(crate) fn new_file(&self) -> io::Result<File> {
        self.clear()?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&self.staged)?;
        if let Some(permissions) = &self.permissions {
            file.set_permissions(permissions.clone())?;
        }
        Ok(file)
    }

    /// Makes what has grown the target, and returns the length of all of it.
    ///
    /// # Errors
    ///
    /// The file system's. The target is then as it was.
    pub(crate) fn commit(mut self) -> Result<u64, Error> {
        let bytes = sync_all(&self.staged)?;
        if self.place.is_dir() {
            // No system call replaces a folder that is not empty: the old one steps aside first.
            let aside = self.place.with_file_name(format!(".headwater-old-{}", unique()));
            fs::rename(&self.place, &aside)?;
            if let Err(error) = fs::rename(&self.staged, &self.place) {
                fs::rename(&aside, &self.place)?;
                return Err(error.into());
            }
            fs::remove_dir_all(&aside)?;
        } else {
            fs::rename(&self.staged, &self.place)?;
        }
        self.keep = true;
        // The result is complete by now; not every file system can sync a folder.
        if let Some(folder) = self.place.parent() {
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        if let Some((_, path)) = &self.lock {
            let _ = remove(&journal_of(&self.staged));
            let _ = fs::remove_file(path);
        }
        Ok(bytes)
    }

    /// Removes what has grown, and that there was a run to be resumed: its parts have gone to their places.
    pub(crate) fn discard(mut self) {
        self.keep = false;
        if let Some((_, path)) = &self.lock {
            let _ = remove(&journal_of(&self.staged));
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.keep {
            let _ = remove(&self.staged);
        }
    }
}

/// The permissions of what is at `path`, if anything is.
fn existing(path: &Path, replace: bool) -> Result<Option<Permissions>, Error> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
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

fn check_folder(folder: &Path) -> Result<(), Error> {
    let shown = folder.display();
    let metadata = fs::metadata(folder).context(format!("its folder `{shown}`"))?;
    if !metadata.is_dir() {
        return Err(Error::invalid(format!("`{shown}` is not a folder")));
    }
    // Only trying tells: permissions, read-only mounts, quotas. The file has no name, and is gone when it is closed.
    tempfile::tempfile_in(folder).context(format!("its folder `{shown}` is not writable"))?;
    Ok(())
}

fn hold(path: PathBuf) -> Result<(File, PathBuf), Error> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok((file, path)),
        Err(TryLockError::WouldBlock) => Err(Error::msg("another run is writing it")),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// `.a.npy.headwater-part` has `.a.npy.headwater-journal`.
fn journal_of(staged: &Path) -> PathBuf {
    staged.with_extension("headwater-journal")
}

/// A part of a name that no other run uses.
fn unique() -> String {
    use crate::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Puts a file, or all files of a folder, on the disk before their name is there: a power cut must not leave empty files under
/// it. Returns their length.
fn sync_all(path: &Path) -> io::Result<u64> {
    if !fs::symlink_metadata(path)?.is_dir() {
        let file = File::open(path)?;
        file.sync_all()?;
        return Ok(file.metadata()?.len());
    }
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        bytes += sync_all(&entry?.path())?;
    }
    Ok(bytes)
}

#[cfg(test)]
#[path = "tests/staging.rs"]
mod tests;
