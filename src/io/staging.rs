//! A new file under a name of its own, until it is whole.
//!
//! At every moment the target's name holds what it held before, or the whole result; [`exchange`](crate::io::exchange) tells of
//! the systems where a folder that is replaced has a moment without. A run that cannot be resumed works under a
//! random name that is gone when it ends early. One that can works under a name that the next run finds, and holds a lock on it,
//! so that two runs never write into one another. For `a.zarr` these are, in the same folder, `.a.zarr.headwater-part`, with what
//! has been written, `.a.zarr.headwater-journal`, which tells of what work, and `.a.zarr.headwater-lock`.
//!
//! A run that is killed at any point has left what the next can resume, or the whole result:
//!
//! S1 What has grown is put [on the disk](Staging::secure) before it gets its name: a power cut leaves no empty files under it.
//! S2 It [gets its name](Staging::publish) in one step, or two where the system has none for folders. Nothing that tells of the
//!    work lies within it, so that nothing has to be taken out of it before.
//! S3 Only then does the journal go, and last the lock. A journal that is left alone by a kill between counts for nothing.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::exchange::rename;
use crate::io::lock::Lock;
use crate::io::on_disk;
use crate::io::random_name::random_name;
use crate::io::sink::Saved;
use crate::io::writable::{check_folder, existing, folder_of};

/// Where a result grows, and where it goes.
#[derive(Debug)]
pub(crate) struct Staging {
    /// As the user wrote it.
    path: PathBuf,
    /// With symbolic links followed: a link is to stay one.
    place: PathBuf,
    /// Where it grows, beside the place.
    staged: PathBuf,
    /// Those of what will be replaced.
    permissions: Option<Permissions>,
    /// Whether it has to outlast a power cut.
    durable: bool,
    /// Held while a run that can be resumed works.
    lock: Option<Lock>,
    /// Whether it has got its name, or is not wanted: whatever is there now is another run's.
    over: bool,
}

impl Staging {
    /// A place for what will be `path`. Nothing is made yet but a lock, if it is to `resume`.
    ///
    /// # Errors
    ///
    /// Something is there and not to be replaced, or is no file of ours to replace; the folder is missing or cannot be written;
    /// another run holds it.
    pub(crate) fn new(path: &Path, replace: bool, resume: bool) -> Result<Self, Error> {
        // Once it is there, dropping it tidies up.
        let mut staging = Self::beside(path, resume)?;
        staging.permissions = existing(path, replace)?;
        Ok(staging)
    }

