//! Where the bytes of a store are: a folder, or an object store.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::bytes::resize;
use crate::io::flat::cut_short;
use crate::io::limit::format_bytes;
use crate::io::syncer::Syncer;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// What is read or written at a time: between two looks at the checkpoint.
const PIECE: usize = 1 << 20;
/// Files that are not whole yet; in the same file system as the whole ones.
const UNFINISHED: &str = ".headwater-unfinished";

/// Bytes under keys: paths with slashes.
pub(super) trait Store: Send + Sync + 'static {
    /// Puts the bytes of `key` into `into`; `false` if there is no such key.
    ///
    /// # Errors
    ///
    /// More than `most` bytes; the store's; the checkpoint's reason.
    fn get(&self, key: &str, most: u64, into: &mut Vec<u8>, checkpoint: &Checkpoint) -> Result<bool, Error>;

    /// Fills `into` with the bytes of `key` from `start` on.
    ///
    /// # Errors
    ///
    /// No such key, or too short; the store's; the checkpoint's reason.
    fn get_range(&self, key: &str, start: u64, into: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error>;

    /// How many bytes `key` has, if it is there.
    ///
    /// # Errors
    ///
    /// The store's.
    fn length(&self, key: &str) -> Result<Option<u64>, Error>;

    /// Makes `bytes` the content of `key`: in one step, unless nobody else can see the store ([`Folder::unseen`]).
    ///
    /// # Errors
    ///
    /// The store's; the checkpoint's reason. Then `key` is as it was; in a store that nobody sees, it is not there.
    fn put(&self, key: &str, bytes: &[u8], checkpoint: &Checkpoint) -> Result<(), Error>;

    /// Begins a content for `key` of which the length is not known yet.
    ///
    /// # Errors
    ///
    /// The store's.
    fn begin(&self, key: &str) -> Result<Box<dyn Growing + '_>, Error>;

    /// The names below `prefix`, in order; at most a hundred.
    ///
    /// # Errors
    ///
    /// The store's.
    fn names(&self, prefix: &str) -> Result<Vec<String>, Error>;

    /// Itself, if its gets take so long that many should be under way at once.
    #[cfg(feature = "object-store")]
    fn fetch(&self) -> Option<&dyn crate::io::object::Fetch> {
        None
    }

    /// Whether its answers come at once.
    fn is_near(&self) -> bool {
        #[cfg(feature = "object-store")]
        return self.fetch().is_none();
        #[cfg(not(feature = "object-store"))]
        return true;
    }
}

/// A value of a [`Store`] that is being written. Dropped before it is finished, it leaves nothing.
pub(super) trait Growing: Send + Sync {
    /// Adds `bytes` and returns where they begin. May be called from several threads.
    ///
    /// # Errors
    ///
    /// The store's; the checkpoint's reason.
    fn append(&self, bytes: &[u8], checkpoint: &Checkpoint) -> Result<u64, Error>;

    /// Makes it the content of its key: in one step, unless nobody else can see the store ([`Folder::unseen`]).
    ///
    /// # Errors
    ///
    /// The store's.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// A folder as a [`Store`].
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Whether a file gets its name only when it is whole.
    whole: bool,
    /// Puts what is whole on the disk, if it is to be there.
    syncer: Option<Syncer>,
}

impl Folder {
    /// The folder at `root`: what is under a key is whole.
    pub(super) fn new(root: &Path) -> Self {
        let (root, whole, syncer) = (root.to_owned(), true, None);
        Self { root, whole, syncer }
    }

    /// The folder at `root`, of which nobody else knows yet, and which is gone when the run ends early: files grow under their own
    /// names, which spares a renaming for each. A key that is there need not be whole, and one that could not be put is gone; so
    /// nothing is to be read from it, and nothing in it resumed.
    pub(super) fn unseen(root: &Path) -> Self {
        let whole = false;
        Self {
            whole,
            ..Self::new(root)
        }
    }

    /// The same, where files begin their way to the disk as soon as they are whole.
    pub(super) fn durable(self, durable: bool) -> Self {
        let syncer = durable.then(Syncer::default);
        Self { syncer, ..self }
    }

