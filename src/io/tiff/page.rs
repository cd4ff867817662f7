//! One page: its layout, and where its strips or tiles lie.

use std::ops::Range;

use crate::error::Error;
use crate::io::tiff::codec::Codec;
use crate::io::tiff::directory::Directory;
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::layout::Layout;
use crate::io::tiff::tags;
use crate::io::tiff::values::Values;

/// Where the strips or tiles of a page lie. The lists stay in the file: of a page with millions of tiles, a region needs a few.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// The position of its layout in the list of those that occur.
    pub(super) layout: u32,
    /// Tables that the JPEGs of all tiles share.
    pub(super) tables: Option<Values>,
    places: Places,
}

#[derive(Clone, Copy, Debug)]
enum Places {
    /// Two lists, offsets and lengths.
    Lists(Values, Option<Values>),
    /// All samples bare and together, from here on.
    Together(u64),
}

/// Where a strip or tile lies. One without bytes was never written; its samples are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl Page {
    /// The page that `directory` describes, of `layout`, which will be the `nth` in the list.
    ///
    /// # Errors
    ///
    /// Lists that are missing or too short, data that the file ends before.
    pub(super) fn of(file: &TiffFile, directory: &Directory, layout: &Layout, nth: u32) -> Result<Self, Error> {
        let (offsets, lengths) = match layout.tiled {
            true => (tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS),
            false => (tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS),
        };
        let missing = || Error::msg("it does not tell where its data lie");
        let offsets = directory.find(offsets).ok_or_else(missing)?;
        let lengths = directory.find(lengths);
        if lengths.is_none() && layout.codec != Codec::None {
            return Err(missing());
        }
        let chunks = layout.chunks().unwrap_or(u64::MAX);
        for list in [Some(offsets), lengths].into_iter().flatten() {
            if list.count() < chunks {
                let count = list.count();
                return Err(Error::msg(format!(
                    "{count} strips or tiles where {chunks} belong (damaged)"
                )));
            }
        }
        let page = Self {
            layout: nth,
            tables: directory.find(tags::JPEG_TABLES),
            places: Places::Lists(offsets, lengths),
        };
        // The data mostly follow each other, so a file that is cut short lacks the last.
        let last = page.places(file, layout, chunks - 1..chunks)?;
        file.must_have(last[0].offset, last[0].length)?;
        Ok(page)
    }

    /// The page whose samples lie bare and together from `offset` on.
    pub(super) fn together(layout: u32, offset: u64) -> Self {
        Self {
            layout,
            tables: None,
            places: Places::Together(offset),
        }
    }

    /// Where the strips or tiles number `range` lie.
    ///
    /// # Errors
    ///
    /// A file that is cut short, lists that are not numbers, a strip or tile that is too small or large for what it holds.
    pub(super) fn places(&self, file: &TiffFile, layout: &Layout, range: Range<u64>) -> Result<Vec<Place>, Error> {
        match self.places {
            Places::Together(offset) => Ok(vec![Place {
                offset,
                length: layout.height as u64 * layout.row_bytes() as u64,
            }]),
            Places::Lists(offsets, lengths) => {
                let offsets = offsets.numbers(file, range.clone())?;
                let lengths = lengths
                    .map(|lengths| lengths.numbers(file, range.clone()))
                    .transpose()?;
                let places = offsets.into_iter().zip(range).enumerate().map(|(at, (offset, nth))| {
                    let length = lengths.as_ref().map(|lengths| lengths[at]);
                    place(layout, nth, offset, length)
                });
                places.collect()
            }
        }
    }
}

/// The place of chunk `nth`, if what the lists say of it can be.
fn place(layout: &Layout, nth: u64, offset: u64, length: Option<u64>) -> Result<Place, Error> {
    let row = (nth as usize / layout.across()) % layout.down();
    let bare = layout.rows_of(row) as u64 * layout.row_bytes() as u64;
    let length = length.unwrap_or(bare);
    if layout.codec == Codec::None && length > 0 {
        if length < bare {
            return Err(Error::msg(format!(
                "a strip or tile of {length} bytes where {bare} belong"
            )));
        }
        return Ok(Place { offset, length: bare });
    }
    // No compression makes data twice as long, so a longer one is a lie that would take our memory.
    if length > most_packed(bare) {
        return Err(Error::msg(format!(
            "a strip or tile of {length} bytes for {bare} bytes of samples"
        )));
    }
    Ok(Place { offset, length })
}

/// The most bytes that we take from the file for `bare` bytes of samples.
pub(super) fn most_packed(bare: u64) -> u64 {
    bare.saturating_mul(2).saturating_add(64 << 10)
}
