//! A block of the image, cut into its strips or tiles, packed, and in the file.

use std::ops::Range;

use crate::array::DType;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::zeroed;
use crate::io::compression::Compression;
use crate::io::guard::guarded;
use crate::io::tiff::scatter::scatter;
use crate::io::tiff::write::chunk_file::ChunkFile;
use crate::io::tiff::write::pack::{Packers, bound};
use crate::io::tiff::write::plan::Plan;
use crate::kernels::parallel::{join, threads};
use crate::roi::Roi;

/// Parts of a block for each thread, so that none waits long for another.
const PARTS: usize = 4;
/// The most strips or tiles that a thread packs one after another in the same buffers.
const MOST: usize = 16;

/// The most memory that packing one strip or tile takes.
pub(super) fn scratch(plan: &Plan) -> u64 {
    let bare = plan.layout.row_bytes().saturating_mul(plan.layout.chunk_height);
    let own: u64 = match plan.compression {
        Compression::Zstd(level) if level > 12 => 64 << 20,
        Compression::Zstd(_) => 8 << 20,
        Compression::None => 0,
        _ => 1 << 20,
    };
    let truths = if plan.layout.dtype == DType::Bool {
        bare.saturating_mul(8)
    } else {
        0
    };
    own.saturating_add((bare.saturating_add(bound(bare)).saturating_add(truths)) as u64)
}

/// A block that is to be written.
pub(super) struct Block<'a> {
    /// In the file's axes.
    pub(super) roi: &'a Roi,
    /// Its samples in C order.
    pub(super) bytes: &'a [u8],
    pub(super) plan: &'a Plan,
    pub(super) checkpoint: &'a Checkpoint,
}

/// Buffers of a thread.
#[derive(Default)]
struct Buffers {
    rows: Vec<u8>,
    packed: Vec<u8>,
    packers: Packers,
}

/// The strips or tiles of a block: pages, rows and columns of them.
struct Grid {
    pages: Vec<usize>,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Block<'_> {
    /// Writes all strips or tiles of the block, which begins and ends at their borders, to `file`.
    ///
    /// # Errors
    ///
    /// The file system's, the checkpoint's reason.
    pub(super) fn write(&self, file: &ChunkFile) -> Result<(), Error> {
        let grid = self.grid();
        let count = grid.pages.len() * grid.rows.len() * grid.columns.len();
        let most = (count / (PARTS * threads())).clamp(1, MOST);
        self.some(file, &grid, 0..count, most)
    }

    /// Those at `range`, at most `most` one after another.
    fn some(&self, file: &ChunkFile, grid: &Grid, range: Range<usize>, most: usize) -> Result<(), Error> {
        if range.len() > most {
            let middle = range.start + range.len() / 2;
            let (left, right) = (range.start..middle, middle..range.end);
            return join(
                || guarded(|| self.some(file, grid, left, most)),
                || guarded(|| self.some(file, grid, right, most)),
            );
        }
        let mut buffers = Buffers::default();
        for nth in range {
            self.one(file, grid, nth, &mut buffers)?;
        }
        Ok(())
    }

    fn one(&self, file: &ChunkFile, grid: &Grid, nth: usize, buffers: &mut Buffers) -> Result<(), Error> {
        self.checkpoint.check()?;
        let layout = &self.plan.layout;
        let (columns, rows) = (grid.columns.len(), grid.rows.len());
        let (column, row) = (
            grid.columns.start + nth % columns,
            grid.rows.start + nth / columns % rows,
        );
        let within = nth / columns / rows;
        self.cut(within, row, column, buffers)?;
        let Buffers { rows, packed, packers } = buffers;
        packers.pack(layout, self.plan.compression, rows, packed, self.checkpoint)?;
        let of_page = layout.across() * layout.down();
        file.put(grid.pages[within] * of_page + row * layout.across() + column, packed)
    }

    fn grid(&self) -> Grid {
        let outer = self.plan.outer.len();
        let layout = &self.plan.layout;
        let (y, x) = (self.roi.range(outer), self.roi.range(outer + 1));
        let mut pages = vec![0];
        for (axis, (_, length)) in self.plan.outer.iter().enumerate() {
            let further = |page: usize| self.roi.range(axis).map(move |at| page * length + at);
            pages = pages.into_iter().flat_map(further).collect();
        }
        Grid {
            pages,
            rows: y.start / layout.chunk_height..y.end.div_ceil(layout.chunk_height),
            columns: x.start / layout.chunk_width..x.end.div_ceil(layout.chunk_width),
        }
    }

    /// The samples of a strip or tile, of the page that is the `within`th of the block.
    fn cut(&self, within: usize, row: usize, column: usize, buffers: &mut Buffers) -> Result<(), Error> {
        let (layout, outer) = (&self.plan.layout, self.plan.outer.len());
        let (y, x) = (self.roi.range(outer), self.roi.range(outer + 1));
        let (item, samples) = (layout.dtype.size(), layout.samples);
        let (top, left) = (row * layout.chunk_height, column * layout.chunk_width);
        let height = layout.chunk_height.min(y.end - top);
        let width = layout.chunk_width.min(x.end - left);
        let from_row = x.len() * samples * item;
        let start = (within * y.len() + (top - y.start)) * from_row + (left - x.start) * samples * item;
        let from_strides = [from_row, samples * item, item];
        let full = layout.row_bytes() * layout.rows_of(row);
        renew(&mut buffers.rows, full)?;
        let from = &self.bytes[start..];
        if layout.dtype != DType::Bool {
            let to_strides = [layout.row_bytes(), samples * item, item];
            scatter(
                from,
                from_strides,
                &mut buffers.rows,
                to_strides,
                [height, width, samples],
                item,
            );
            return Ok(());
        }
        for (at, bits) in buffers.rows.chunks_mut(layout.row_bytes()).take(height).enumerate() {
            let truths = &from[at * from_row..][..width];
            for (byte, truths) in bits.iter_mut().zip(truths.chunks(8)) {
                let bit = |(nth, truth): (usize, &u8)| truth << (7 - nth);
                *byte = truths.iter().enumerate().map(bit).fold(0, |all, bit| all | bit);
            }
        }
        Ok(())
    }
}

/// Makes `buffer` `length` zeros.
fn renew(buffer: &mut Vec<u8>, length: usize) -> Result<(), Error> {
    if buffer.capacity() < length {
        *buffer = zeroed(length as u64)?;
        return Ok(());
    }
    buffer.clear();
    buffer.resize(length, 0);
    Ok(())
}
