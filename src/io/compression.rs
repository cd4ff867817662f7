//! How chunks and tiles are compressed.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A compression of chunks. Which a format knows, its table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// None.
    None,
    /// Zstandard, level 1 to 22; in TIFF since libtiff 4.0.10.
    Zstd(u8),
    /// Deflate, level 1 to 9: gzip in Zarr, HDF5 and N5, Adobe's deflate in TIFF.
    Deflate(u8),
    /// LZW, in TIFF.
    Lzw,
    /// Blosc with LZ4 and byte shuffle, level 1 to 9, in Zarr and N5.
    BloscLz4(u8),
    /// Blosc with Zstandard and byte shuffle, level 1 to 9, in Zarr and N5.
    BloscZstd(u8),
}

impl Compression {
    /// All, with their usual levels.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Zstd(1),
        Self::Deflate(6),
        Self::Lzw,
        Self::BloscLz4(5),
        Self::BloscZstd(3),
    ];

    /// The name, without the level.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Zstd(_) => "zstd",
            Self::Deflate(_) => "deflate",
            Self::Lzw => "lzw",
            Self::BloscLz4(_) => "blosc-lz4",
            Self::BloscZstd(_) => "blosc-zstd",
        }
    }

    fn level(self) -> Option<u8> {
        match self {
            Self::None | Self::Lzw => None,
            Self::Zstd(level) | Self::Deflate(level) | Self::BloscLz4(level) | Self::BloscZstd(level) => Some(level),
        }
    }

    fn with_level(self, level: u8) -> Option<Self> {
        match self {
            Self::Zstd(_) if (1..=22).contains(&level) => Some(Self::Zstd(level)),
            Self::Deflate(_) if (1..=9).contains(&level) => Some(Self::Deflate(level)),
            Self::BloscLz4(_) if (1..=9).contains(&level) => Some(Self::BloscLz4(level)),
            Self::BloscZstd(_) if (1..=9).contains(&level) => Some(Self::BloscZstd(level)),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level() {
            None => f.write_str(self.name()),
            Some(level) => write!(f, "{}:{level}", self.name()),
        }
    }
}

/// `zstd`, `zstd:3`, `none`: a name, with a level after a colon if it is not the usual one.
impl FromStr for Compression {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, level) = match text.split_once(':') {
            Some((name, level)) => (name, Some(level)),
            None => (text, None),
        };
        let Some(usual) = Self::ALL.into_iter().find(|one| one.name() == name) else {
            let known: Vec<_> = Self::ALL.into_iter().map(Self::name).collect();
            let known = known.join(", ");
            return Err(Error::invalid(format!(
                "`{text}` is no compression: use one of {known}"
            )));
        };
        let Some(level) = level else { return Ok(usual) };
        let leveled = level.parse().ok().and_then(|level| usual.with_level(level));
        leveled.ok_or_else(|| Error::invalid(format!("`{text}`: {name} has no level `{level}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for one in Compression::ALL.into_iter().chain([Compression::Zstd(22)]) {
            assert_eq!(one.to_string().parse::<Compression>().unwrap(), one);
        }
        assert_eq!("zstd".parse::<Compression>().unwrap(), Compression::Zstd(1));
    }

    #[test]
    fn levels_out_of_range_and_unknown_names_are_refused() {
        for text in ["zstd:0", "zstd:23", "none:1", "deflate:x", "zip", ""] {
            assert!(text.parse::<Compression>().is_err(), "{text}");
        }
    }
}
