//! What a staged file or folder is to become, which blocks of a file have been written, and how their bytes add up: what makes a
//! run resumable.
//!
//! A journal lies beside the file that it tells of and is only ever appended to. Its first record is what the file is to become;
//! each further one is a block. A record is a length, that many bytes, and their CRC-32C, all little endian. Of a folder, where
//! each block has a file, there is the first record only.
//!
//! J1 A block is entered after its bytes have been written. A run that dies between the two writes the block again.
//! J2 The first record that is cut short or does not add up ends the journal: it is what a dying run had not finished. It is cut
//!    off, so that whatever is appended can be read.
//! J3 An entry is a claim, not a proof: a power cut may have kept it and lost the block. It counts once the bytes in the file
//!    have the checksum that it names.
//! J4 Whose first record differs was kept for other work, and counts for nothing.
//! J5 That of a folder names the number that the file system knows it by. A run that is killed when the folder has just changed
//!    places with an older result leaves that one under the staged name: it is not what the journal tells of.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::error::{Error, ErrorContext as _};
use crate::io::staging::Staging;
use crate::roi::{MAX_AXES, Roi};
use crate::sync::Mutex;

/// A description is a few kilobytes; what claims more is damaged.
const LONGEST: u32 = 16 << 20;

/// A block that has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where in the image.
    pub(crate) roi: Roi,
    /// Where in the file, if it lies together.
    pub(crate) offset: u64,
    /// How many bytes.
    pub(crate) length: u64,
    /// CRC-32C of the bytes, in the order in which they lie in the file.
    pub(crate) checksum: u32,
}

/// The journal of one staged file.
#[derive(Debug)]
pub(crate) struct Journal {
    books: Mutex<Books>,
}

#[derive(Debug)]
struct Books {
    file: File,
    entries: BTreeMap<Roi, Known>,
    /// The most that a block reaches along the first axis: where to look for those that reach into a region.
    longest: usize,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    entry: Entry,
    /// Whether the bytes have been looked at, or were written by this run.
    proved: bool,
}

/// A staged file that begins with `head`, and its journal if the run can be resumed: those that an earlier run of the same
/// `work` has left, or new ones.
///
/// # Errors
///
/// The file system's.
pub(crate) fn begin(staging: &Staging, head: &[u8], work: Option<&str>) -> Result<(File, Option<Journal>), Error> {
    let new = || -> io::Result<File> {
        let file = staging.new_file()?;
        file.write_all_at(head, 0)?;
        Ok(file)
    };
    let (Some(path), Some(work)) = (staging.journal(), work) else {
        return Ok((new()?, None));
    };
    if let Some(journal) = Journal::reopen(&path, work)?
        && let Ok(file) = staging.old_file()
    {
        // A run that died at its very beginning may not have written it.
        file.write_all_at(head, 0)?;
        return Ok((file, Some(journal)));
    }
    let file = new()?;
    Ok((file, Some(Journal::create(&path, work)?)))
}

/// A staged folder: the one that an earlier run of the same `work` has left, or a new one.
///
/// # Errors
///
/// The file system's.
pub(crate) fn begin_folder(staging: &Staging, work: Option<&str>) -> Result<(), Error> {
    if has_folder(staging, work)? {
        return Ok(());
    }
    staging.new_folder()?;
    let (Some(path), Some(work)) = (staging.journal(), work) else {
        return Ok(());
    };
    let work = of_folder(staging, work).ok_or_else(|| Error::msg("its folder is gone"))?;
    Journal::create(&path, &work).map(drop)
}

/// Whether an earlier run of the same `work` has left a staged folder.
///
/// # Errors
///
/// The file system's.
pub(crate) fn has_folder(staging: &Staging, work: Option<&str>) -> Result<bool, Error> {
    let work = work.and_then(|work| of_folder(staging, work));
    match (staging.journal(), work) {
        (Some(path), Some(work)) => Ok(Journal::reopen(&path, &work)?.is_some()),
        _ => Ok(false),
    }
}

