//! The header of a NIfTI file.

use crate::array::{Axes, DType};
use crate::error::Error;
use crate::graph::{Meta, PixelSize};
use crate::io::bytes::Endian;
use crate::roi::Shape;

/// Of NIfTI-1 and -2.
pub(super) const LENGTHS: [usize; 2] = [348, 540];
/// The letters of a file's axes, the fastest first.
const LETTERS: [char; 5] = ['x', 'y', 'z', 't', 'c'];

/// What a file says of its samples.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    pub(super) dtype: DType,
    pub(super) order: Endian,
    /// As the file tells it, the fastest axis first.
    pub(super) lengths: Vec<u64>,
    /// Of x, y, z and t.
    pub(super) sizes: [f64; 4],
    pub(super) units: u8,
    /// Where the samples begin.
    pub(super) offset: u64,
    /// Slope and intercept.
    pub(super) scale: Option<(f64, f64)>,
    /// Whether the samples are in a file of their own.
    pub(super) apart: bool,
}

/// Where the fields of a version lie.
struct Fields<'a> {
    bytes: &'a [u8],
    order: Endian,
    second: bool,
}

impl Header {
    /// How long the header is that begins with `start`.
    ///
    /// # Errors
    ///
    /// It does not begin as NIfTI does.
    pub(crate) fn length(start: [u8; 4]) -> Result<usize, Error> {
        let known = |number: u32| LENGTHS.into_iter().find(|length| *length as u32 == number);
        let length = known(u32::from_le_bytes(start)).or_else(|| known(u32::from_be_bytes(start)));
        length.ok_or_else(|| Error::invalid("it does not begin as a NIfTI file"))
    }

    /// The header in `bytes`, as many as [`length`](Self::length) tells.
    ///
    /// # Errors
    ///
    /// A kind, type or shape that is not supported; fields that contradict each other.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let start = bytes.first_chunk().ok_or_else(|| Error::invalid("it is too short"))?;
        let length = Self::length(*start)?;
        let bytes = bytes.get(..length).ok_or_else(|| Error::invalid("it is too short"))?;
        let order = match u32::from_le_bytes(*start) as usize == length {
            true => Endian::Little,
            false => Endian::Big,
        };
        let second = length == LENGTHS[1];
        let fields = Fields { bytes, order, second };
        let apart = fields.is_apart()?;
        Ok(Self {
            dtype: fields.dtype()?,
            order,
            lengths: fields.lengths()?,
            sizes: [1, 2, 3, 4].map(|n| fields.float(76, 104, n)),
            units: match second {
                true => fields.int::<4>(500) as u8,
                false => bytes[123],
            },
            offset: fields.offset(apart)?,
            scale: fields.scale(),
            apart,
        })
    }

    /// The description of the image, as the file stores it; `axes` have precedence.
    ///
    /// # Errors
    ///
    /// A shape that no array can have, axes that do not fit.
    pub(crate) fn meta(&self, axes: Option<Axes>) -> Result<Meta, Error> {
        let lengths = self.lengths.iter().rev().map(|length| usize::try_from(*length));
        let lengths = lengths.collect::<Result<Vec<_>, _>>().map_err(Error::new)?;
        let letters = LETTERS[..lengths.len()].iter().rev().collect::<String>();
        let shape = Shape::new(lengths)?;
        let meta = Meta::new(shape, self.dtype, axes.unwrap_or(letters.parse()?))?;
        let known = |size: f64| size.is_finite() && size != 0.0;
        if !self.sizes.iter().take(self.lengths.len()).any(|size| known(*size)) {
            return Ok(meta);
        }
        let pixel = |axis: usize| match self.sizes.get(axis) {
            // A negative size is a direction, which is not ours.
            Some(size) if known(*size) => PixelSize {
                size: size.abs(),
                unit: self.unit(axis).into(),
            },
            _ => PixelSize {
                size: 1.0,
                unit: "".into(),
            },
        };
        meta.with_pixel_size((0..self.lengths.len()).rev().map(pixel))
    }

    fn unit(&self, axis: usize) -> &'static str {
        match (axis, self.units & 0x07, self.units & 0x38) {
            (0..3, 1, _) => "meter",
            (0..3, 2, _) => "millimeter",
            (0..3, 3, _) => "micrometer",
            (3, _, 8) => "second",
            (3, _, 16) => "millisecond",
            (3, _, 24) => "microsecond",
            (3, _, 32) => "hertz",
            _ => "",
        }
    }
}

