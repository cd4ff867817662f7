//! A file whose every access can be stopped, and whose reads can be counted.

use std::io::{self, Read, Seek, SeekFrom, Write};

use headwater::Checkpoint;

/// A stream that asks a checkpoint before each access.
///
/// Decoders and encoders know nothing of checkpoints, but none goes far without its stream: this makes them stop.
pub(crate) struct Watched<T> {
    stream: T,
    checkpoint: Checkpoint,
    quota: u64,
}

impl<T> Watched<T> {
    /// Watches `stream`, without a quota.
    pub(crate) fn new(stream: T, checkpoint: &Checkpoint) -> Self {
        Self {
            stream,
            checkpoint: checkpoint.clone(),
            quota: u64::MAX,
        }
    }

    /// From here on at most `bytes` can be read.
    pub(crate) fn set_quota(&mut self, bytes: u64) {
        self.quota = bytes;
    }

    fn check(&self) -> io::Result<()> {
        self.checkpoint.check().map_err(io::Error::other)
    }
}

impl<T: Read> Read for Watched<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        if self.quota == 0 && !buffer.is_empty() {
            return Err(io::Error::other(
                "a directory takes more memory than the limit allows",
            ));
        }
        let room = usize::try_from(self.quota)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.stream.read(&mut buffer[..room])?;
        self.quota -= read as u64;
        Ok(read)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_ends_reading_with_an_error() {
        let mut watched = Watched::new(&[7_u8; 10][..], &Checkpoint::never());
        watched.set_quota(4);
        let mut read = Vec::new();
        assert!(watched.read_to_end(&mut read).is_err());
        assert_eq!(read, [7; 4]);
    }
}
