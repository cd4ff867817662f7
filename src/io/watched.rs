//! A file whose every access can be stopped.

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::checkpoint::Checkpoint;

/// A stream that asks a checkpoint before each access.
///
/// Decoders and encoders know nothing of checkpoints, but none goes far without its stream: this makes them stop.
pub(crate) struct Watched<T> {
    stream: T,
    checkpoint: Checkpoint,
}

impl<T> Watched<T> {
    /// Watches `stream`.
    pub(crate) fn new(stream: T, checkpoint: &Checkpoint) -> Self {
        Self {
            stream,
            checkpoint: checkpoint.clone(),
        }
    }

    fn check(&self) -> io::Result<()> {
        self.checkpoint.check().map_err(io::Error::other)
    }
}

impl<T: Read> Read for Watched<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        self.stream.read(buffer)
    }
}

impl<T: Write> Write for Watched<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.check()?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.check()?;
        self.stream.flush()
    }
}

impl<T: Seek> Seek for Watched<T> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.check()?;
        self.stream.seek(position)
    }
}
