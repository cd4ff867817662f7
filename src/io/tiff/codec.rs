//! How strips and tiles are compressed, and which filter goes before.

use crate::array::DType;
use crate::error::Error;

/// A compression, as the tag numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Lzw,
    Deflate,
    PackBits,
    Zstd,
    Jpeg,
}

impl Codec {
    /// The compression that the tag calls `number`.
    ///
    /// # Errors
    ///
    /// One that is not read; the error names it.
    pub(super) fn of_tag(number: u64) -> Result<Self, Error> {
        let name = match number {
            1 => return Ok(Self::None),
            5 => return Ok(Self::Lzw),
            8 | 32946 => return Ok(Self::Deflate),
            32773 => return Ok(Self::PackBits),
            50000 | 34926 => return Ok(Self::Zstd),
            7 => return Ok(Self::Jpeg),
            2..=4 => "fax",
            6 => "old JPEG",
            34712 | 33003..=33005 => "JPEG 2000",
            34887 => "LERC",
            34925 => "LZMA",
            34933 | 50001 => "WebP",
            48124 | 34934 | 50002 => "JPEG XL or XR",
            _ => "unknown",
        };
        Err(Error::invalid(format!(
            "its compression method is not supported ({name}, number {number}): \
             none, LZW, deflate, Zstandard, PackBits and JPEG are"
        )))
    }

    /// The number by which the tag calls it.
    pub(super) fn tag(self) -> u16 {
        match self {
            Self::None => 1,
            Self::Lzw => 5,
            Self::Deflate => 8,
            Self::PackBits => 32773,
            Self::Zstd => 50000,
            Self::Jpeg => 7,
        }
    }
}

/// What was done to the samples before they were compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    /// Differences to the neighbour on the left.
    Horizontal,
    /// Bytes of equal weight together, then differences between them.
    Float,
}

impl Predictor {
    /// The filter that the tag calls `number`, for samples of `dtype`.
    ///
    /// # Errors
    ///
    /// A number that is not known, or a filter that does not fit the samples.
    pub(super) fn of_tag(number: u64, dtype: DType) -> Result<Self, Error> {
        let float = matches!(dtype, DType::F32 | DType::F64);
        match number {
            1 => Ok(Self::None),
            2 if dtype != DType::Bool => Ok(Self::Horizontal),
            3 if float => Ok(Self::Float),
            _ => Err(Error::invalid(format!(
                "a predictor of kind {number} for samples of type {dtype}"
            ))),
        }
    }

    /// The number by which the tag calls it.
    pub(super) fn tag(self) -> u16 {
        match self {
            Self::None => 1,
            Self::Horizontal => 2,
            Self::Float => 3,
        }
    }
}
