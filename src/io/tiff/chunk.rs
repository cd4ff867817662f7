//! Strips and tiles on their way from the file into a region.

use std::ops::Range;

use crate::array::DType;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::{to_native, zeroed};
use crate::io::tiff::codec::Codec;
use crate::io::tiff::decode::{self, AT_ONCE, Packed, Unpackers, decode};
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::image::{Image, Role};
use crate::io::tiff::layout::Layout;
use crate::io::tiff::page::{Page, Place, most_packed};
use crate::io::tiff::piece::{Piece, Wanted, place_rows};
use crate::roi::Roi;

/// What is read bare at a time: between two looks at the checkpoint.
const PIECE: usize = 256 << 10;
/// A call of the system takes as long as copying this much: shorter rows are fetched together, and then copied.
const LONG_ROW: usize = 8 << 10;
/// Rows of strips whose places are fetched at a time.
const ROWS: usize = 4096;

/// The most memory that a strip or tile of `layout` takes on its way.
pub(super) fn scratch(layout: &Layout) -> u64 {
    let row = layout.row_bytes() as u64;
    let bare = row.saturating_mul(layout.chunk_height as u64);
    let taken = match layout.codec {
        Codec::None => row.max(PIECE as u64),
        _ => most_packed(bare).saturating_add(bare).saturating_add(row),
    };
    let own = match layout.codec {
        Codec::Jpeg => decode::jpeg_memory(layout).saturating_add(most_packed(bare)),
        Codec::Zstd => decode::ZSTD_MEMORY,
        Codec::Deflate | Codec::Lzw => 256 << 10,
        Codec::None | Codec::PackBits => 0,
    };
    // Truths take a byte each once they are out of their bits.
    let truths = if layout.dtype == DType::Bool {
        taken.min(bare).saturating_mul(8)
    } else {
        0
    };
    taken.saturating_add(own).saturating_add(truths)
}

/// Reads parts of an image one after another, in buffers that it keeps.
pub(super) struct Reader<'a> {
    file: &'a TiffFile,
    image: &'a Image,
    checkpoint: &'a Checkpoint,
    packed: Vec<u8>,
    rows: Vec<u8>,
    truths: Vec<u8>,
    unpackers: Unpackers,
}

/// The page that is being read.
struct Sheet<'a> {
    page: &'a Page,
    layout: &'a Layout,
    /// What its JPEGs share.
    tables: Vec<u8>,
}

impl<'a> Reader<'a> {
    /// A reader of `image` in `file`.
    pub(super) fn new(file: &'a TiffFile, image: &'a Image, checkpoint: &'a Checkpoint) -> Self {
        Self {
            file,
            image,
            checkpoint,
            packed: Vec::new(),
            rows: Vec::new(),
            truths: Vec::new(),
            unpackers: Unpackers::default(),
        }
    }

    /// Fills `out` with `roi`, in C order.
    ///
    /// # Errors
    ///
    /// The file system's, damaged data, the checkpoint's reason.
    pub(super) fn read(&mut self, roi: &Roi, out: &mut [u8]) -> Result<(), Error> {
        let (wanted, planes) = self.resolve(roi);
        let count = planes.iter().map(|(.., range)| range.len()).product();
        for nth in 0..count {
            let (mut rest, mut page, mut start) = (nth, 0, 0);
            for (of, step, range) in planes.iter().rev() {
                page += (range.start + rest % range.len()) * of;
                start += rest % range.len() * step;
                rest /= range.len();
            }
            self.page(page, &wanted, &mut out[start..]).map_err(|cause| {
                if cause.is_interrupted() {
                    cause
                } else {
                    cause.context(format_args!("plane {page}"))
                }
            })?;
        }
        Ok(())
    }

    /// What `roi` means within a page, and for each axis of planes its step in the list of pages, its step in C order, its range.
    fn resolve(&self, roi: &Roi) -> (Wanted, Vec<(usize, usize, Range<usize>)>) {
        let mut steps = vec![self.image.meta.dtype().size(); roi.rank()];
        for axis in (1..roi.rank()).rev() {
            steps[axis - 1] = steps[axis] * roi.range(axis).len();
        }
        let find = |role| self.image.roles.iter().position(|own| *own == role);
        let range = |role| find(role).map_or(0..1, |axis| roi.range(axis));
        let step = |role| find(role).map_or(0, |axis| steps[axis]);
        let wanted = Wanted {
            y: range(Role::Y),
            x: range(Role::X),
            samples: range(Role::Samples),
            strides: [step(Role::Y), step(Role::X), step(Role::Samples)],
        };
        let planes = (0..roi.rank()).filter_map(|axis| match self.image.roles[axis] {
            Role::Planes(of) => Some((of, steps[axis], roi.range(axis))),
            _ => None,
        });
        (wanted, planes.collect())
    }

    fn page(&mut self, number: usize, wanted: &Wanted, out: &mut [u8]) -> Result<(), Error> {
        let page = &self.image.pages[number];
        let layout = &self.image.layouts[page.layout as usize];
        let tables = match (layout.codec, page.tables) {
            (Codec::Jpeg, Some(tables)) if tables.count() <= PIECE as u64 => tables.bytes(self.file)?,
            (Codec::Jpeg, Some(_)) => return Err(Error::msg("its JPEG tables are enormous (damaged)")),
            _ => Vec::new(),
        };
        let sheet = Sheet { page, layout, tables };
        if !layout.planar {
            return self.plane(&sheet, 0, wanted, out);
        }
        for plane in wanted.samples.clone() {
            let out = &mut out[(plane - wanted.samples.start) * wanted.strides[2]..];
            let one = Wanted {
                y: wanted.y.clone(),
                x: wanted.x.clone(),
                samples: 0..1,
                strides: wanted.strides,
            };
            self.plane(&sheet, plane, &one, out)?;
        }
        Ok(())
    }