/// What the journal of the staged folder says of `work` (J5), if there is a folder.
fn of_folder(staging: &Staging, work: &str) -> Option<String> {
    let number = staging.folder_number()?;
    Some(format!("{work}\nin folder {number}"))
}

impl Journal {
    /// A new journal at `path` for a file that is to become `work`.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub(crate) fn create(path: &Path, work: &str) -> Result<Self, Error> {
        let mut file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(path)
            .context("its journal")?;
        file.write_all(&record(work.as_bytes())?).context("its journal")?;
        Ok(Self::new(file))
    }

    /// The journal that an earlier run left at `path`, if it is of the same `work`.
    ///
    /// # Errors
    ///
    /// The file system's. That there is none is `None`.
    pub(crate) fn reopen(path: &Path, work: &str) -> Result<Option<Self>, Error> {
        match std::fs::symlink_metadata(path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::from(error).context("its journal")),
        }
        let file = OpenOptions::new().read(true).append(true).open(path);
        let file = file.context("its journal")?;
        let mut records = Records::of(&file);
        if records.next()?.is_none_or(|first| first != work.as_bytes()) {
            return Ok(None);
        }
        records.keep();
        let mut entries = Vec::new();
        while let Some(entry) = records.next()?.and_then(|bytes| Entry::parse(&bytes)) {
            entries.push(entry);
            records.keep();
        }
        let end = records.kept;
        file.set_len(end).context("its journal")?;
        let journal = Self::new(file);
        let mut books = journal.books.lock();
        entries.into_iter().for_each(|entry| books.know(entry, false));
        drop(books);
        Ok(Some(journal))
    }

    /// Where the last of all blocks ends in the file, proved or not: what is appended goes there.
    pub(crate) fn end(&self) -> u64 {
        let books = self.books.lock();
        let ends = books
            .entries
            .values()
            .map(|known| known.entry.offset.saturating_add(known.entry.length));
        ends.max().unwrap_or(0)
    }

    fn new(file: File) -> Self {
        let books = Books {
            file,
            entries: BTreeMap::new(),
            longest: 0,
        };
        Self {
            books: Mutex::new(books),
        }
    }

    /// Enters a block that this run has written.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub(crate) fn enter(&self, entry: Entry) -> Result<(), Error> {
        let bytes = record(&entry.bytes())?;
        let mut books = self.books.lock();
        books.file.write_all(&bytes).context("its journal")?;
        books.know(entry, true);
        Ok(())
    }

    /// Whether all of `roi` has been written, and its bytes are still those that were. `checksum` reads the bytes of an entry
    /// and adds them up; it is asked once for each entry that an earlier run has made.
    pub(crate) fn is_written(&self, roi: &Roi, checksum: impl Fn(&Entry) -> Result<u32, Error>) -> bool {
        let candidates = self.books.lock().reaching_into(roi);
        let mut left = vec![*roi];
        for known in &candidates {
            // Blocks of another shape may cover it together.
            left = left.iter().flat_map(|part| part.difference(&known.entry.roi)).collect();
        }
        left.is_empty() && candidates.iter().all(|known| self.prove(known, &checksum))
    }

    fn prove(&self, known: &Known, checksum: impl Fn(&Entry) -> Result<u32, Error>) -> bool {
        let entry = known.entry;
        // Without the lock: a block may be large.
        let holds = known.proved || checksum(&entry).is_ok_and(|found| found == entry.checksum);
        self.books.lock().settle(&entry, holds);
        holds
    }

    /// The blocks that have been proved or entered by this run, in order of place: what a format that keeps an index of its parts
    /// writes at the end.
    pub(crate) fn proved(&self) -> Vec<Entry> {
        let books = self.books.lock();
        let proved = books.entries.values().filter(|known| known.proved);
        proved.map(|known| known.entry).collect()
    }
}

impl Books {
    fn know(&mut self, entry: Entry, proved: bool) {
        let along = |roi: &Roi| if roi.rank() == 0 { 0 } else { roi.range(0).len() };
        self.longest = self.longest.max(along(&entry.roi));
        self.entries.insert(entry.roi, Known { entry, proved });
    }

