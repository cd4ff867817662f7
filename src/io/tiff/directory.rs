//! Directories, and the chain that they make.

use std::collections::HashSet;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::zeroed;
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::tags;
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
        let (directory, next) = self.read(self.next)?;
        self.next = next;
        Ok(Some(directory))
    }

    /// Scale `scale` of the page that `directory` describes, of which 1 is the next coarser.
    ///
    /// # Errors
    ///
    /// There are not so many, cut short.
    pub(super) fn scale(&mut self, directory: &Directory, scale: u64) -> Result<Directory, Error> {
        let scales = directory.find(tags::SUB_IFDS);
        let scales = scales.filter(|scales| scales.count() >= scale);
        let scales = scales.ok_or_else(|| Error::invalid(format!("it has no scale `{scale}`")))?;
        let at = scales.numbers(self.file, scale - 1..scale)?[0];
        Ok(self.read(at)?.0)
    }

    /// The directory at `at`, and where the next one is.
    fn read(&mut self, at: u64) -> Result<(Directory, u64), Error> {
        let (count_size, entry_size, next_size) = if self.file.is_big() { (8, 20, 8) } else { (2, 12, 4) };
        let mut count = [0; 8];
        self.file.read(at, &mut count[..count_size])?;
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
        let start = at.saturating_add(count_size as u64);
        self.file.must_have(start, bytes)?;
        let mut table = zeroed(bytes)?;
        self.file.read(start, &mut table)?;
        let (entries, next) = table.split_at(count as usize * entry_size);
        let entries = entries.chunks_exact(entry_size);
        let directory = Directory(entries.map(|entry| self.entry(entry)).collect());
        Ok((directory, self.file.number(next)))
    }

    fn entry(&self, entry: &[u8]) -> (u16, Values) {
        let number = |range: std::ops::Range<usize>| self.file.number(&entry[range]);
        let wide = if self.file.is_big() { 8 } else { 4 };
        let (tag, kind, count) = (number(0..2) as u16, number(2..4) as u16, number(4..4 + wide));
        (tag, Values::new(self.file, kind, count, &entry[4 + wide..]))
    }
}
