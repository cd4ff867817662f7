//! One run at a time at one place.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::error::{Error, ErrorContext as _};

/// A file that one run holds. The system lets go of it when the run's process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    /// Closing it lets go.
    _file: File,
}

impl Lock {
    /// Holds the file at `path`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// That another run holds it; something of its name that is no file of ours; the file system's.
    pub(crate) fn hold(path: PathBuf) -> Result<Self, Error> {
        loop {
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                // Behind a link, another file would be held than the one that is looked at; a pipe would be waited for.
                .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32)
                .open(&path)
                .context(format!("its lock `{}`", path.display()))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Error::msg("another run is writing it")),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            // Whoever held it may have removed it since it was opened: then others hold another file of this name.
            if is_at(&file, &path)? {
                return Ok(Self { path, _file: file });
            }
        }
    }

    /// Removes the file; it is held until this is dropped.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether `file` is what has the name `path`.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((own.dev(), own.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_a_removed_file_holds_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::hold(path.clone()).unwrap();
        let refused = Lock::hold(path.clone()).unwrap_err().report();
        assert!(refused.contains("another run"), "{refused}");
        let file = File::open(&path).unwrap();
        assert!(is_at(&file, &path).unwrap());
        first.remove();
        assert!(!is_at(&file, &path).unwrap());
        let second = Lock::hold(path.clone()).unwrap();
        assert!(!is_at(&file, &path).unwrap(), "another file has the name");
        drop(first);
        assert!(Lock::hold(path).is_err(), "the second run still holds it");
        drop(second);
    }

    #[test]
    fn a_link_is_not_held() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("lock"), folder.path().join("another's"));
        std::os::unix::fs::symlink(&target, &path).unwrap();
        let refused = Lock::hold(path).unwrap_err().report();
        assert!(refused.contains("lock"), "{refused}");
        assert!(!target.exists());
    }
}
