//! How an image becomes pages.

use crate::array::{Axes, DType};
use crate::error::Error;
use crate::graph::Meta;
use crate::io::compression::Compression;
use crate::io::create::Create;
use crate::io::tiff::codec::{Codec, Predictor};
use crate::io::tiff::layout::Layout;
use crate::io::tiff::write::directory::header_size;
use crate::roi::{Roi, Shape};

/// Pages up to this size are one strip: tiles of a few kilobytes would cost more than they save.
const SMALL_PAGE: usize = 256 << 10;
/// Rows and columns of a tile, if nobody says.
const TILE: usize = 256;
/// Lengths of tiles are multiples of this, by the specification.
const TILE_STEP: usize = 16;
/// The most that a file of 32-bit offsets may have, with room for what we count too low.
const CLASSIC: u64 = (u32::MAX as u64) - (64 << 20);

/// The pages of a file to be.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The image's axes as they lie in the file: those of the planes, `y`, `x`, and `c` if it is within pages.
    pub(super) axes: Axes,
    /// Their lengths.
    pub(super) shape: Shape,
    /// The axes of the planes, the slowest first.
    pub(super) outer: Vec<(char, usize)>,
    pub(super) pages: usize,
    pub(super) layout: Layout,
    pub(super) compression: Compression,
    /// All samples lie bare and in order, so any part can be written in its place.
    pub(super) bare: bool,
    /// Whether offsets need 64 bits.
    pub(super) big: bool,
    /// The image's own axes.
    own: Axes,
}

impl Plan {
    /// The pages of an image like `meta`.
    ///
    /// # Errors
    ///
    /// An axis or compression that TIFF does not have, an image without pixels, sizes beyond 32 bits.
    pub(super) fn of(meta: &Meta, how: &Create) -> Result<Self, Error> {
        check(meta)?;
        let own = meta.axes();
        let length = |letter| length(meta, letter);
        let colour = is_colour(meta);
        let in_page = |letter: &char| matches!(letter, 'y' | 'x') || colour && *letter == 'c';
        let outer: Vec<_> = own
            .iter()
            .filter(|letter| !in_page(letter))
            .map(|letter| (letter, length(letter)))
            .collect();
        let mut letters: String = outer.iter().map(|(letter, _)| *letter).collect();
        letters.push_str(if colour { "yxc" } else { "yx" });
        let axes: Axes = letters.parse()?;
        let shape = Shape::new(axes.iter().map(length).collect::<Vec<_>>())?;
        let compression = how.compression.unwrap_or(Compression::Deflate(6));
        let bare = compression == Compression::None && how.chunk.is_none() && meta.dtype() != DType::Bool;
        let layout = cut(page(meta, compression)?, bare, own, how)?;
        let mut plan = Self {
            axes,
            shape,
            outer,
            pages: shape.volume()? / (layout.height * layout.width * layout.samples),
            layout,
            compression,
            bare,
            big: false,
            own,
        };
        plan.big = plan.most_bytes().is_none_or(|most| most > CLASSIC);
        Ok(plan)
    }

    /// The most bytes that the file can have, if that is a number.
    fn most_bytes(&self) -> Option<u64> {
        let chunks = self.chunks()?;
        let chunk = (self.layout.row_bytes() as u64).checked_mul(self.layout.chunk_height as u64)?;
        // LZW makes noise longer, by a third at most.
        let data = chunks
            .checked_mul(chunk)?
            .checked_mul(if self.compression == Compression::None { 2 } else { 3 })?
            / 2;
        data.checked_add(chunks.checked_mul(16)?)?
            .checked_add((self.pages as u64).checked_mul(512)?)
    }

    /// Strips or tiles of all pages, if that is a number.
    pub(super) fn chunks(&self) -> Option<u64> {
        self.layout.chunks()?.checked_mul(self.pages as u64)
    }

    /// Where the samples of a page begin that lie bare and in order; of the page behind the last: where they end.
    pub(super) fn bare_start(&self, page: usize) -> u64 {
        let bytes = self.layout.row_bytes() as u64 * self.layout.height as u64;
        header_size(self.big) + page as u64 * bytes
    }

    /// Where strip or tile `nth` of all pages lies, if that is known before it is written: without compression.
    pub(super) fn fixed_place(&self, nth: usize) -> Option<u64> {
        let bare = (self.layout.row_bytes() * self.layout.chunk_height) as u64;
        let place = || header_size(self.big) + nth as u64 * bare.next_multiple_of(2);
        (self.compression == Compression::None).then(place)
    }

    /// Strip or tile `nth` of all pages, in the file's axes.
    pub(super) fn chunk(&self, nth: usize) -> Result<Roi, Error> {
        let layout = &self.layout;
        let (column, rest) = (nth % layout.across(), nth / layout.across());
        let (row, mut page) = (rest % layout.down(), rest / layout.down());
        let mut ranges = Vec::with_capacity(self.axes.len());
        for (_, length) in self.outer.iter().rev() {
            ranges.push(page % length..page % length + 1);
            page /= length;
        }
        ranges.reverse();
        let within = |at: usize, chunk: usize, whole: usize| at * chunk..whole.min((at + 1) * chunk);
        ranges.push(within(row, layout.chunk_height, layout.height));
        ranges.push(within(column, layout.chunk_width, layout.width));
        if layout.samples > 1 {
            ranges.push(0..layout.samples);
        }
        Ok(Roi::from_ranges(ranges)?)
    }

