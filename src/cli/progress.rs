//! The progress bar: on stderr, only if that is a terminal, and never with `--quiet`.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far the program is: cheap to clone, may be advanced from any thread.
///
/// Dropping the last clone clears the bar, so that a report or an error starts on a clean line.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A reporter that draws if stderr is a terminal and `quiet` is not set.
    pub(crate) fn new(quiet: bool) -> Self {
        if quiet {
            return Self::hidden();
        }
        // indicatif draws nothing on a stream that is not a terminal.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg:>8} [{wide_bar}] {pos}/{len} {elapsed_precise}")
            .expect("invariant: the template is a constant that a test renders");
        bar.set_style(style);
        Self { bar }
    }

    /// A reporter that draws nothing.
    pub(crate) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
        }
    }

    /// Begins a phase of `steps` steps: "reading", "smoothing", "writing".
    pub(crate) fn phase(&self, name: &'static str, steps: u64) {
        self.bar.set_message(name);
        self.bar.set_length(steps);
        self.bar.set_position(0);
    }

    /// `steps` more are done.
    pub(crate) fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// Removes the bar from the terminal.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn every_phase_counts_from_zero() {
        let progress = Progress::new(false);
        progress.phase("reading", 3);
        progress.advance(2);
        progress.phase("writing", 5);
        progress.clone().advance(4);
        assert_eq!((progress.bar.position(), progress.bar.length()), (4, Some(5)));
        progress.finish();
    }

    #[test]
    fn quiet_is_hidden() {
        assert!(Progress::new(true).bar.is_hidden());
    }
}