    /// Makes the folder and its place for unfinished files, without those of a run that ended early.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub(super) fn prepare(&self) -> Result<(), Error> {
        self.tidy()?;
        let root = match self.whole {
            true => self.root.join(UNFINISHED),
            false => self.root.clone(),
        };
        Ok(fs::create_dir_all(root)?)
    }

    /// Ends what puts files on the disk, and removes what is not finished.
    ///
    /// # Errors
    ///
    /// The file system's; of files too that have been finished before.
    pub(super) fn settle(&self) -> Result<(), Error> {
        self.syncer.as_ref().map_or(Ok(()), Syncer::end)?;
        self.tidy()
    }

    /// Removes what is not finished.
    fn tidy(&self) -> Result<(), Error> {
        match fs::remove_dir_all(self.root.join(UNFINISHED)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The length of `path`; `None` if nothing is there.
    fn file_length(path: &Path) -> Result<Option<u64>, Error> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
            // Opening a pipe would block for ever.
            Ok(_) => Err(Error::invalid("it is not a regular file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives what is whole now its name.
    fn finish(&self, unfinished: Unfinished) -> Result<(), Error> {
        let path = unfinished.finish()?;
        if let Some(syncer) = &self.syncer {
            syncer.push(&path);
        }
        Ok(())
    }

    /// A new file that will be `key`.
    fn unfinished(&self, key: &str) -> Result<(File, Unfinished), Error> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let target = self.root.join(key);
        let (path, target) = match self.whole {
            true => {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                (self.root.join(UNFINISHED).join(number.to_string()), Some(target))
            }
            false => (target, None),
        };
        let file = in_folder(&path, |path| File::create(path))?;
        Ok((
            file,
            Unfinished {
                path,
                target,
                done: false,
            },
        ))
    }
}

/// A file that is gone unless it is finished.
struct Unfinished {
    path: PathBuf,
    /// Where it goes, if it is not there already.
    target: Option<PathBuf>,
    done: bool,
}

impl Unfinished {
    /// Returns where it is then.
    fn finish(mut self) -> Result<PathBuf, Error> {
        if let Some(target) = &self.target {
            in_folder(target, |target| fs::rename(&self.path, target))?;
        }
        self.done = true;
        let path = self.target.take();
        Ok(path.unwrap_or_else(|| std::mem::take(&mut self.path)))
    }
}

/// What `make` makes at `path`; the folders on the way are made if they are missing.
fn in_folder<R>(path: &Path, make: impl Fn(&Path) -> io::Result<R>) -> io::Result<R> {
    match make(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        made => return made,
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    make(path)
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Store for Folder {
    fn get(&self, key: &str, most: u64, into: &mut Vec<u8>, checkpoint: &Checkpoint) -> Result<bool, Error> {
        let path = self.root.join(key);
        let Some(length) = Self::file_length(&path)? else {
            return Ok(false);
        };
        if length > most {
            let [length, most] = [length, most].map(format_bytes);
            return Err(Error::msg(format!("it has {length}, where {most} are the most")));
        }
        resize(into, length)?;
        let mut file = File::open(&path)?;
        for piece in into.chunks_mut(PIECE) {
            checkpoint.check()?;
            file.read_exact(piece).map_err(cut_short)?;
        }
        Ok(true)
    }

    fn get_range(&self, key: &str, start: u64, into: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        let file = File::open(self.root.join(key))?;
        let mut at = start;
        for piece in into.chunks_mut(PIECE) {
            checkpoint.check()?;
            file.read_exact_at(piece, at).map_err(cut_short)?;
            at = at.saturating_add(piece.len() as u64);
        }
        Ok(())
    }

    fn length(&self, key: &str) -> Result<Option<u64>, Error> {
        Self::file_length(&self.root.join(key))
    }

    fn put(&self, key: &str, bytes: &[u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        let (mut file, unfinished) = self.unfinished(key)?;
        for piece in bytes.chunks(PIECE) {
            checkpoint.check()?;
            file.write_all(piece)?;
        }
        self.finish(unfinished)
    }

    fn begin(&self, key: &str) -> Result<Box<dyn Growing + '_>, Error> {
        let (file, unfinished) = self.unfinished(key)?;
        let end = Mutex::new(0);
        Ok(Box::new(GrowingFile {
            folder: self,
            file,
            unfinished,
            end,
        }))
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let entries = fs::read_dir(self.root.join(prefix)).context(format!("`{prefix}`"))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).take(100).collect();
        names.sort();
        Ok(names)
    }
}

struct GrowingFile<'a> {
    folder: &'a Folder,
    file: File,
    unfinished: Unfinished,
    /// Where the next bytes go.
    end: Mutex<u64>,
}

impl Growing for GrowingFile<'_> {
    fn append(&self, bytes: &[u8], checkpoint: &Checkpoint) -> Result<u64, Error> {
        // Only the place is taken under the lock.
        let start = {
            let mut end = self.end.lock();
            let start = *end;
            *end += bytes.len() as u64;
            start
        };
        let mut at = start;
        for piece in bytes.chunks(PIECE) {
            checkpoint.check()?;
            self.file.write_all_at(piece, at)?;
            at += piece.len() as u64;
        }
        Ok(start)
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        self.folder.finish(self.unfinished)
    }
}
