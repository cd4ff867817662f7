//! Where the files of a stack grow, and how they get their names.
//!
//! They grow under the names that they will have, in a hidden folder:
//!
//! H1 A folder that is the stack's own is made whole beside its place and gets its name in one step, as every other result. It is
//!    the stack's own if it is not there before, or holds nothing but files that this stack replaces.
//! H2 In a folder with files of others, the hidden folder lies within, and each file gets its name in one step, the first of them
//!    when the last is whole. A [mark](NAMING) tells that this has begun: whatever is not in the hidden folder any more has its
//!    name, and a run that is resumed goes on there. One that is not resumed, and fails amid that, leaves the files that had their
//!    names by then.
//! H3 Which of the two it is, the folder decides as it is when the run begins. A run that is resumed after files of others have come
//!    begins anew.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::exchange::rename;
use crate::io::journal::{begin_folder, has_folder};
use crate::io::location::Location;
use crate::io::on_disk;
use crate::io::sink::Saved;
use crate::io::staging::Staging;
use crate::io::writable::{check_folder, existing, folder_of};

/// The file that says that all are whole and are getting their names.
const NAMING: &str = ".headwater-naming";

/// The place of the files of a stack, from their beginnings to their names.
pub(super) struct Home {
    /// Where the stack will be, as the user wrote it.
    path: PathBuf,
    targets: Vec<PathBuf>,
    replace: bool,
    staging: Staging,
    naming: Naming,
}

/// How the files get their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// With their folder (H1).
    AtOnce,
    /// One by one (H2).
    OneByOne {
        /// Whether an earlier run had begun with it.
        begun: bool,
    },
}

impl Home {
    /// The place of `targets`, which are files of one folder. Nothing is made or changed yet but a lock, if it is to `resume`.
    ///
    /// # Errors
    ///
    /// The folder or its folder is missing or cannot be written; another run holds it.
    pub(super) fn find(path: &Path, targets: Vec<PathBuf>, replace: bool, resume: bool) -> Result<Self, Error> {
        let folder = targets.first().and_then(|target| target.parent());
        let own = folder.filter(|folder| is_own(folder, &targets, replace));
        let (staging, naming) = match own {
            Some(folder) => (Staging::over(folder, resume)?, Naming::AtOnce),
            None => (Staging::new(path, false, resume)?, Naming::OneByOne { begun: false }),
        };
        let path = path.to_owned();
        Ok(Self {
            path,
            targets,
            replace,
            staging,
            naming,
        })
    }

    /// Whether the files have to be on the disk before they get their names.
    pub(super) fn durable(self, durable: bool) -> Self {
        let staging = self.staging.durable(durable);
        Self { staging, ..self }
    }

    /// Makes the hidden folder, or finds the one that an earlier run of the same `work` has left.
    ///
    /// # Errors
    ///
    /// A file is in the way; the file system's.
    pub(super) fn begin(&mut self, work: Option<&str>) -> Result<(), Error> {
        if let Naming::OneByOne { begun } = &mut self.naming {
            *begun = has_folder(&self.staging, work)? && self.staging.staged().join(NAMING).exists();
        }
        let left = (0..self.targets.len()).filter(|n| !self.has_begun_naming() || self.grown(*n).exists());
        check_free(left.map(|n| &*self.targets[n]), self.replace)?;
        begin_folder(&self.staging, work)
    }

    /// Where file `n` grows.
    ///
    /// # Errors
    ///
    /// A path that is not UTF-8.
    pub(super) fn place(&self, n: usize, within: &str) -> Result<Location, Error> {
        Ok(Location::file(&self.grown(n))?.with_within(within))
    }

    /// Whether all of file `n` has been written.
    pub(super) fn is_whole(&self, n: usize) -> bool {
        self.grown(n).exists() || self.is_named(n)
    }

    /// Gives the files their names.
    ///
    /// # Errors
    ///
    /// A file that is not whole; one that has come into the way; the file system's; the checkpoint's reason.
    pub(super) fn publish(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        if let Some(n) = (0..self.targets.len()).find(|n| !self.is_whole(*n)) {
            let name = self.targets[n].display();
            return Err(Error::msg(format!("`{name}` has not been written to its end")));
        }
        let path = self.path.clone();
        let bytes = match self.naming {
            Naming::AtOnce => self.name_at_once(checkpoint)?,
            Naming::OneByOne { .. } => self.name_one_by_one(checkpoint)?,
        };
        Ok(Saved { path, bytes })
    }

