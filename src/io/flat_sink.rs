//! A file of bare samples that is being written, and that a later run can resume.

use std::fs::File;
use std::path::Path;

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::Endian;
use crate::io::covered::Covered;
use crate::io::flat::Flat;
use crate::io::journal::{self, Entry, Journal};
use crate::io::sink::Saved;
use crate::io::staging::Staging;
use crate::roi::{Roi, Shape};

/// A head, and behind it the samples of one box in C order: NPY, and raw files, whose head is empty.
#[derive(Debug)]
pub(crate) struct FlatSink {
    flat: Flat,
    journal: Option<Journal>,
    staging: Staging,
    /// What this run has written, or found written.
    written: Covered,
}

impl FlatSink {
    /// Begins the file with `head`. With a `work`, resumes what an earlier run has left for the same work and head.
    ///
    /// # Errors
    ///
    /// The file system's; a box that has no number of bytes.
    pub(crate) fn new(
        staging: Staging,
        head: &[u8],
        (shape, dtype, order): (Shape, DType, Endian),
        work: Option<&str>,
    ) -> Result<Self, Error> {
        let too_large = || Error::invalid(format!("{shape} {dtype} are more bytes than a file can have"));
        Flat::nbytes(&shape, dtype).ok_or_else(too_large)?;
        let work = work.map(|work| identity(work, head, &shape, dtype, order));
        let (file, journal) = journal::begin(&staging, head, work.as_deref())?;
        Ok(Self {
            flat: Flat::new(file, head.len() as u64, shape, dtype, order),
            journal,
            staging,
            written: Covered::new(Roi::full(shape)),
        })
    }

    /// Whether an earlier run has written all of `roi`, and the file still holds it.
    pub(crate) fn is_written(&self, roi: &Roi) -> bool {
        let checksum = |entry: &Entry| self.flat.checksum(&entry.roi);
        let kept = self.journal.as_ref();
        kept.is_some_and(|journal| journal.is_written(roi, checksum)) && self.written.add(roi).is_ok()
    }

    /// Writes `block` as the content of `roi`.
    ///
    /// # Errors
    ///
    /// The file system's, the checkpoint's reason.
    pub(crate) fn write(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.written.remove(roi)?;
        let checksum = self.flat.write(roi, block, self.journal.is_some(), checkpoint)?;
        if let (Some(journal), Some(checksum)) = (&self.journal, checksum) {
            journal.enter(Entry {
                roi: *roi,
                offset: 0,
                length: block.nbytes() as u64,
                checksum,
            })?;
        }
        self.written.add(roi)
    }

    /// Whether all of it has been written.
    ///
    /// # Errors
    ///
    /// Samples that nobody has written.
    pub(crate) fn check_complete(&self) -> Result<(), Error> {
        self.written.check_whole()
    }

    /// Puts it on the disk, so that giving it its name takes but a moment, and returns its length.
    ///
    /// # Errors
    ///
    /// The file system's, the checkpoint's reason.
    pub(crate) fn secure(&self, checkpoint: &Checkpoint) -> Result<u64, Error> {
        self.staging.secure(checkpoint)
    }

    /// Gives the file its name, after it is [on the disk](Self::secure).
    ///
    /// # Errors
    ///
    /// The file system's.
    pub(crate) fn publish(self) -> Result<(), Error> {
        self.staging.publish()
    }

    /// Where the file grows.
    pub(crate) fn staged(&self) -> &Path {
        self.staging.staged()
    }

    /// Whether something was there when it was begun: it may be replaced.
    pub(crate) fn replaces(&self) -> bool {
        self.staging.replaces()
    }

    /// The file that grows.
    pub(crate) fn file(&self) -> &File {
        self.flat.file()
    }

    /// Gives the file its name.
    ///
    /// # Errors
    ///
    /// Samples that nobody has written; the file system's; the checkpoint's reason.
    pub(crate) fn finish(self, checkpoint: &Checkpoint) -> Result<Saved, Error> {
        self.check_complete()?;
        self.staging.commit(checkpoint)
    }
}

/// All that decides about the bytes of the file.
fn identity(work: &str, head: &[u8], shape: &Shape, dtype: DType, order: Endian) -> String {
    let head = crc32c::crc32c(head);
    format!("{work}\nflat {shape} {dtype} {order:?} behind {head:08x}")
}
