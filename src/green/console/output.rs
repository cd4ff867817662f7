//! Answers to a client, who may not read them.

use std::fmt;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::error::Error;
use crate::green::console::limits::Limits;
use crate::green::console::text::{framed, one_line};

/// Nobody is there to be answered any more.
#[derive(Debug)]
pub(super) struct Gone;

/// Writes answers. It keeps one at most, and nobody waits for long that it is read.
pub(super) struct Output {
    sink: Box<dyn AsyncWrite + Send + Unpin>,
    unread: Duration,
    longest: usize,
}

impl Output {
    pub(super) fn new(sink: Box<dyn AsyncWrite + Send + Unpin>, limits: &Limits) -> Self {
        Self {
            sink,
            unread: limits.unread,
            longest: limits.answer,
        }
    }

    /// A line that belongs to no answer.
    pub(super) async fn greeting(&mut self, line: &str) -> Result<(), Gone> {
        self.write(format!("{line}\n").as_bytes()).await
    }

    /// A whole answer: its lines, and how it ended.
    pub(super) async fn answer(&mut self, outcome: Result<String, Error>) -> Result<(), Gone> {
        let text = match outcome {
            Ok(text) => framed(&text, self.longest) + "ok\n",
            Err(error) => format!("error: {}\n", one_line(&error.brief())),
        };
        self.write(text.as_bytes()).await
    }

    /// Some lines of an answer that goes on.
    pub(super) async fn part(&mut self, text: &str) -> Result<(), Gone> {
        self.write(framed(text, self.longest).as_bytes()).await
    }

    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Gone> {
        while !bytes.is_empty() {
            match timeout(self.unread, self.sink.write(bytes)).await {
                Ok(Ok(written)) if written > 0 => bytes = &bytes[written..],
                Ok(_) | Err(_) => return Err(Gone),
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}
