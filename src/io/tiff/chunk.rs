//! Strips and tiles on their way from the file into a region.

use crate::array::DType;
use crate::error::Error;
use crate::io::bytes::{to_native, zeroed};
#[cfg(feature = "object-store")]
use crate::io::flat::cut_short;
use crate::io::tiff::codec::Codec;
use crate::io::tiff::decode::{self, AT_ONCE, Packed, Unpackers, decode};
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::layout::Layout;
use crate::io::tiff::page::{Place, most_packed};
use crate::io::tiff::piece::{Piece, place_rows};
use crate::io::tiff::walk::Errand;

/// What is read bare at a time: between two looks at the checkpoint.
const PIECE: usize = 256 << 10;
/// A call of the system takes as long as copying this much: shorter rows are fetched together, and then copied.
const LONG_ROW: usize = 8 << 10;

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

/// Where the bytes of a strip or tile are.
#[derive(Clone, Copy)]
pub(super) enum Bytes<'a> {
    InFile(&'a TiffFile),
    /// Those from that place of the file on.
    #[cfg(feature = "object-store")]
    Fetched(u64, &'a [u8]),
}

/// Unpacks one strip or tile after another, in buffers that it keeps.
pub(super) struct Worker<'a> {
    file: &'a TiffFile,
    packed: Vec<u8>,
    rows: Vec<u8>,
    truths: Vec<u8>,
    unpackers: Unpackers,
}

impl<'a> Worker<'a> {
    /// One for strips and tiles of `file`, which looks at its checkpoint.
    pub(super) fn new(file: &'a TiffFile) -> Self {
        Self {
            file,
            packed: Vec::new(),
            rows: Vec::new(),
            truths: Vec::new(),
            unpackers: Unpackers::default(),
        }
    }

    /// Fills what `errand` wants of the region `out`.
    ///
    /// # Errors
    ///
    /// The file system's, damaged data, the checkpoint's reason.
    pub(super) fn work(&mut self, errand: &Errand<'_>, bytes: Bytes<'_>, out: &mut [u8]) -> Result<(), Error> {
        self.file.checkpoint().check()?;
        let worked = self.chunk(errand, bytes, &mut out[errand.piece.start..]);
        errand.sheet.on_plane(worked)
    }

    /// Fills `out` with what lies from `at` on.
    fn read(bytes: Bytes<'_>, at: u64, out: &mut [u8]) -> Result<(), Error> {
        match bytes {
            Bytes::InFile(file) => file.read(at, out),
            #[cfg(feature = "object-store")]
            Bytes::Fetched(start, bytes) => {
                let skipped = at.checked_sub(start).and_then(|skipped| usize::try_from(skipped).ok());
                let found = skipped.and_then(|skipped| bytes.get(skipped..)?.get(..out.len()));
                out.copy_from_slice(found.ok_or_else(|| cut_short(std::io::ErrorKind::UnexpectedEof.into()))?);
                Ok(())
            }
        }
    }

    fn chunk(&mut self, errand: &Errand<'_>, bytes: Bytes<'_>, out: &mut [u8]) -> Result<(), Error> {
        let Errand { sheet, place, piece } = errand;
        let layout = sheet.layout;
        if place.length == 0 {
            return self.unwritten(layout, piece, out);
        }
        if layout.codec == Codec::None {
            return self.bare(layout, bytes, *place, piece, out);
        }
        self.file.must_have(place.offset, place.length)?;
        resize(&mut self.packed, place.length as usize)?;
        let mut packed = std::mem::take(&mut self.packed);
        let read = Self::read(bytes, place.offset, &mut packed);
        self.packed = packed;
        read?;
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
        decode(
            layout,
            &packed,
            &mut self.rows,
            &mut self.unpackers,
            self.file.checkpoint(),
        )?;
        let skipped = piece.rows.start * layout.row_bytes();
        place_rows(layout, &self.rows[skipped..], piece, out, &mut self.truths)
    }

    /// A strip or tile without compression: nothing but the wanted rows is read, where possible in place.
    fn bare(
        &mut self,
        layout: &Layout,
        from: Bytes<'_>,
        place: Place,
        piece: &Piece,
        out: &mut [u8],
    ) -> Result<(), Error> {
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
                    self.read_bare(layout, from, start, &mut out[row * piece.strides[0]..][..bytes])?;
                }
                return Ok(());
            }
        }
        let step = (PIECE / row_bytes).max(1);
        for first in piece.rows.clone().step_by(step) {
            let some = piece.narrowed(first..piece.rows.end.min(first + step));
            resize(&mut self.rows, some.rows.len() * row_bytes)?;
            let start = place.offset + (first * row_bytes) as u64;
            self.file.checkpoint().check()?;
            let mut bare = std::mem::take(&mut self.rows);
            let read = Self::read(from, start, &mut bare);
            self.rows = bare;
            read?;
            decode::finish(layout, self.file.order(), &mut self.rows, self.file.checkpoint())?;
            let out = &mut out[(first - piece.rows.start) * piece.strides[0]..];
            place_rows(layout, &self.rows, &some, out, &mut self.truths)?;
        }
        Ok(())
    }

    fn read_bare(&self, layout: &Layout, from: Bytes<'_>, start: u64, out: &mut [u8]) -> Result<(), Error> {
        for (nth, piece) in out.chunks_mut(PIECE).enumerate() {
            self.file.checkpoint().check()?;
            Self::read(from, start + (nth * PIECE) as u64, piece)?;
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
