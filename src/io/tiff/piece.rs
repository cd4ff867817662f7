//! What is wanted of a strip or tile, and where it goes.

use std::ops::Range;

use crate::array::DType;
use crate::error::Error;
use crate::io::tiff::chunk::resize;
use crate::io::tiff::codec::Predictor;
use crate::io::tiff::decode::expand;
use crate::io::tiff::layout::Layout;
use crate::io::tiff::scatter::{Strides, run, scatter};

/// What is wanted of a page, and where it goes.
pub(super) struct Wanted {
    pub(super) y: Range<usize>,
    pub(super) x: Range<usize>,
    pub(super) samples: Range<usize>,
    pub(super) strides: Strides,
}

/// What is wanted of a strip or tile.
pub(super) struct Piece {
    /// Within the strip or tile.
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
    pub(super) samples: Range<usize>,
    /// Rows that the strip or tile has, wanted or not.
    pub(super) all_rows: usize,
    /// Where its first sample goes.
    pub(super) start: usize,
    pub(super) strides: Strides,
}

impl Piece {
    pub(super) fn of(layout: &Layout, row: usize, column: usize, wanted: &Wanted) -> Self {
        let (top, left) = (row * layout.chunk_height, column * layout.chunk_width);
        let within = |wanted: &Range<usize>, first: usize, length: usize| {
            wanted.start.max(first) - first..wanted.end.min(first + length) - first
        };
        let rows = within(&wanted.y, top, layout.chunk_height);
        let columns = within(&wanted.x, left, layout.chunk_width);
        let down = (top + rows.start - wanted.y.start) * wanted.strides[0];
        let right = (left + columns.start - wanted.x.start) * wanted.strides[1];
        Self {
            rows,
            columns,
            samples: wanted.samples.clone(),
            all_rows: layout.rows_of(row),
            start: down + right,
            strides: wanted.strides,
        }
    }

    /// The same with some of its rows.
    pub(super) fn narrowed(&self, rows: Range<usize>) -> Self {
        let skipped = (rows.start - self.rows.start) * self.strides[0];
        Self {
            rows,
            columns: self.columns.clone(),
            samples: self.samples.clone(),
            all_rows: self.all_rows,
            start: self.start + skipped,
            strides: self.strides,
        }
    }

    fn lengths(&self) -> [usize; 3] {
        [self.rows.len(), self.columns.len(), self.samples.len()]
    }

    /// Bytes of a row that can be read to where it goes, if the samples lie there as they do in the file.
    pub(super) fn direct(&self, layout: &Layout) -> Option<usize> {
        let item = layout.dtype.size();
        let plain = layout.dtype != DType::Bool && layout.predictor == Predictor::None;
        let all = self.samples.len() == layout.chunk_samples();
        let bytes = self.columns.len() * self.samples.len() * item;
        (plain && all && run(self.strides, self.lengths(), item) == bytes).then_some(bytes)
    }
}

/// Puts decoded rows, of which the first is the first wanted one, where they belong.
pub(super) fn place_rows(
    layout: &Layout,
    rows: &[u8],
    piece: &Piece,
    out: &mut [u8],
    truths: &mut Vec<u8>,
) -> Result<(), Error> {
    let (item, samples) = (layout.dtype.size(), layout.chunk_samples());
    let skipped = (piece.columns.start * samples + piece.samples.start) * item;
    if layout.dtype != DType::Bool {
        let strides = [layout.row_bytes(), samples * item, item];
        scatter(&rows[skipped..], strides, out, piece.strides, piece.lengths(), item);
        return Ok(());
    }
    let width = layout.chunk_width * samples;
    resize(truths, width)?;
    for row in 0..piece.rows.len() {
        expand(&rows[row * layout.row_bytes()..], 0, truths);
        let [_, columns, some] = piece.lengths();
        let out = &mut out[row * piece.strides[0]..];
        scatter(
            &truths[skipped..],
            [width, samples, 1],
            out,
            piece.strides,
            [1, columns, some],
            1,
        );
    }
    Ok(())
}
