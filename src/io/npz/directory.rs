//! The directory of a zip archive: what is in it, and where.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::blob::Blob;
use crate::io::bytes::zeroed;

/// The end record without its comment.
const END: usize = 22;
/// The longest comment.
const COMMENT: u64 = u16::MAX as u64;
/// The record that leads from the end to that of zip64.
const LOCATOR: u64 = 20;
/// The end record of zip64, as far as it is needed.
const END64: usize = 56;
/// One entry of the directory, without name, extra and comment.
const ENTRY: usize = 46;
/// What stands in front of an entry's data, without name and extra.
const LOCAL: usize = 30;
/// The longest directory that is read: some hundred thousand entries.
const LONGEST: u64 = 16 << 20;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// 0 is stored, 8 is deflated.
    pub(super) method: u16,
    pub(super) encrypted: bool,
    pub(super) crc: u32,
    /// Bytes in the archive.
    pub(super) packed: u64,
    /// Bytes when unpacked.
    pub(super) size: u64,
    /// Where its local header lies.
    pub(super) header: u64,
}

/// What is in an archive.
///
/// # Errors
///
/// No archive, cut short, damaged, in several parts.
pub(super) fn entries(blob: &Blob, checkpoint: &Checkpoint) -> Result<Vec<Entry>, Error> {
    let (count, size, start) = ends(blob, checkpoint)?;
    if size > LONGEST || start.checked_add(size).is_none_or(|end| end > blob.length()) {
        return Err(damaged("its directory"));
    }
    let mut bytes = zeroed(size)?;
    blob.read(&mut bytes, start, checkpoint)?;
    let mut rest = &bytes[..];
    let mut found = Vec::new();
    // The count is a claim; the bytes are there.
    while !rest.is_empty() && (found.len() as u64) < count {
        found.push(entry(&mut rest)?);
    }
    if found.len() as u64 != count {
        return Err(damaged("its directory"));
    }
    Ok(found)
}

/// Where the data of `entry` lie.
///
/// # Errors
///
/// That they are not within the archive.
pub(super) fn data_start(blob: &Blob, entry: &Entry, checkpoint: &Checkpoint) -> Result<u64, Error> {
    let mut local = [0; LOCAL];
    blob.read(&mut local, entry.header, checkpoint)?;
    if !local.starts_with(b"PK\x03\x04") {
        return Err(damaged("an entry"));
    }
    let start = entry.header + LOCAL as u64 + u64::from(u16_at(&local, 26)) + u64::from(u16_at(&local, 28));
    match start.checked_add(entry.packed) {
        Some(end) if end <= blob.length() => Ok(start),
        _ => Err(damaged("an entry")),
    }
}

/// Count, length and place of the directory.
fn ends(blob: &Blob, checkpoint: &Checkpoint) -> Result<(u64, u64, u64), Error> {
    let length = blob.length();
    let tail_length = length.min(END as u64 + COMMENT);
    let mut tail = zeroed(tail_length)?;
    blob.read(&mut tail, length - tail_length, checkpoint)?;
    let fits = |at: &usize| {
        let end = tail[*at..].starts_with(b"PK\x05\x06");
        end && at + END + usize::from(u16_at(&tail, at + 20)) == tail.len()
    };
    let at = (0..=tail.len().saturating_sub(END))
        .rev()
        .filter(|at| at + END <= tail.len())
        .find(fits);
    let Some(at) = at else {
        return Err(Error::msg("it has no directory at its end (cut short or damaged)"));
    };
    let end = &tail[at..];
    let place = length - tail_length + at as u64;
    if let Some(found) = ends64(blob, place, checkpoint)? {
        return Ok(found);
    }
    if u16_at(end, 4) != 0 || u16_at(end, 6) != 0 {
        return Err(Error::invalid("an archive in several parts is not supported"));
    }
    Ok((u16_at(end, 10).into(), u32_at(end, 12).into(), u32_at(end, 16).into()))
}

/// The same of zip64, if the record before the end at `place` leads to it.
fn ends64(blob: &Blob, place: u64, checkpoint: &Checkpoint) -> Result<Option<(u64, u64, u64)>, Error> {
    let Some(at) = place.checked_sub(LOCATOR) else {
        return Ok(None);
    };
    let mut locator = [0; LOCATOR as usize];
    blob.read(&mut locator, at, checkpoint)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    let mut end = [0; END64];
    blob.read(&mut end, u64_at(&locator, 8), checkpoint)?;
    if !end.starts_with(b"PK\x06\x06") {
        return Err(damaged("its directory"));
    }
    Ok(Some((u64_at(&end, 32), u64_at(&end, 40), u64_at(&end, 48))))
}

fn entry(rest: &mut &[u8]) -> Result<Entry, Error> {
    let short = || damaged("its directory");
    let fixed = take(rest, ENTRY).ok_or_else(short)?;
    if !fixed.starts_with(b"PK\x01\x02") {
        return Err(short());
    }
    let name = take(rest, u16_at(fixed, 28).into()).ok_or_else(short)?;
    let extra = take(rest, u16_at(fixed, 30).into()).ok_or_else(short)?;
    take(rest, u16_at(fixed, 32).into()).ok_or_else(short)?;
    let mut wide = Wide(field64(extra).unwrap_or_default());
    let size = wide.or(u32_at(fixed, 24)).ok_or_else(short)?;
    let packed = wide.or(u32_at(fixed, 20)).ok_or_else(short)?;
    let header = wide.or(u32_at(fixed, 42)).ok_or_else(short)?;
    Ok(Entry {
        name: String::from_utf8_lossy(name).into_owned(),
        method: u16_at(fixed, 10),
        encrypted: u16_at(fixed, 8) & 1 != 0,
        crc: u32_at(fixed, 16),
        packed,
        size,
        header,
    })
}

/// The numbers of 64 bits, in the order of those whose place in the entry they take.
struct Wide<'a>(&'a [u8]);

impl Wide<'_> {
    fn or(&mut self, narrow: u32) -> Option<u64> {
        if narrow != u32::MAX {
            return Some(narrow.into());
        }
        take(&mut self.0, 8).map(|bytes| u64_at(bytes, 0))
    }
}

/// The extra field of zip64.
fn field64(mut extra: &[u8]) -> Option<&[u8]> {
    loop {
        let head = take(&mut extra, 4)?;
        let field = take(&mut extra, u16_at(head, 2).into())?;
        if u16_at(head, 0) == 1 {
            return Some(field);
        }
    }
}

fn damaged(what: &str) -> Error {
    Error::msg(format!("{what} is damaged"))
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut found = [0; N];
    found.copy_from_slice(&bytes[at..at + N]);
    found
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes_at(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes_at(bytes, at))
}
