//! How far each input is in event time.

use std::time::Duration;

/// The latest time of each input, less what may still come late: nothing earlier than its mark is expected from it (J7).
#[derive(Debug)]
pub(super) struct Watermarks {
    /// `None` in an input from which anything may come at any time.
    lateness: Vec<Option<Duration>>,
    marks: Vec<Option<Duration>>,
}

impl Watermarks {
    pub(super) fn new(lateness: Vec<Option<Duration>>) -> Self {
        let marks = vec![None; lateness.len()];
        Self { lateness, marks }
    }

    /// Something of this time has come. Returns the marks before and after, if it has moved.
    pub(super) fn note(&mut self, input: usize, time: Duration) -> Option<(Duration, Duration)> {
        let (mark, before) = (time.saturating_sub(self.lateness[input]?), self.marks[input]);
        if before.is_some_and(|before| before >= mark) {
            return None;
        }
        self.marks[input] = Some(mark);
        Some((before.unwrap_or_default(), mark))
    }

    /// Nothing will come any more.
    pub(super) fn end(&mut self, input: usize) {
        self.marks[input] = Some(Duration::MAX);
    }

    /// Nothing earlier is expected from `input`.
    pub(super) fn of(&self, input: usize) -> Duration {
        self.marks[input].unwrap_or_default()
    }

    /// Whether nothing up to and including `time` is expected from `input`.
    pub(super) fn is_past(&self, input: usize, time: Duration) -> bool {
        self.marks[input].is_some_and(|mark| mark > time)
    }
}