    fn name_at_once(self, checkpoint: &Checkpoint) -> Result<u64, Error> {
        self.tidy()?;
        // Once more: it may be hours ago.
        if self.staging.replaces() && !holds_only(self.staging.path(), &self.targets, self.replace) {
            return Err(Error::invalid("files have come into its folder while it was written"));
        }
        (0..self.targets.len()).try_for_each(|n| self.keep_permissions(n))?;
        self.staging.commit(checkpoint).map(|saved| saved.bytes)
    }

    /// Removes what runs that were killed have left of files that were not whole.
    fn tidy(&self) -> Result<(), Error> {
        let names = names(&self.targets);
        for entry in fs::read_dir(self.staging.staged())? {
            let entry = entry?;
            if !names.contains(&*entry.file_name()) {
                fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()))?;
            }
        }
        Ok(())
    }

    /// Gives file `n` the permissions of the one that it replaces.
    fn keep_permissions(&self, n: usize) -> Result<(), Error> {
        match fs::metadata(&self.targets[n]) {
            Ok(old) => Ok(fs::set_permissions(self.grown(n), old.permissions())?),
            Err(_) => Ok(()),
        }
    }

    fn name_one_by_one(self, checkpoint: &Checkpoint) -> Result<u64, Error> {
        let left: Vec<_> = (0..self.targets.len()).filter(|n| !self.is_named(*n)).collect();
        check_free(left.iter().map(|n| &*self.targets[*n]), self.replace)?;
        self.tidy()?;
        left.iter().try_for_each(|n| self.keep_permissions(*n))?;
        fs::write(self.staging.staged().join(NAMING), "")?;
        self.staging.secure(checkpoint)?;
        for n in left {
            let target = &self.targets[n];
            rename(&self.grown(n), target, self.replace).context(format_args!("`{}`", target.display()))?;
        }
        let lengths = self
            .targets
            .iter()
            .map(|target| on_disk::length(target, &Checkpoint::never()));
        let bytes = lengths.sum::<Result<u64, Error>>()?;
        self.staging.secure_names(folder_of(&self.path));
        self.staging.discard();
        Ok(bytes)
    }

    /// Where file `n` is when it is whole, and has no name yet.
    fn grown(&self, n: usize) -> PathBuf {
        let name = self.targets[n].file_name().unwrap_or_default();
        self.staging.staged().join(name)
    }

    /// Whether file `n` has got its name in an earlier run.
    fn is_named(&self, n: usize) -> bool {
        self.has_begun_naming() && !self.grown(n).exists() && self.targets[n].exists()
    }

    fn has_begun_naming(&self) -> bool {
        self.naming == Naming::OneByOne { begun: true }
    }
}

fn names(targets: &[PathBuf]) -> HashSet<&OsStr> {
    targets.iter().filter_map(|target| target.file_name()).collect()
}

/// Whether `folder` may be made, or exchanged, as a whole (H1).
fn is_own(folder: &Path, targets: &[PathBuf], replace: bool) -> bool {
    if folder.file_name().is_none() {
        return false;
    }
    let Ok(place) = fs::canonicalize(folder) else {
        // A link that leads to nothing is somebody's mistake, which is told when it is written to.
        return fs::symlink_metadata(folder).is_err();
    };
    // Whoever works in a folder would find himself in the old one.
    let is_worked_in = std::env::current_dir().is_ok_and(|here| here.starts_with(&place));
    !is_worked_in && is_beside(&place) && holds_only(&place, targets, replace)
}

/// Whether a new folder can be made beside `place` and exchanged with it.
fn is_beside(place: &Path) -> bool {
    let outer = folder_of(place);
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev());
    let is_one = device(place).is_ok_and(|own| device(outer).is_ok_and(|outer| outer == own));
    is_one && check_folder(outer).is_ok()
}

/// Whether nothing is in `folder` but `targets` that may be replaced.
fn holds_only(folder: &Path, targets: &[PathBuf], replace: bool) -> bool {
    let names = names(targets);
    let may_go = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| {
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            replace && is_file && names.contains(&*entry.file_name())
        })
    };
    fs::read_dir(folder).is_ok_and(|mut entries| entries.all(may_go))
}

/// That `targets` may be written.
fn check_free<'a>(targets: impl Iterator<Item = &'a Path>, replace: bool) -> Result<(), Error> {
    for target in targets {
        let check = || match existing(target, replace)? {
            Some(_) if target.is_dir() => Err(Error::invalid("it is a folder: in a stack, none is replaced")),
            Some(_) if target.is_symlink() => Err(Error::invalid("it is a link: in a stack, none is replaced")),
            _ => Ok(()),
        };
        check().context(format_args!("`{}`", target.display()))?;
    }
    Ok(())
}
