//! A stream over a part of a file or an object that others read at the same time.

use std::io::{self, Read, Seek, SeekFrom};

use crate::checkpoint::Checkpoint;
use crate::io::blob::Blob;
use crate::io::reading::Reading;
use crate::sync::Arc;

/// Reads `start..end` of a file or an object. It has a place of its own: several read one at once.
#[derive(Debug)]
pub(crate) struct FileReader {
    blob: Arc<Blob>,
    start: u64,
    end: u64,
    at: u64,
    /// Looked at where an answer takes a while.
    checkpoint: Checkpoint,
}

impl FileReader {
    /// The bytes of `blob` from `start` on, `length` of them.
    pub(crate) fn new(blob: &Arc<Blob>, start: u64, length: u64) -> Self {
        Self {
            blob: Arc::clone(blob),
            start,
            end: start.saturating_add(length),
            at: start,
            checkpoint: Checkpoint::never(),
        }
    }

    /// The same, which looks at the checkpoint of `reading`.
    pub(crate) fn watched_by(self, reading: &Reading) -> Self {
        let checkpoint = reading.checkpoint();
        Self { checkpoint, ..self }
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = self.blob.read_some(&mut buffer[..most], self.at, &self.checkpoint)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for FileReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(n) => self.start.checked_add(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
            SeekFrom::End(n) => self.end.checked_add_signed(n),
        };
        let beyond = || io::Error::new(io::ErrorKind::InvalidInput, "a place outside of the file");
        self.at = to.filter(|at| *at >= self.start).ok_or_else(beyond)?;
        Ok(self.at - self.start)
    }
}
