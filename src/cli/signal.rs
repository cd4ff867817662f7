//! Ctrl-C (and `kill`): from a signal to a [`Checkpoint`].
//!
//! A program that dies in the middle of a write leaves half a file behind. So the first signal only raises a flag; reading,
//! computing and writing poll it through their checkpoint, end with an error, and their destructors clean up. A second
//! signal while the first is being answered ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use headwater::{Checkpoint, Error, ErrorContext as _, Interrupt};

/// Exit code of the impatient second signal.
const KILLED: i32 = 130;

#[derive(Default)]
struct Flag(AtomicBool);

impl Interrupt for Flag {
    fn interrupted(&self) -> Option<Error> {
        // Relaxed: the flag carries no data, only "stop soon".
        self.0
            .load(Ordering::Relaxed)
            .then(|| Error::msg("stopped by a signal, nothing was written"))
    }
}

/// The process's interrupt flag.
pub(crate) struct Signal {
    flag: Arc<Flag>,
}

impl Signal {
    /// Takes over SIGINT, SIGTERM and SIGHUP.
    ///
    /// # Errors
    ///
    /// The system refuses a handler, or the process has one already.
    pub(crate) fn install() -> Result<Self, Error> {
        let flag = Arc::new(Flag::default());
        let raised = Arc::clone(&flag);
        ctrlc::set_handler(move || {
            if raised.0.swap(true, Ordering::Relaxed) {
                std::process::exit(KILLED);
            }
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Self { flag })
    }

    /// A checkpoint that fails from the first signal on.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(Arc::<Flag>::clone(&self.flag))
    }

    /// Whether a signal came.
    pub(crate) fn is_raised(&self) -> bool {
        self.flag.interrupted().is_some()
    }
}
