//! Putting what has been written on the disk.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// How many files are put there at the same time: a file system takes several in one go.
pub(crate) const AT_ONCE: usize = 8;
/// How many names are in memory at a time.
const NAMES: usize = 4096;

/// Puts a file, or a folder with all that is in it, on the disk. Returns the length of the files.
///
/// # Errors
///
/// The file system's; the checkpoint's reason.
pub(crate) fn secure(path: &Path, checkpoint: &Checkpoint) -> Result<u64, Error> {
    let mut waiting = Vec::new();
    let mut enter = |path: &Path| {
        waiting.push(path.to_owned());
        match waiting.len() {
            NAMES => secure_all(&std::mem::take(&mut waiting), checkpoint),
            _ => Ok(()),
        }
    };
    let bytes = walk(path, &mut enter, checkpoint)?;
    secure_all(&waiting, checkpoint)?;
    Ok(bytes)
}

/// The length of a file, or of all files of a folder.
///
/// # Errors
///
/// The file system's; the checkpoint's reason.
pub(crate) fn length(path: &Path, checkpoint: &Checkpoint) -> Result<u64, Error> {
    walk(path, &mut |_| Ok(()), checkpoint)
}

/// Calls `enter` with the file, or with the files of the folder and the folder itself, which holds their names. Returns their length.
fn walk(path: &Path, enter: &mut dyn FnMut(&Path) -> Result<(), Error>, checkpoint: &Checkpoint) -> Result<u64, Error> {
    checkpoint.check()?;
    let metadata = fs::symlink_metadata(path)?;
    let mut bytes = 0;
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            bytes += walk(&entry?.path(), enter, checkpoint)?;
        }
    } else {
        bytes = metadata.len();
    }
    enter(path)?;
    Ok(bytes)
}

fn secure_all(paths: &[PathBuf], checkpoint: &Checkpoint) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let some = || -> Result<(), Error> {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            checkpoint.check()?;
            let file = File::open(path)?;
            match file.metadata()?.is_dir() {
                // Not every file system can.
                true => drop(file.sync_all()),
                false => file.sync_all()?,
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        // They wait for the disk, and compute nothing. Where the system has no threads to give, there are fewer.
        let others: Vec<_> = (1..AT_ONCE.min(paths.len()))
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, some).ok())
            .collect();
        let own = some();
        let join = |other: thread::ScopedJoinHandle<'_, _>| {
            let gone = |_| Err(Error::msg("a thread that waits for the disk has panicked"));
            other.join().unwrap_or_else(gone)
        };
        // All are waited for, whatever one of them says.
        let all: Vec<_> = others.into_iter().map(join).collect();
        all.into_iter().fold(own, Result::and)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_of_a_folder_are_counted_and_a_missing_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        for n in 0..20 {
            fs::write(below.join(n.to_string()), vec![0; n]).unwrap();
        }
        let never = Checkpoint::never();
        assert_eq!(secure(folder.path(), &never).unwrap(), (0..20).sum::<usize>() as u64);
        assert_eq!(length(folder.path(), &never).unwrap(), (0..20).sum::<usize>() as u64);
        assert_eq!(secure(&below.join("7"), &never).unwrap(), 7);
        assert!(secure(&below.join("none"), &never).is_err());
        assert!(secure_all(&[below.join("1"), below.join("none"), below.join("2")], &never).is_err());
    }
}
