//! What one client may take.

use std::time::Duration;

/// Bounds on sessions and on what each holds.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// Sessions at once.
    pub(super) sessions: usize,
    /// Bytes of a line.
    pub(super) line: usize,
    /// Bytes of an answer, and so what a client that does not read can make the console keep.
    pub(super) answer: usize,
    /// Events that wait to be sent.
    pub(super) events: usize,
    /// How long a client may leave an answer unread.
    pub(super) unread: Duration,
    /// How long a command may go on after its client's input has ended.
    pub(super) end: Duration,
    /// How long a client may say nothing.
    pub(super) idle: Duration,
    /// How long it may take to give the token.
    pub(super) login: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 16,
            line: 4096,
            answer: 1 << 20,
            events: 4096,
            unread: Duration::from_secs(30),
            end: Duration::from_secs(60),
            idle: Duration::from_secs(60 * 60),
            login: Duration::from_secs(10),
        }
    }
}
