//! The file of a Unix socket: made for its owner alone, never in the place of somebody else's, removed at the end.
//!
//! A socket gets the permissions that the process's mask leaves when it is bound, and could be opened by others before these
//! are taken away. So it is bound in a folder of its own that only the owner can enter, and then linked to its place, which fails
//! if there is anything.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorContext as _};
use crate::sync::Mutex;
use crate::sync::atomic::{TALLY, Tally};

/// How often somebody may be found in the place before it is given up.
const TRIES: usize = 8;

/// Removes the socket when it is dropped, if it is still the same.
#[derive(Debug)]
pub(super) struct SocketFile(Mutex<Option<(PathBuf, Identity)>>);

/// Which file it is, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    fn of(about: &Metadata) -> Self {
        Self(about.dev(), about.ino())
    }
}

impl SocketFile {
    /// Listens at `path`.
    ///
    /// # Errors
    ///
    /// There is something else than a socket that nobody listens at any more, and that belongs to this user; the system refuses.
    pub(super) fn bind(path: &Path) -> Result<(UnixListener, Self), Error> {
        // A relative path would mean another file once the process has changed its folder.
        let path = &std::path::absolute(path).context("its folder")?;
        let folder = Folder::beside(path)?;
        let own = folder.0.join("s");
        let listener = UnixListener::bind(&own)?;
        fs::set_permissions(&own, Permissions::from_mode(0o600))?;
        let about = fs::symlink_metadata(&own)?;
        for _ in 0..TRIES {
            match fs::hard_link(&own, path) {
                Ok(()) => {
                    let file = Self(Mutex::new(Some((path.to_owned(), Identity::of(&about)))));
                    return Ok((listener, file));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => clear(path, &folder, about.uid())?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::msg("others make a file there again and again"))
    }

    /// Removes it now.
    pub(super) fn remove(&self) {
        if let Some((path, identity)) = self.0.lock().take()
            && fs::symlink_metadata(&path).is_ok_and(|about| Identity::of(&about) == identity)
        {
            // Whoever has taken it away meanwhile has done what was to be done.
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Takes away what an earlier process has left at `path`.
fn clear(path: &Path, folder: &Folder, user: u32) -> Result<(), Error> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    if !found.file_type().is_socket() {
        return Err(Error::invalid("there is a file that is no socket; it is left as it is"));
    }
    if found.uid() != user {
        return Err(Error::invalid("there is a socket of another user; it is left as it is"));
    }
    match UnixStream::connect(path) {
        Ok(_) => return Err(Error::msg("another process listens there")),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context("there is a socket, which is left as it is"),
    }
    // Moved out of the way first: somebody else may have cleared the place meanwhile and have put a live one there.
    let old = folder.0.join("old");
    match fs::rename(path, &old) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        moved => moved?,
    }
    if Identity::of(&fs::symlink_metadata(&old)?) != Identity::of(&found) {
        fs::hard_link(&old, path)?;
    }
    Ok(fs::remove_file(old)?)
}

/// A folder for the owner alone, gone when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn beside(path: &Path) -> io::Result<Self> {
        static NEXT: Tally = Tally::new(0);
        let parent = path.parent().unwrap_or(Path::new("/"));
        for _ in 0..TRIES {
            // Whoever guesses the name can only be in the way.
            let (process, nth) = (std::process::id(), NEXT.fetch_add(1, TALLY));
            let folder = parent.join(format!(".hw{process:x}.{nth:x}"));
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Ok(Self(folder)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for name in ["s", "old"] {
            let _ = fs::remove_file(self.0.join(name));
        }
        let _ = fs::remove_dir(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in a folder, hidden files too.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_socket_is_for_its_owner_and_goes_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let (listener, file) = SocketFile::bind(&path).unwrap();
        let about = fs::symlink_metadata(&path).unwrap();
        assert!(about.file_type().is_socket());
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
        assert_eq!(names(folder.path()), ["socket"]);
        let client = UnixStream::connect(&path).unwrap();
        listener.accept().unwrap();
        drop((client, file));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn what_a_dead_process_left_is_replaced_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let told = |path: &Path| SocketFile::bind(path).map(drop).unwrap_err().report();
        drop(UnixListener::bind(&path).unwrap());
        let (_listener, file) = SocketFile::bind(&path).unwrap();
        assert_eq!(told(&path), "another process listens there");
        file.remove();
        fs::write(&path, "mine").unwrap();
        assert_eq!(told(&path), "there is a file that is no socket; it is left as it is");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        assert_eq!(names(folder.path()), ["socket"]);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("gone"), &link).unwrap();
        assert!(told(&link).contains("no socket"));
        assert!(told(&folder.path().join("no/socket")).contains("No such file"));
    }

    #[test]
    fn a_file_that_has_taken_the_place_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let (_listener, file) = SocketFile::bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "mine").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }
}
