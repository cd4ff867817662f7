//! A file that has its name when it is whole.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorContext as _};

/// Grows under a random name, so that no run is in the way of another. Dropped before it [has its name](Self::publish), or if it
/// cannot have it, it is removed.
#[derive(Debug)]
pub(super) struct NewFile {
    file: BufWriter<File>,
    part: PathBuf,
    place: PathBuf,
    replaces: bool,
}

impl NewFile {
    pub(super) fn begin(place: &Path, replaces: bool) -> Result<Self, Error> {
        if !replaces && fs::symlink_metadata(place).is_ok() {
            return Err(Error::invalid("it exists, and is not to be replaced"));
        }
        // Each state has keys of its own, which come from the system's randomness.
        let random = RandomState::new().hash_one(std::process::id());
        let part = place.with_file_name(format!(".headwater-{random:016x}"));
        let file = OpenOptions::new().write(true).create_new(true).open(&part);
        let file = file.context(format_args!("`{}`, where it grows", part.display()))?;
        Ok(Self {
            file: BufWriter::new(file),
            part,
            place: place.to_owned(),
            replaces,
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Puts it on the disk, and gives it its name.
    pub(super) fn publish(mut self) -> Result<(), Error> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        let named = match self.replaces {
            true => fs::rename(&self.part, &self.place),
            false => name_if_free(&self.part, &self.place),
        };
        named.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::invalid("something of this name has come while it was written"),
            _ => error.into(),
        })
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Once it has its name, nothing has this one.
        let _ = fs::remove_file(&self.part);
    }
}

/// Renames `part`, unless something is called `place`: in one step where the system and the file system can.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn name_if_free(part: &Path, place: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, part, CWD, place, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(error) if error == rustix::io::Errno::EXIST => Err(error.into()),
        Err(_) => link_if_free(part, place),
    }
}

/// Renames `part`, unless something is called `place`.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn name_if_free(part: &Path, place: &Path) -> io::Result<()> {
    link_if_free(part, place)
}

/// The same by a second name, which is never given in the place of what is there.
fn link_if_free(part: &Path, place: &Path) -> io::Result<()> {
    match fs::hard_link(part, place) {
        // The first name goes with the owner.
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => rename_if_free(part, place),
    }
}

/// The same where files have one name: what comes between the look and the renaming is replaced.
fn rename_if_free(part: &Path, place: &Path) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(part, place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_if_it_is_free_in_each_way() {
        let ways: [fn(&Path, &Path) -> io::Result<()>; 3] = [name_if_free, link_if_free, rename_if_free];
        for way in ways {
            let folder = tempfile::tempdir().unwrap();
            let (part, place) = (folder.path().join("part"), folder.path().join("place"));
            fs::write(&part, "new").unwrap();
            way(&part, &place).unwrap();
            assert_eq!(fs::read_to_string(&place).unwrap(), "new");
            // After a link both names are of the same file.
            let _ = fs::remove_file(&part);
            fs::write(&part, "newer").unwrap();
            assert_eq!(way(&part, &place).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&place).unwrap(), "new");
        }
    }
}
