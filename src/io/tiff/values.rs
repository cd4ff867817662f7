//! The values of one entry of a directory, which may be many: they stay in the file until they are needed.

use std::ops::Range;

use crate::error::Error;
use crate::io::bytes::zeroed;
use crate::io::tiff::file::TiffFile;

const ASCII: u16 = 2;
const RATIONAL: u16 = 5;

/// Where the values of an entry lie, and how they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Values {
    kind: u16,
    count: u64,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the entry itself.
    Here([u8; 8]),
    At(u64),
}

impl Values {
    /// Those of the entry whose type, count and value or offset are `kind`, `count` and `field`.
    pub(super) fn new(file: &TiffFile, kind: u16, count: u64, field: &[u8]) -> Self {
        let size = size(kind).and_then(|size| size.checked_mul(count));
        let place = match size {
            Some(size) if size <= field.len() as u64 => {
                let mut bytes = [0; 8];
                bytes[..field.len()].copy_from_slice(field);
                Place::Here(bytes)
            }
            _ => Place::At(file.number(field)),
        };
        Self { kind, count, place }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Bytes in the file, if that is a number and the type is known.
    pub(super) fn nbytes(&self) -> Option<u64> {
        size(self.kind)?.checked_mul(self.count)
    }

    /// Those at `range`, as numbers without a sign.
    ///
    /// # Errors
    ///
    /// Not numbers, fewer than that, a file that is cut short.
    pub(super) fn numbers(&self, file: &TiffFile, range: Range<u64>) -> Result<Vec<u64>, Error> {
        let size = match (self.kind, size(self.kind)) {
            (ASCII, _) => return Err(Error::msg("its directory has a text where a number belongs")),
            (1 | 3 | 4 | 13 | 16 | 18, Some(size)) => size,
            (kind, _) => {
                return Err(Error::msg(format!(
                    "its directory has values of type {kind} where a number belongs"
                )));
            }
        };
        let bytes = self.read(file, range, size)?;
        Ok(bytes
            .chunks_exact(size as usize)
            .map(|bytes| file.number(bytes))
            .collect())
    }

    /// The first, as a number without a sign.
    ///
    /// # Errors
    ///
    /// As [`numbers`](Self::numbers).
    pub(super) fn number(&self, file: &TiffFile) -> Result<u64, Error> {
        Ok(self.numbers(file, 0..1)?[0])
    }

    /// The first, as a fraction.
    ///
    /// # Errors
    ///
    /// Not a fraction, a file that is cut short.
    pub(super) fn fraction(&self, file: &TiffFile) -> Result<f64, Error> {
        if self.kind != RATIONAL {
            return Err(Error::msg("its directory has no fraction where one belongs"));
        }
        let bytes = self.read(file, 0..1, 8)?;
        let (above, below) = bytes.split_at(4);
        Ok(file.number(above) as f64 / file.number(below) as f64)
    }

    /// All of them, as bytes. The caller has found their number bearable.
    ///
    /// # Errors
    ///
    /// Not bytes or a text, a file that is cut short.
    pub(super) fn bytes(&self, file: &TiffFile) -> Result<Vec<u8>, Error> {
        match size(self.kind) {
            Some(1) => self.read(file, 0..self.count, 1),
            _ => Err(Error::msg("its directory has no bytes where some belong")),
        }
    }

    fn read(&self, file: &TiffFile, range: Range<u64>, size: u64) -> Result<Vec<u8>, Error> {
        if range.end > self.count {
            let (wanted, count) = (range.end, self.count);
            return Err(Error::msg(format!(
                "its directory has {count} values where {wanted} belong"
            )));
        }
        match self.place {
            Place::Here(bytes) => {
                let bytes = bytes.get((range.start * size) as usize..(range.end * size) as usize);
                Ok(bytes.unwrap_or_default().to_vec())
            }
            Place::At(at) => {
                let overflow = || Error::msg("its directory points out of the file (damaged)");
                let start = range.start.checked_mul(size).and_then(|start| start.checked_add(at));
                let start = start.ok_or_else(overflow)?;
                let count = (range.end - range.start).checked_mul(size).ok_or_else(overflow)?;
                file.must_have(start, count)?;
                let mut bytes = zeroed(count)?;
                file.read(start, &mut bytes)?;
                Ok(bytes)
            }
        }
    }
}

/// Bytes of a value of type `kind`.
fn size(kind: u16) -> Option<u64> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 | 16..=18 => Some(8),
        _ => None,
    }
}
