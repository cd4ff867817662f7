//! The file that strips or tiles are appended to, and what is known of those in it.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::flat::cut_short;
use crate::io::journal::{self, Entry, Journal};
use crate::io::sink::Saved;
use crate::io::staging::Staging;
use crate::io::tiff::page::Place;
use crate::io::tiff::write::plan::Plan;
use crate::io::tiff::write::table::Table;
use crate::roi::Roi;
use crate::sync::Mutex;

/// What is added up at a time of what an earlier run has written.
const PIECE: usize = 256 << 10;
/// What a strip or tile takes in the table.
const BYTES_PER_CHUNK: u64 = size_of::<Place>() as u64;
/// What it takes in the journal as well: twice the entry, as trees are filled.
const BYTES_PER_ENTRY: u64 = 2 * (size_of::<Roi>() + size_of::<Entry>()) as u64;

/// Strips or tiles in a file that grows.
#[derive(Debug)]
pub(super) struct ChunkFile {
    file: File,
    table: Mutex<Table>,
    journal: Option<Journal>,
    plan: Plan,
    staging: Staging,
}

impl ChunkFile {
    /// What is kept of the strips or tiles of `plan`.
    pub(super) fn memory(plan: &Plan, resume: bool) -> u64 {
        if plan.bare {
            return 0;
        }
        let each = BYTES_PER_CHUNK + if resume { BYTES_PER_ENTRY } else { 0 };
        plan.chunks().unwrap_or(u64::MAX).saturating_mul(each)
    }

    /// Begins the file with `head`, or resumes what an earlier run of the same `work` has left.
    ///
    /// # Errors
    ///
    /// The file system's; no memory for the table.
    pub(super) fn new(staging: Staging, head: &[u8], plan: &Plan, work: Option<&str>) -> Result<Self, Error> {
        let work = work.map(|work| format!("{work}\n{plan:?}"));
        let (file, journal) = journal::begin(&staging, head, work.as_deref())?;
        // Behind the last block may lie the beginning of one, or directories.
        let end = journal.as_ref().map_or(0, Journal::end).max(head.len() as u64);
        file.set_len(end)?;
        let count = plan.chunks().unwrap_or(u64::MAX);
        let table = Mutex::new(Table::new(count as usize, end)?);
        Ok(Self {
            file,
            table,
            journal,
            plan: plan.clone(),
            staging,
        })
    }

    /// Whether an earlier run has written all of `roi`, in the file's axes, and the file still holds it.
    pub(super) fn is_written(&self, roi: &Roi) -> bool {
        let checksum = |entry: &Entry| self.checksum(entry.offset, entry.length);
        let journal = self.journal.as_ref();
        journal.is_some_and(|journal| journal.is_written(roi, checksum))
    }

    /// The CRC-32C of what lies at `offset`.
    fn checksum(&self, offset: u64, length: u64) -> Result<u32, Error> {
        let (mut sum, mut buffer) = (0, vec![0; PIECE]);
        let mut done = 0;
        while done < length {
            let piece = &mut buffer[..(length - done).min(PIECE as u64) as usize];
            self.file
                .read_exact_at(piece, offset.saturating_add(done))
                .map_err(cut_short)?;
            sum = crc32c::crc32c_append(sum, piece);
            done += piece.len() as u64;
        }
        Ok(sum)
    }

    /// Writes strip or tile `nth` of all pages, which is `packed`.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub(super) fn put(&self, nth: usize, packed: &[u8]) -> Result<(), Error> {
        let length = packed.len() as u64;
        let place = match self.plan.fixed_place(nth) {
            Some(offset) => Place { offset, length },
            None => self.table.lock().reserve(length),
        };
        self.file.write_all_at(packed, place.offset)?;
        if let Some(journal) = &self.journal {
            journal.enter(Entry {
                roi: self.plan.chunk(nth)?,
                offset: place.offset,
                length,
                checksum: crc32c::crc32c(packed),
            })?;
        }
        self.table.lock().note(nth, place);
        Ok(())
    }

    /// Where the last strip or tile ends, if all are there.
    ///
    /// # Errors
    ///
    /// That some are not.
    pub(super) fn check_complete(&self) -> Result<u64, Error> {
        let mut table = self.table.lock();
        for entry in self.journal.iter().flat_map(Journal::proved) {
            if let Some(nth) = self.plan.number_of(&entry.roi) {
                let Entry { offset, length, .. } = entry;
                table.note(nth, Place { offset, length });
            }
        }
        match table.missing() {
            0 => Ok(table.end()),
            missing => Err(Error::msg(format!("{missing} strips or tiles have not been written"))),
        }
    }

    /// Where strips or tiles number `range` of all pages lie.
    pub(super) fn places(&self, range: Range<usize>) -> Vec<Place> {
        self.table.lock().page(range).to_vec()
    }

    /// The file that grows.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name.
    ///
    /// # Errors
    ///
    /// The file system's; the checkpoint's reason.
    pub(super) fn finish(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        self.staging.commit(checkpoint)
    }
}