    /// What became of the look at `entry`'s bytes; another may have been entered in its place meanwhile.
    fn settle(&mut self, entry: &Entry, holds: bool) {
        match self.entries.get_mut(&entry.roi).filter(|known| known.entry == *entry) {
            Some(known) if holds => known.proved = true,
            Some(known) if !known.proved => drop(self.entries.remove(&entry.roi)),
            _ => {}
        }
    }

    /// The entries that have points in common with `roi`, or the one that is it.
    fn reaching_into(&self, roi: &Roi) -> Vec<Known> {
        if let Some(known) = self.entries.get(roi) {
            return vec![*known];
        }
        let start = |first: usize| {
            let mut start = vec![0; roi.rank()];
            start[0] = first;
            Roi::new(&start, &start).ok()
        };
        let bounds = (roi.rank() > 0).then(|| {
            let first = roi.range(0).start.saturating_sub(self.longest);
            (start(first), start(roi.range(0).end))
        });
        let Some((Some(from), Some(to))) = bounds else {
            return Vec::new();
        };
        let near = self.entries.range(from..to).map(|(_, known)| *known);
        near.filter(|known| known.entry.roi.intersects(roi)).collect()
    }
}

impl Entry {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.roi.rank() as u8];
        let places = self.roi.start().iter().chain(self.roi.stop());
        places.for_each(|place| bytes.extend((*place as u64).to_le_bytes()));
        bytes.extend(self.offset.to_le_bytes());
        bytes.extend(self.length.to_le_bytes());
        bytes.extend(self.checksum.to_le_bytes());
        bytes
    }

    /// `None` for what is no entry.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (rank, rest) = bytes.split_first()?;
        let rank = usize::from(*rank);
        if rank > MAX_AXES || rest.len() != rank * 16 + 20 {
            return None;
        }
        let (numbers, checksum) = rest.as_chunks::<8>();
        let numbers: Vec<u64> = numbers.iter().map(|number| u64::from_le_bytes(*number)).collect();
        let place = |at: usize| usize::try_from(numbers[at]).ok();
        let start: Option<Vec<_>> = (0..rank).map(place).collect();
        let stop: Option<Vec<_>> = (rank..2 * rank).map(place).collect();
        Some(Self {
            roi: Roi::new(start?, stop?).ok()?,
            offset: numbers[2 * rank],
            length: numbers[2 * rank + 1],
            checksum: u32::from_le_bytes(checksum.try_into().ok()?),
        })
    }
}

/// `content` with its length before it and its checksum behind it.
fn record(content: &[u8]) -> Result<Vec<u8>, Error> {
    let length = u32::try_from(content.len()).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| Error::invalid("the description of the work is too long to be kept"))?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(content);
    bytes.extend(crc32c::crc32c(content).to_le_bytes());
    Ok(bytes)
}

/// The records of a journal, as far as they are whole.
struct Records<'a> {
    stream: BufReader<&'a File>,
    /// Where what has been read ends.
    end: u64,
    /// Where what is to be kept ends.
    kept: u64,
}

impl<'a> Records<'a> {
    fn of(file: &'a File) -> Self {
        Self {
            stream: BufReader::new(file),
            end: 0,
            kept: 0,
        }
    }

    /// `None` at the end, and at a record that is not whole.
    fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut word = [0; 4];
        if !self.fill(&mut word)? {
            return Ok(None);
        }
        let length = u32::from_le_bytes(word);
        if length > LONGEST {
            return Ok(None);
        }
        let mut content = vec![0; length as usize];
        if !self.fill(&mut content)? || !self.fill(&mut word)? {
            return Ok(None);
        }
        if crc32c::crc32c(&content) != u32::from_le_bytes(word) {
            return Ok(None);
        }
        self.end += u64::from(length) + 8;
        Ok(Some(content))
    }

    /// What has been read is good.
    fn keep(&mut self) {
        self.kept = self.end;
    }

    /// Whether there was as much as that.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<bool, Error> {
        match self.stream.read_exact(bytes) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(Error::from(error).context("its journal")),
        }
    }
}

#[cfg(test)]
#[path = "tests/journal.rs"]
mod tests;