    /// All strips or tiles of a plane that are wanted.
    fn plane(&mut self, sheet: &Sheet<'_>, plane: usize, wanted: &Wanted, out: &mut [u8]) -> Result<(), Error> {
        let layout = sheet.layout;
        let (across, base) = (layout.across(), plane * layout.across() * layout.down());
        let rows = wanted.y.start / layout.chunk_height..wanted.y.end.div_ceil(layout.chunk_height);
        let columns = wanted.x.start / layout.chunk_width..wanted.x.end.div_ceil(layout.chunk_width);
        let at_a_time = if across == 1 { ROWS } else { 1 };
        for first in rows.clone().step_by(at_a_time) {
            let last = rows.end.min(first + at_a_time) - 1;
            let range = base + first * across + columns.start..base + last * across + columns.end;
            let places = sheet
                .page
                .places(self.file, layout, range.start as u64..range.end as u64)?;
            for (place, nth) in places.into_iter().zip(range) {
                self.checkpoint.check()?;
                let (row, column) = ((nth - base) / across, (nth - base) % across);
                let piece = Piece::of(layout, row, column, wanted);
                self.chunk(sheet, place, &piece, &mut out[piece.start..])?;
            }
        }
        Ok(())
    }

    fn chunk(&mut self, sheet: &Sheet<'_>, place: Place, piece: &Piece, out: &mut [u8]) -> Result<(), Error> {
        let layout = sheet.layout;
        if place.length == 0 {
            return self.unwritten(layout, piece, out);
        }
        if layout.codec == Codec::None {
            return self.bare(layout, place, piece, out);
        }
        self.file.must_have(place.offset, place.length)?;
        resize(&mut self.packed, place.length as usize)?;
        self.file.read(place.offset, &mut self.packed)?;
        // The rows above the wanted ones have to be unpacked, those below only because all at once is faster.
        let (all, needed) = (piece.all_rows * layout.row_bytes(), piece.rows.end * layout.row_bytes());
        let at_once = matches!(layout.codec, Codec::Deflate | Codec::Zstd) && all <= AT_ONCE;
        resize(&mut self.rows, if at_once { all } else { needed })?;
        let packed = Packed {
            bytes: &self.packed,
            tables: &sheet.tables,
            order: self.file.order(),
            needed,
        };
        decode(layout, &packed, &mut self.rows, &mut self.unpackers, self.checkpoint)?;
        let skipped = piece.rows.start * layout.row_bytes();
        place_rows(layout, &self.rows[skipped..], piece, out, &mut self.truths)
    }

    /// A strip or tile without compression: nothing but the wanted rows is read, where possible in place.
    fn bare(&mut self, layout: &Layout, place: Place, piece: &Piece, out: &mut [u8]) -> Result<(), Error> {
        let row_bytes = layout.row_bytes();
        if let Some(bytes) = piece.direct(layout) {
            let skipped = piece.columns.start * layout.chunk_samples() * layout.dtype.size();
            // Rows that follow each other without a gap on both sides are one.
            let (rows, bytes) = match bytes == row_bytes && piece.strides[0] == row_bytes {
                true => (1, bytes * piece.rows.len()),
                false => (piece.rows.len(), bytes),
            };
            if rows == 1 || bytes >= LONG_ROW || row_bytes - bytes >= LONG_ROW {
                for row in 0..rows {
                    let start = place.offset + ((piece.rows.start + row) * row_bytes + skipped) as u64;
                    self.read_bare(layout, start, &mut out[row * piece.strides[0]..][..bytes])?;
                }
                return Ok(());
            }
        }
        let step = (PIECE / row_bytes).max(1);
        for first in piece.rows.clone().step_by(step) {
            let some = piece.narrowed(first..piece.rows.end.min(first + step));
            resize(&mut self.rows, some.rows.len() * row_bytes)?;
            let start = place.offset + (first * row_bytes) as u64;
            self.checkpoint.check()?;
            self.file.read(start, &mut self.rows)?;
            decode::finish(layout, self.file.order(), &mut self.rows, self.checkpoint)?;
            let out = &mut out[(first - piece.rows.start) * piece.strides[0]..];
            place_rows(layout, &self.rows, &some, out, &mut self.truths)?;
        }
        Ok(())
    }

    fn read_bare(&self, layout: &Layout, start: u64, out: &mut [u8]) -> Result<(), Error> {
        for (nth, piece) in out.chunks_mut(PIECE).enumerate() {
            self.checkpoint.check()?;
            self.file.read(start + (nth * PIECE) as u64, piece)?;
            to_native(piece, layout.dtype.size(), self.file.order());
        }
        Ok(())
    }

    /// A strip or tile that was never written.
    fn unwritten(&mut self, layout: &Layout, piece: &Piece, out: &mut [u8]) -> Result<(), Error> {
        resize(&mut self.rows, layout.row_bytes())?;
        self.rows.fill(0);
        for row in piece.rows.clone() {
            let out = &mut out[(row - piece.rows.start) * piece.strides[0]..];
            place_rows(layout, &self.rows, &piece.narrowed(row..row + 1), out, &mut self.truths)?;
        }
        Ok(())
    }
}

/// Makes `buffer` hold `length` bytes, of whatever content.
pub(super) fn resize(buffer: &mut Vec<u8>, length: usize) -> Result<(), Error> {
    if buffer.capacity() < length {
        *buffer = zeroed(length as u64)?;
    }
    buffer.resize(length, 0);
    Ok(())
}