    /// A place for what will be `path`, of which the caller has seen that what is there, if anything, may go.
    ///
    /// # Errors
    ///
    /// The folder is missing or cannot be written; another run holds it; the file system's.
    pub(crate) fn over(path: &Path, resume: bool) -> Result<Self, Error> {
        let mut staging = Self::beside(path, resume)?;
        staging.permissions = match fs::metadata(path) {
            Ok(metadata) => Some(metadata.permissions()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        Ok(staging)
    }

    fn beside(path: &Path, resume: bool) -> Result<Self, Error> {
        let place = match fs::canonicalize(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            place => place?,
        };
        let folder = folder_of(&place).to_owned();
        check_folder(&folder)?;
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (staged, lock) = if resume {
            let lock = Lock::hold(folder.join(format!(".{name}.headwater-lock")))?;
            (folder.join(format!(".{name}.headwater-part")), Some(lock))
        } else {
            (folder.join(format!(".{name}.{}.headwater-part", random_name())), None)
        };
        Ok(Self {
            path: path.to_owned(),
            place,
            staged,
            permissions: None,
            durable: true,
            lock,
            over: false,
        })
    }

    /// Whether the result has to be on the disk before it gets its name. It has, unless told otherwise.
    pub(crate) fn durable(mut self, durable: bool) -> Self {
        self.durable = durable;
        self
    }

    /// Where the result grows: a file or a folder that the caller makes.
    pub(crate) fn staged(&self) -> &Path {
        &self.staged
    }

    /// Where a [journal](crate::io::journal::Journal) of what is staged lies, if the run can be resumed.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        self.lock.as_ref().map(|_| journal_of(&self.staged))
    }

    /// The file that an earlier run left, to be resumed.
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

    /// The number that the file system knows the staged folder by, if there is one.
    pub(crate) fn folder_number(&self) -> Option<u64> {
        let found = fs::symlink_metadata(&self.staged).ok()?;
        found.is_dir().then(|| found.ino())
    }

    /// Where the result goes, as the user wrote it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A new, empty file where the result grows. What an earlier run left goes.
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

    /// A new, empty folder where the result grows. What an earlier run left goes.
    pub(crate) fn new_folder(&self) -> io::Result<()> {
        self.clear()?;
        fs::create_dir(&self.staged)?;
        match self.permissions.as_ref().filter(|_| self.place.is_dir()) {
            Some(permissions) => fs::set_permissions(&self.staged, permissions.clone()),
            None => Ok(()),
        }
    }

    /// Removes what an earlier run left, if anything. What has a random name is nobody's but ours.
    fn clear(&self) -> io::Result<()> {
        let Some(journal) = self.journal() else { return Ok(()) };
        // First: a journal without its file says nothing, and one of another file would lie.
        remove(&journal)?;
        remove(&self.staged)
    }

    /// Puts what has grown on the disk, if it has to be [there](Self::durable), and returns the length of all of it.
    ///
    /// # Errors
    ///
    /// The file system's, the checkpoint's reason.
    pub(crate) fn secure(&self, checkpoint: &Checkpoint) -> Result<u64, Error> {
        match self.durable {
            true => on_disk::secure(&self.staged, checkpoint),
            false => on_disk::length(&self.staged, checkpoint),
        }
    }

    /// Makes what has grown, and is [on the disk](Self::secure), the target.
    ///
    /// # Errors
    ///
    /// The file system's; that somebody else has taken the name meanwhile. The target is then as it was.
    pub(crate) fn publish(self) -> Result<(), Error> {
        self.give_name(self.replaces())?;
        self.discard();
        Ok(())
    }

    /// Whether something was there when it was begun: it may be replaced.
    pub(crate) fn replaces(&self) -> bool {
        self.permissions.is_some()
    }

    /// Makes what has grown, and is [on the disk](Self::secure), the target, and stays: something else may grow after it.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub(crate) fn give_name(&self, replace: bool) -> Result<(), Error> {
        rename(&self.staged, &self.place, replace).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::invalid("something of this name has come while it was written"),
            _ => error.into(),
        })?;
        self.secure_names(folder_of(&self.place));
        Ok(())
    }

    /// Puts the names in `folder` on the disk, if they have to be there. The results are complete by then, and not every file
    /// system can do it: it is no failure.
    pub(crate) fn secure_names(&self, folder: &Path) {
        if self.durable {
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
    }

    /// Makes what has grown the target.
    ///
    /// # Errors
    ///
    /// As [`secure`](Self::secure) and [`publish`](Self::publish).
    pub(crate) fn commit(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        let (path, bytes) = (self.path.clone(), self.secure(checkpoint)?);
        self.publish()?;
        Ok(Saved { path, bytes })
    }

    /// Ends the run: removes whatever is left under the staged name (after an exchange, that is the old result), the journal and
    /// the lock. It is no error if something of that stays.
    pub(crate) fn discard(mut self) {
        // First: it must not tell of the old folder, which may be there now, as of what has been written.
        if let Some(journal) = self.journal() {
            let _ = remove(&journal);
        }
        let _ = remove(&self.staged);
        if let Some(lock) = &self.lock {
            lock.remove();
        }
        self.over = true;
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        match &self.lock {
            _ if self.over => {}
            None => drop(remove(&self.staged)),
            // What is there is for the next run. Without it, its journal says nothing.
            Some(_) if fs::symlink_metadata(&self.staged).is_ok() => {}
            Some(lock) => {
                let _ = remove(&journal_of(&self.staged));
                lock.remove();
            }
        }
    }
}

/// `.a.npy.headwater-part` has `.a.npy.headwater-journal`.
fn journal_of(staged: &Path) -> PathBuf {
    staged.with_extension("headwater-journal")
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

#[cfg(test)]
#[path = "tests/staging.rs"]
mod tests;
