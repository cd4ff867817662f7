//! What the samples of a page are and how they are cut into strips or tiles. Pages of one file mostly share it.

use std::fmt;

use crate::array::DType;
use crate::error::Error;
use crate::io::tiff::codec::{Codec, Predictor};
use crate::io::tiff::directory::Directory;
use crate::io::tiff::file::TiffFile;
use crate::io::tiff::tags;

/// The most samples of a pixel, by the width of the tag.
const MOST_SAMPLES: usize = u16::MAX as usize;

/// The layout of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) dtype: DType,
    /// Samples of a pixel.
    pub(super) samples: usize,
    /// Whether each sample is a plane of its own.
    pub(super) planar: bool,
    pub(super) codec: Codec,
    pub(super) predictor: Predictor,
    /// Columns of a strip or tile.
    pub(super) chunk_width: usize,
    /// Rows of a strip or tile.
    pub(super) chunk_height: usize,
    /// Tiles at the border are as large as the others, strips are not.
    pub(super) tiled: bool,
    /// Whether its JPEGs are in YCbCr.
    pub(super) ycbcr: bool,
}

impl Layout {
    /// The layout that `directory` describes.
    ///
    /// # Errors
    ///
    /// Samples, colours or a compression that are not supported; sizes that contradict each other.
    pub(super) fn of(file: &TiffFile, directory: &Directory) -> Result<Self, Error> {
        let number = |tag, default| directory.number(file, tag, default);
        let length = |tag, default| number(tag, default).and_then(length);
        let (width, height) = (length(tags::IMAGE_WIDTH, 0)?, length(tags::IMAGE_LENGTH, 0)?);
        if width == 0 || height == 0 {
            return Err(Error::msg("it has no pixels"));
        }
        let codec = Codec::of_tag(number(tags::COMPRESSION, 1)?)?;
        let ycbcr = check_colours(number(tags::PHOTOMETRIC, 1)?, codec)?;
        let samples = length(tags::SAMPLES_PER_PIXEL, 1)?;
        if !(1..=MOST_SAMPLES).contains(&samples) {
            return Err(Error::msg(format!("pixels of {samples} samples (damaged)")));
        }
        let dtype = dtype(file, directory, samples)?;
        let tiled = directory.find(tags::TILE_WIDTH).is_some();
        let (chunk_width, chunk_height) = match tiled {
            true => (length(tags::TILE_WIDTH, 0)?, length(tags::TILE_LENGTH, 0)?),
            false => (
                width,
                number(tags::ROWS_PER_STRIP, u64::MAX)?.min(height as u64) as usize,
            ),
        };
        if chunk_width == 0 || chunk_height == 0 {
            return Err(Error::msg("its strips or tiles have no pixels (damaged)"));
        }
        if number(tags::FILL_ORDER, 1)? != 1 && (dtype == DType::Bool || codec != Codec::None) {
            return Err(Error::invalid("bits in reversed order are not supported"));
        }
        // Whatever the tag says, only these three take a predictor.
        let predictor = match codec {
            Codec::Lzw | Codec::Deflate | Codec::Zstd => Predictor::of_tag(number(tags::PREDICTOR, 1)?, dtype)?,
            _ => Predictor::None,
        };
        let planar = samples > 1 && number(tags::PLANAR_CONFIGURATION, 1)? == 2;
        let layout = Self {
            width,
            height,
            dtype,
            samples,
            planar,
            codec,
            predictor,
            chunk_width,
            chunk_height,
            tiled,
            ycbcr,
        };
        layout.check()?;
        Ok(layout)
    }

    /// That no size of it leaves the numbers that we count with.
    fn check(&self) -> Result<(), Error> {
        let bits = [self.chunk_width, self.chunk_height, self.chunk_samples(), 64];
        let page = [self.width, self.height, self.samples, 8];
        let fits = |factors: [usize; 4]| {
            let product = factors.into_iter().try_fold(1_usize, usize::checked_mul);
            product.is_some_and(|product| product <= isize::MAX as usize)
        };
        if fits(bits) && fits(page) {
            return Ok(());
        }
        Err(Error::msg("its sizes are beyond all measure (damaged)"))
    }