impl Fields<'_> {
    fn is_apart(&self) -> Result<bool, Error> {
        let magic = if self.second {
            &self.bytes[4..12]
        } else {
            &self.bytes[344..348]
        };
        match (magic, self.second) {
            (b"n+1\0", false) | (b"n+2\0\r\n\x1a\n", true) => Ok(false),
            (b"ni1\0", false) | (b"ni2\0\r\n\x1a\n", true) => Ok(true),
            _ => Err(Error::invalid(
                "it has no mark of NIfTI in its header (damaged, or Analyze 7.5)",
            )),
        }
    }

    /// An integer of `N` bytes.
    fn int<const N: usize>(&self, at: usize) -> i64 {
        let bytes = &self.bytes[at..at + N];
        let mut wide = [0; 8];
        match self.order {
            Endian::Little => wide[8 - N..].copy_from_slice(bytes),
            Endian::Big => (0..N).for_each(|n| wide[7 - n] = bytes[n]),
        }
        // Shifting back keeps the sign.
        i64::from_le_bytes(wide) >> (64 - 8 * N)
    }

    /// Number `n` of the floats that begin at the one place in the first version, at the other in the second.
    fn float(&self, first: usize, second: usize, n: usize) -> f64 {
        match self.second {
            true => f64::from_bits(self.int::<8>(second + 8 * n) as u64),
            false => f32::from_bits(self.int::<4>(first + 4 * n) as u32).into(),
        }
    }

    fn dtype(&self) -> Result<DType, Error> {
        let (code, bits) = match self.second {
            true => (self.int::<2>(12), self.int::<2>(14)),
            false => (self.int::<2>(70), self.int::<2>(72)),
        };
        let dtype = match code {
            2 => DType::U8,
            4 => DType::I16,
            8 => DType::I32,
            16 => DType::F32,
            64 => DType::F64,
            256 => DType::I8,
            512 => DType::U16,
            768 => DType::U32,
            1024 => DType::I64,
            1280 => DType::U64,
            32 | 1792 | 2048 => return Err(Error::invalid("complex numbers are not supported")),
            128 | 2304 => return Err(Error::invalid("RGB samples are not supported")),
            other => return Err(Error::invalid(format!("samples of type {other} are not supported"))),
        };
        if bits != dtype.size() as i64 * 8 {
            return Err(Error::invalid(format!(
                "{dtype} samples of {bits} bits: its header is damaged"
            )));
        }
        Ok(dtype)
    }

    fn lengths(&self) -> Result<Vec<u64>, Error> {
        let dim = |n: usize| match self.second {
            true => self.int::<8>(16 + 8 * n),
            false => self.int::<2>(40 + 2 * n),
        };
        let rank = dim(0);
        if !(1..=7).contains(&rank) {
            return Err(Error::invalid(format!("{rank} axes: NIfTI has 1 to 7")));
        }
        let all: Vec<i64> = (1..=rank as usize).map(dim).collect();
        if all.iter().any(|length| *length < 1) || all.iter().skip(LETTERS.len()).any(|length| *length != 1) {
            return Err(Error::invalid(format!(
                "the lengths {all:?} of its axes are not supported"
            )));
        }
        Ok(all
            .into_iter()
            .take(LETTERS.len())
            .map(|length| length as u64)
            .collect())
    }

    fn offset(&self, apart: bool) -> Result<u64, Error> {
        // The header and four bytes that tell of extensions.
        let least = if apart { 0 } else { self.bytes.len() as u64 + 4 };
        let told = match self.second {
            true => self.int::<8>(168) as f64,
            false => self.float(108, 0, 0),
        };
        // Some writers leave it out.
        if told == 0.0 {
            return Ok(least);
        }
        if told.fract() != 0.0 || !(least as f64..1e15).contains(&told) {
            return Err(Error::invalid(format!(
                "its samples begin at byte {told}: its header is damaged"
            )));
        }
        Ok(told as u64)
    }

    /// No slope, or one that is no number, means no scaling.
    fn scale(&self) -> Option<(f64, f64)> {
        let (slope, inter) = (self.float(112, 176, 0), self.float(116, 184, 0));
        let told = slope.is_finite() && inter.is_finite() && slope != 0.0;
        (told && (slope, inter) != (1.0, 0.0)).then_some((slope, inter))
    }
}
