//! What says on which file a test hangs, and ends it.

use std::path::Path;
use std::process;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// A file takes some milliseconds. A machine that is busy with other things may be a thousand times slower.
const LONG: Duration = Duration::from_secs(120);

/// Ends the process unless it is dropped in time.
pub(crate) struct Watchdog {
    /// That it is dropped is what the thread waits for.
    _alive: Sender<()>,
}

impl Watchdog {
    /// Watches over what is done with `path`.
    pub(crate) fn over(path: &Path) -> Self {
        let (alive, dropped) = mpsc::channel();
        let path = path.to_owned();
        let watch = move || {
            if dropped.recv_timeout(LONG) == Err(RecvTimeoutError::Timeout) {
                eprintln!("{} is not done after {LONG:?}", path.display());
                process::abort();
            }
        };
        thread::Builder::new().spawn(watch).expect("a thread");
        Self { _alive: alive }
    }
}
