//! Putting files on the disk while others are still being made.
//!
//! The disk is at work while chunks are computed, so that little is left to wait for at the end. It is help that may fail to come:
//! what does not fit into the queue, or finds no thread, is put there by the [last pass](crate::io::on_disk::secure), which
//! looks at every file. Only an error has to be told here: the system tells it once, to whoever asks first.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread;

use crate::error::Error;
use crate::io::on_disk::AT_ONCE;
use crate::sync::{Arc, Condvar, Mutex};

/// The most files that wait for a thread.
const WAITING: usize = 1024;

/// Threads that wait for the disk. Dropped, they end with the file that they are at.
#[derive(Debug, Default)]
pub(crate) struct Syncer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Rings when there is something to do, when it is over, and when a thread ends.
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<PathBuf>,
    threads: usize,
    idle: usize,
    over: bool,
    failed: Option<Error>,
}

impl Syncer {
    /// Puts the file at `path`, which is whole, on the disk some time soon.
    pub(crate) fn push(&self, path: &Path) {
        let mut state = self.0.state.lock();
        if state.waiting.len() >= WAITING || state.over {
            return;
        }
        state.waiting.push_back(path.to_owned());
        if state.waiting.len() > state.idle && state.threads < AT_ONCE {
            let shared = Arc::clone(&self.0);
            let thread = thread::Builder::new().name("headwater-disk".to_owned());
            state.threads += usize::from(thread.spawn(move || shared.run()).is_ok());
        }
        drop(state);
        // Nobody but idle threads listens before the end.
        self.0.bell.notify_one();
    }

    /// Waits for the files that are at the disk now. Those that wait for a thread are left to the last pass.
    ///
    /// # Errors
    ///
    /// What the file system has said of any file so far.
    pub(crate) fn end(&self) -> Result<(), Error> {
        let mut state = self.0.state.lock();
        state.over = true;
        self.0.bell.notify_all();
        while state.threads > 0 {
            state = self.0.bell.wait(state);
        }
        state.failed.take().map_or(Ok(()), Err)
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.0.state.lock().over = true;
        self.0.bell.notify_all();
    }
}

impl Shared {
    fn run(&self) {
        let mut state = self.state.lock();
        while !state.over {
            let Some(path) = state.waiting.pop_front() else {
                state.idle += 1;
                state = self.bell.wait(state);
                state.idle -= 1;
                continue;
            };
            drop(state);
            // What cannot be opened, or is gone with its run, is left to the last pass.
            let synced = File::open(path).map_or(Ok(()), |file| file.sync_all());
            state = self.state.lock();
            if let Err(error) = synced {
                state.failed = state.failed.take().or(Some(error.into()));
            }
        }
        state.threads -= 1;
        drop(state);
        self.bell.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_files_that_are_there_and_files_that_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let syncer = Syncer::default();
        for n in 0..2 * WAITING {
            let path = folder.path().join(n.to_string());
            if n % 2 == 0 {
                std::fs::write(&path, [1, 2, 3]).unwrap();
            }
            syncer.push(&path);
        }
        syncer.end().unwrap();
        assert_eq!(syncer.0.state.lock().threads, 0);
        syncer.push(folder.path());
        assert_eq!(syncer.0.state.lock().threads, 0, "over is over");
    }

    #[test]
    fn an_error_is_told_at_the_end_and_once() {
        let syncer = Syncer::default();
        // What no disk keeps cannot be put there.
        syncer.push(Path::new("/dev/null"));
        while !syncer.0.state.lock().waiting.is_empty() {
            thread::yield_now();
        }
        assert!(syncer.end().is_err());
        assert!(syncer.end().is_ok());
    }

    #[test]
    fn dropped_it_ends_its_threads() {
        let folder = tempfile::tempdir().unwrap();
        let syncer = Syncer::default();
        syncer.push(folder.path());
        let shared = Arc::downgrade(&syncer.0);
        drop(syncer);
        while shared.strong_count() > 0 {
            thread::yield_now();
        }
    }
}
