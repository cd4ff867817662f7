//! A stream over a part of a file that others read at the same time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;

use crate::sync::Arc;

/// Reads `start..end` of a file. It has a place of its own: several read one file at once.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: Arc<File>,
    start: u64,
    end: u64,
    at: u64,
}

impl FileReader {
    /// The bytes of `file` from `start` on, `length` of them.
    pub(crate) fn new(file: &Arc<File>, start: u64, length: u64) -> Self {
        let file = Arc::clone(file);
        let end = start.saturating_add(length);
        let at = start;
        Self { file, start, end, at }
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..most], self.at)?;
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
