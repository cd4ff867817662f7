//! Giving a file or a folder its name in one step.
//!
//! Linux and macOS can, on the file systems that people have. Elsewhere, and on some network file systems, two things take more:
//!
//! X1 A folder over an older one, or over a file: the old one steps aside first, so that for a moment nothing has the name. A run
//!    that is killed in this moment leaves the new one where it grew, and the old one as `.headwater-old-…` beside it.
//! X2 A name that is free: what somebody else gives it between the look and the renaming is replaced, if it is a file.

use std::fs;
use std::io;
use std::path::Path;

use crate::io::random_name::random_name;

/// What `rename` alone cannot do in one step.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Both names change hands.
    Exchange,
    /// The name is taken only if it is free.
    IfFree,
}

/// Makes `to` the name of what is at `from`, so that at every moment it is that of the old or the new (but for X1). What had the
/// name goes only if `replace` (but for X2); if a folder is among the two, it is at `from` afterwards, for the caller to remove.
///
/// # Errors
///
/// The file system's; that the name is taken. Both are then as they were.
pub(crate) fn rename(from: &Path, to: &Path, replace: bool) -> io::Result<()> {
    if !replace {
        return in_one_step(from, to, Step::IfFree).unwrap_or_else(|| fs::rename(from, to));
    }
    let is_folder = |path: &Path| fs::symlink_metadata(path).map(|metadata| metadata.is_dir());
    match (is_folder(from)?, is_folder(to)) {
        // No `rename` replaces a folder that is not empty, or one kind by the other.
        (true, Ok(_)) | (false, Ok(true)) => {
            in_one_step(from, to, Step::Exchange).unwrap_or_else(|| exchange_by_way_of(from, to))
        }
        _ => fs::rename(from, to),
    }
}

/// `None` if the system or the file system does not know how.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn in_one_step(from: &Path, to: &Path, step: Step) -> Option<io::Result<()>> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    let flags = match step {
        Step::Exchange => RenameFlags::EXCHANGE,
        Step::IfFree => RenameFlags::NOREPLACE,
    };
    match renameat_with(CWD, from, CWD, to, flags) {
        Err(error) if [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP, Errno::NOTSUP].contains(&error) => None,
        renamed => Some(renamed.map_err(io::Error::from)),
    }
}

/// `None` if the system or the file system does not know how.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn in_one_step(_from: &Path, _to: &Path, _step: Step) -> Option<io::Result<()>> {
    None
}

/// The old one steps aside first: for a moment there is nothing of the name (X1).
fn exchange_by_way_of(from: &Path, to: &Path) -> io::Result<()> {
    let aside = to.with_file_name(format!(".headwater-old-{}", random_name()));
    fs::rename(to, &aside)?;
    if let Err(error) = fs::rename(from, to) {
        return Err(match fs::rename(&aside, to) {
            Ok(()) => error,
            Err(_) => io::Error::new(
                error.kind(),
                format!("{error}; what was there is now `{}`", aside.display()),
            ),
        });
    }
    fs::rename(&aside, from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with one file in it.
    fn folder(path: &Path, text: &str) {
        fs::create_dir(path).unwrap();
        fs::write(path.join("a"), text).unwrap();
    }

    #[test]
    fn folders_change_places_in_one_step_and_in_several() {
        let root = tempfile::tempdir().unwrap();
        let (new, old) = (root.path().join("new"), root.path().join("old"));
        folder(&new, "new");
        folder(&old, "old");
        let holds = |path: &Path, text: &str| assert_eq!(fs::read_to_string(path.join("a")).unwrap(), text);
        exchange_by_way_of(&new, &old).unwrap();
        holds(&old, "new");
        holds(&new, "old");
        if cfg!(target_os = "linux") {
            in_one_step(&new, &old, Step::Exchange)
                .expect("Linux knows how")
                .unwrap();
            holds(&old, "old");
            rename(&new, &old, true).unwrap();
        }
        holds(&old, "new");
        holds(&new, "old");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_cannot_come_leaves_the_old_one_where_it_was() {
        let root = tempfile::tempdir().unwrap();
        let (none, old) = (root.path().join("none"), root.path().join("old"));
        folder(&old, "old");
        assert!(exchange_by_way_of(&none, &old).is_err());
        assert!(rename(&none, &old, true).is_err());
        assert_eq!(fs::read_to_string(old.join("a")).unwrap(), "old");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_that_somebody_has_taken_meanwhile_is_not_taken_from_them() {
        let root = tempfile::tempdir().unwrap();
        let (new, old) = (root.path().join("new"), root.path().join("old"));
        fs::write(&new, "new").unwrap();
        fs::write(&old, "old").unwrap();
        let error = rename(&new, &old, false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&old).unwrap(), "old");
        rename(&new, &old, true).unwrap();
        assert_eq!(fs::read_to_string(&old).unwrap(), "new");
    }
}
