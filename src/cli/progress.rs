//! The progress bar: on stderr, only if that is a terminal, and never with `--quiet`.

use headwater::io::ExportProgress;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far the program is: cheap to clone, may be advanced from any thread.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Draws if stderr is a terminal and `quiet` is not set.
    pub(super) fn new(quiet: bool) -> Self {
        if quiet {
            let bar = ProgressBar::hidden();
            return Self { bar };
        }
        // indicatif draws nothing on a stream that is not a terminal.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix} [{wide_bar}] {bytes}/{total_bytes}{msg}")
            .expect("invariant: the template is a constant that a test renders");
        bar.set_style(style);
        Self { bar }
    }

    /// Begins to show something new.
    pub(super) fn begin(&self, what: &str) {
        self.bar.reset();
        // Not 0: a bar of nothing is full.
        self.bar.set_length(1);
        self.bar.set_prefix(what.to_owned());
        self.bar.set_message("");
    }

    /// Shows how far it is.
    pub(super) fn show(&self, progress: &ExportProgress) {
        self.bar.set_length(progress.bytes);
        self.bar.set_position(progress.done_bytes);
        if let Some(left) = progress.left {
            self.bar.set_message(format!(", {} left", HumanDuration(left)));
        }
    }

    /// Removes the bar from the terminal, so that a report or an error starts on a clean line.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_counts_from_zero() {
        let progress = Progress::new(false);
        progress.begin("labels");
        progress.bar.set_position(7);
        progress.begin("overlay");
        progress.show(&ExportProgress::default());
        assert_eq!((progress.bar.position(), progress.bar.length()), (0, Some(0)));
        progress.finish();
    }

    #[test]
    fn quiet_is_hidden() {
        assert!(Progress::new(true).bar.is_hidden());
    }
}