    /// Samples of a pixel that lie side by side in a strip or tile.
    pub(super) fn chunk_samples(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bytes of a row of a strip or tile.
    pub(super) fn row_bytes(&self) -> usize {
        let samples = self.chunk_width * self.chunk_samples();
        match self.dtype {
            DType::Bool => samples.div_ceil(8),
            dtype => samples * dtype.size(),
        }
    }

    /// Rows that the strip or tile in the `nth` row of them has in the file.
    pub(super) fn rows_of(&self, nth: usize) -> usize {
        match self.tiled {
            true => self.chunk_height,
            false => self.chunk_height.min(self.height - nth * self.chunk_height),
        }
    }

    /// Strips or tiles beside each other.
    pub(super) fn across(&self) -> usize {
        self.width.div_ceil(self.chunk_width)
    }

    /// Strips or tiles below each other.
    pub(super) fn down(&self) -> usize {
        self.height.div_ceil(self.chunk_height)
    }

    /// Strips or tiles of a page, if that is a number.
    pub(super) fn chunks(&self) -> Option<u64> {
        let planes = if self.planar { self.samples as u64 } else { 1 };
        let plane = (self.across() as u64).checked_mul(self.down() as u64)?;
        plane.checked_mul(planes)
    }

    /// Whether pages of both can be parts of one image.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let kind = |l: &Self| (l.width, l.height, l.dtype, l.samples);
        kind(self) == kind(other)
    }
}

/// "512 x 512 u16 grey".
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} {}", self.height, self.width, self.dtype)?;
        match self.samples {
            1 => write!(f, " grey"),
            3 => write!(f, " RGB"),
            n => write!(f, " of {n} samples"),
        }
    }
}

/// No length has more than 32 bits, so that products of two never overflow.
fn length(number: u64) -> Result<usize, Error> {
    let length = u32::try_from(number).map_err(|_| Error::msg(format!("a length of {number} (damaged)")))?;
    Ok(length as usize)
}

/// Whether the colours are YCbCr.
fn check_colours(photometric: u64, codec: Codec) -> Result<bool, Error> {
    let colours = match photometric {
        // Of a palette, the numbers are the datum: programs colour labels and grey values by it.
        0..=3 | 32803 | 34892 => return Ok(false),
        6 if codec == Codec::Jpeg => return Ok(true),
        4 => "transparency masks",
        5 => "CMYK colours",
        6 => "YCbCr colours",
        8..=10 => "Lab colours",
        _ => "colours of an unknown kind",
    };
    Err(Error::invalid(format!(
        "{colours} are not supported (grey and RGB are: convert the file first)"
    )))
}

fn dtype(file: &TiffFile, directory: &Directory, samples: usize) -> Result<DType, Error> {
    let bits = same_for_all(file, directory, tags::BITS_PER_SAMPLE, samples)?;
    let format = same_for_all(file, directory, tags::SAMPLE_FORMAT, samples)?;
    let dtype = match (format, bits) {
        // Untyped samples are numbers without a sign to everybody.
        (1 | 4, 1) => DType::Bool,
        (1 | 4, 8) => DType::U8,
        (1 | 4, 16) => DType::U16,
        (1 | 4, 32) => DType::U32,
        (1 | 4, 64) => DType::U64,
        (2, 8) => DType::I8,
        (2, 16) => DType::I16,
        (2, 32) => DType::I32,
        (2, 64) => DType::I64,
        (3, 32) => DType::F32,
        (3, 64) => DType::F64,
        _ => {
            let name = match format {
                1 | 4 => "unsigned",
                2 => "signed",
                3 => "float",
                5 | 6 => "complex",
                _ => "unknown",
            };
            return Err(Error::invalid(format!(
                "{bits}-bit {name} samples are not supported (1-, 8-, 16-, 32- and 64-bit integers, 32- and 64-bit floats are)"
            )));
        }
    };
    Ok(dtype)
}

/// The value of `tag`, which is one for each sample; 1 where it is not there.
fn same_for_all(file: &TiffFile, directory: &Directory, tag: u16, samples: usize) -> Result<u64, Error> {
    let Some(values) = directory.find(tag) else {
        return Ok(1);
    };
    // Some writers give one value for all.
    let values = values.numbers(file, 0..values.count().min(samples.max(1) as u64))?;
    match values.first() {
        Some(first) if values.iter().all(|value| value == first) => Ok(*first),
        _ => Err(Error::invalid(
            "samples of a pixel that differ in type are not supported",
        )),
    }
}