    /// The number of the strip or tile that `roi`, in the file's axes, is; `None` if it is none.
    pub(super) fn number_of(&self, roi: &Roi) -> Option<usize> {
        let (layout, outer) = (&self.layout, self.outer.len());
        let inside = roi.rank() == self.axes.len()
            && self.shape.iter().zip(roi.stop()).all(|(most, stop)| *stop <= most)
            && !roi.is_empty();
        if !inside {
            return None;
        }
        let page = self
            .outer
            .iter()
            .enumerate()
            .fold(0, |page, (axis, (_, length))| page * length + roi.range(axis).start);
        let (row, column) = (
            roi.range(outer).start / layout.chunk_height,
            roi.range(outer + 1).start / layout.chunk_width,
        );
        let nth = (page * layout.down() + row) * layout.across() + column;
        self.chunk(nth).is_ok_and(|chunk| chunk == *roi).then_some(nth)
    }

    /// `roi` of the image, in the file's axes.
    pub(super) fn place(&self, roi: &Roi) -> Result<Roi, Error> {
        let range = |letter| self.own.position(letter).map_or(0..1, |at| roi.range(at));
        Ok(Roi::from_ranges(self.axes.iter().map(range))?)
    }

    /// What has to be written at once, in the image's axes.
    pub(super) fn unit(&self) -> Shape {
        let length = |letter| match letter {
            _ if self.bare => 1,
            'y' => self.layout.chunk_height,
            'x' => self.layout.chunk_width,
            'c' if self.layout.samples > 1 => self.layout.samples,
            _ => 1,
        };
        let lengths: Vec<_> = self.own.iter().map(length).collect();
        Shape::new(lengths).expect("invariant: as many axes as the image")
    }
}

/// Whether an image like `meta` can be a TIFF at all.
fn check(meta: &Meta) -> Result<(), Error> {
    if let Some(strange) = meta.axes().iter().find(|letter| !"tzcyx".contains(*letter)) {
        return Err(Error::invalid(format!(
            "TIFF has the axes t, z, c, y and x, and no `{strange}`"
        )));
    }
    if meta.shape().is_empty() {
        return Err(Error::invalid("an image without pixels cannot be a TIFF"));
    }
    Ok(())
}

/// How long the axis `letter` is; one that the image does not have is 1.
fn length(meta: &Meta, letter: char) -> usize {
    meta.axes().position(letter).map_or(1, |at| meta.shape()[at])
}

/// Whether three channels of bytes lie side by side: a colour picture to every program.
fn is_colour(meta: &Meta) -> bool {
    let last = meta.axes().letter(meta.axes().len().wrapping_sub(1));
    last == Some('c') && length(meta, 'c') == 3 && meta.dtype() == DType::U8
}

/// A page, in one piece.
fn page(meta: &Meta, compression: Compression) -> Result<Layout, Error> {
    let (width, height) = (length(meta, 'x'), length(meta, 'y'));
    if width > u32::MAX as usize || height > u32::MAX as usize {
        return Err(Error::invalid("a page of a TIFF has at most 2³² - 1 rows and columns"));
    }
    Ok(Layout {
        width,
        height,
        dtype: meta.dtype(),
        samples: if is_colour(meta) { 3 } else { 1 },
        planar: false,
        codec: codec(compression)?,
        predictor: predictor(compression, meta.dtype()),
        chunk_width: width,
        chunk_height: height,
        tiled: false,
        ycbcr: false,
    })
}

/// The page cut into strips or tiles.
fn cut(page: Layout, bare: bool, own: Axes, how: &Create) -> Result<Layout, Error> {
    let row = page.row_bytes();
    let strips = |rows: usize| Layout {
        chunk_height: rows.clamp(1, page.height),
        ..page
    };
    if bare {
        return Ok(strips(SMALL_PAGE / row));
    }
    let asked = |letter, whole: usize| {
        let at = own.position(letter)?;
        let chunk = how.chunk?;
        let length = *chunk.as_slice().get(at)?;
        Some(if length == 0 { whole } else { length })
    };
    if let Some(chunk) = how.chunk
        && chunk.rank() != own.len()
    {
        return Err(Error::invalid(format!("tiles of shape {chunk} for the axes `{own}`")));
    }
    let (rows, columns) = (asked('y', page.height), asked('x', page.width));
    if rows.is_none() && columns.is_none() && row.saturating_mul(page.height) <= SMALL_PAGE {
        return Ok(page);
    }
    let columns = columns.unwrap_or(if how.chunk.is_some() { page.width } else { TILE });
    let rows = rows.unwrap_or(if how.chunk.is_some() { page.height } else { TILE });
    if columns >= page.width {
        return Ok(strips(rows));
    }
    let step = |length: usize| length.min(u32::MAX as usize / 2).next_multiple_of(TILE_STEP);
    Ok(Layout {
        chunk_width: step(columns),
        chunk_height: step(rows.min(page.height)),
        tiled: true,
        ..page
    })
}

fn codec(compression: Compression) -> Result<Codec, Error> {
    match compression {
        Compression::None => Ok(Codec::None),
        Compression::Deflate(_) => Ok(Codec::Deflate),
        Compression::Zstd(_) => Ok(Codec::Zstd),
        Compression::Lzw => Ok(Codec::Lzw),
        other => Err(Error::invalid(format!(
            "TIFF has no compression `{other}`: use one of none, deflate, zstd, lzw"
        ))),
    }
}

/// Differences pay for integers; 64-bit ones few other programs can add up again.
fn predictor(compression: Compression, dtype: DType) -> Predictor {
    match dtype {
        _ if compression == Compression::None => Predictor::None,
        DType::U8 | DType::U16 | DType::U32 | DType::I8 | DType::I16 | DType::I32 => Predictor::Horizontal,
        _ => Predictor::None,
    }
}
