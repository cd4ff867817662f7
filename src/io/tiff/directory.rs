//! Directories, and the chain that they make.

use std::collections::HashSet;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::zeroed;
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::values::Values;

/// More entries than this are no directory: two tags of one number make no sense.
const MOST_ENTRIES: u64 = 1 << 16;

/// What a page says of itself.
#[derive(Debug)]
pub(super) struct Directory(Vec<(u16, Values)>);

impl Directory {
    /// The values of `tag`, if it is there.
    pub(super) fn find(&self, tag: u16) -> Option<Values> {
        self.0.iter().find(|(own, _)| *own == tag).map(|(_, values)| *values)
    }

    /// The first value of `tag`, or `default` where it is not there.
    ///
    /// # Errors
    ///
    /// It is no number, or lies outside of the file.
    pub(super) fn number(&self, file: &TiffFile, tag: u16, default: u64) -> Result<u64, Error> {
        match self.find(tag) {
            Some(values) => values.number(file),
            None => Ok(default),
        }
    }
}

/// A walk along the directories of a file. It ends: no directory is met twice, and none may lie over another.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    file: &'a TiffFile,
    next: u64,
    seen: HashSet<u64>,
    /// Bytes of all directories so far: with those of an honest file, no more than it has.
    bytes: u64,
}

impl<'a> Chain<'a> {
    /// The chain of `file`, from its beginning.
    pub(super) fn of(file: &'a TiffFile) -> Self {
        Self {
            file,
            next: file.first(),
            seen: HashSet::new(),
            bytes: 0,
        }
    }

    /// The next directory, if there is one more.
    ///
    /// # Errors
    ///
    /// Cut short, a chain that comes back to where it was, the checkpoint's reason.
    pub(super) fn next(&mut self, checkpoint: &Checkpoint) -> Result<Option<Directory>, Error> {
        checkpoint.check()?;
        if self.next == 0 {
            return Ok(None);
        }
        if !self.seen.insert(self.next) {
            return Err(Error::msg("its pages are a cycle: one points back to an earlier one"));
        }
        let (count_size, entry_size, next_size) = if self.file.is_big() { (8, 20, 8) } else { (2, 12, 4) };
        let mut count = [0; 8];
        self.file.read(self.next, &mut count[..count_size])?;
        let count = self.file.number(&count[..count_size]);
        if count > MOST_ENTRIES {
            return Err(Error::msg(format!("a directory of {count} entries (damaged)")));
        }
        let bytes = count * entry_size as u64 + next_size as u64;
        self.bytes += bytes;
        if self.bytes > self.file.length() {
            return Err(Error::msg(
                "its directories lie over each other, or beyond its end (damaged)",
            ));
        }
        let start = self.next.saturating_add(count_size as u64);
        self.file.must_have(start, bytes)?;
        let mut table = zeroed(bytes)?;
        self.file.read(start, &mut table)?;
        let (entries, next) = table.split_at(count as usize * entry_size);
        self.next = self.file.number(next);
        let entries = entries.chunks_exact(entry_size);
        Ok(Some(Directory(entries.map(|entry| self.entry(entry)).collect())))
    }

    fn entry(&self, entry: &[u8]) -> (u16, Values) {
        let number = |range: std::ops::Range<usize>| self.file.number(&entry[range]);
        let wide = if self.file.is_big() { 8 } else { 4 };
        let (tag, kind, count) = (number(0..2) as u16, number(2..4) as u16, number(4..4 + wide));
        (tag, Values::new(self.file, kind, count, &entry[4 + wide..]))
    }
}
