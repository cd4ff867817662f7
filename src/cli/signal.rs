//! Ctrl-C (and `kill`): from a signal to what runs.
//!
//! A program that dies in the middle of a write leaves half a file behind. So the first signal cancels what runs, which cleans
//! up and ends with an error. A second signal while the first is being answered ends the process at once.

use std::fmt;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headwater::{Checkpoint, Error, ErrorContext as _, Interrupt};

/// Exit code of a program that Ctrl-C ended, by the shells' convention (128 + SIGINT).
pub(super) const INTERRUPTED: u8 = 130;

/// Ends what runs now.
type Stop = Box<dyn Fn() + Send>;

#[derive(Default)]
struct State {
    raised: bool,
    running: Option<Stop>,
}

/// What the process hears of the terminal.
#[derive(Clone, Default)]
pub(super) struct Signal {
    state: Arc<Mutex<State>>,
}

impl Signal {
    /// Takes over SIGINT, SIGTERM and SIGHUP.
    ///
    /// # Errors
    ///
    /// The system refuses a handler, or the process has one already.
    pub(super) fn install() -> Result<Self, Error> {
        let signal = Self::default();
        let heard = signal.clone();
        ctrlc::set_handler(move || heard.raise()).context("cannot listen for Ctrl-C")?;
        Ok(signal)
    }

    fn raise(&self) {
        let mut state = self.state();
        if state.raised {
            process::exit(INTERRUPTED.into());
        }
        state.raised = true;
        if let Some(stop) = state.running.take() {
            // Without the lock: a second signal is to be heard meanwhile.
            drop(state);
            stop();
        }
    }

    /// Does `work`; a signal that has come, or comes before its end, calls `stop`.
    ///
    /// # Errors
    ///
    /// Those of `work`; that there was a signal, if it has failed since.
    pub(super) fn during<T>(
        &self,
        stop: impl Fn() + Send + 'static,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(stop) = self.register(Box::new(stop)) {
            stop();
        }
        let outcome = work();
        // Neither called nor dropped under the lock: what it does then is not ours to know.
        let running = self.state().running.take();
        drop(running);
        outcome.or_else(|error| self.check().and(Err(error)))
    }

    /// Has a signal call `stop`; gives it back if there has been one.
    fn register(&self, stop: Stop) -> Option<Stop> {
        let mut state = self.state();
        if state.raised {
            return Some(stop);
        }
        state.running = Some(stop);
        None
    }

    /// Whether to go on.
    ///
    /// # Errors
    ///
    /// A signal came.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.interrupted().map_or(Ok(()), Err)
    }

    /// Goes on as if there had been none: what it stopped is over.
    pub(super) fn forget(&self) {
        self.state().raised = false;
    }

    /// A checkpoint that fails from the first signal on.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(Arc::new(self.clone()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What it holds is whole at every moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interrupt for Signal {
    fn interrupted(&self) -> Option<Error> {
        let raised = self.state().raised;
        raised.then(|| Error::msg("stopped by a signal"))
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal").field("raised", &self.state().raised).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_stops_what_runs_and_whatever_comes_after() {
        let signal = Signal::default();
        let (heard, asked) = (signal.clone(), Arc::new(Mutex::new(0)));
        let count = Arc::clone(&asked);
        let outcome = signal.during(
            move || *count.lock().unwrap() += 1,
            || -> Result<(), Error> {
                heard.raise();
                Err(Error::msg("cancelled"))
            },
        );
        assert_eq!(outcome.unwrap_err().brief(), "stopped by a signal");
        assert_eq!(*asked.lock().unwrap(), 1);
        let count = Arc::clone(&asked);
        let late = signal.during(move || *count.lock().unwrap() += 1, || Ok(()));
        assert!(late.is_ok() && *asked.lock().unwrap() == 2);
        assert!(signal.check().is_err() && signal.checkpoint().check().is_err());
    }

    /// It may ask the signal itself: under a lock it would wait for ever.
    #[test]
    fn what_is_stopped_late_is_called_and_dropped_without_a_lock() {
        struct Asks(Signal);
        impl Drop for Asks {
            fn drop(&mut self) {
                let _ = self.0.check();
            }
        }
        let signal = Signal::default();
        for _ in 0..2 {
            let asks = Asks(signal.clone());
            let outcome = signal.during(move || drop(asks.0.check()), || Ok(()));
            assert!(outcome.is_ok());
            signal.state().raised = true;
        }
    }
}
