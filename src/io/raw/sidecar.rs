//! The description beside bare samples.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::array::{Axes, DType};
use crate::error::Error;
use crate::graph::{Meta, PixelSize};
use crate::io::axes::axes_by_shape;
use crate::io::bytes::Endian;
use crate::roi::Shape;

/// The longest description that is read.
pub(crate) const LONGEST: u64 = 1 << 20;
/// The longest of two images, while one replaces the other: they are indented.
pub(super) const BOTH: u64 = 4 * LONGEST;

/// What stands in `NAME.raw.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sidecar {
    pub(super) shape: Vec<usize>,
    #[serde(default, deserialize_with = "parsed_if", serialize_with = "shown_if")]
    pub(super) axes: Option<Axes>,
    #[serde(deserialize_with = "parsed", serialize_with = "shown")]
    pub(super) dtype: DType,
    #[serde(default)]
    pub(super) byte_order: ByteOrder,
    #[serde(default)]
    pub(super) offset: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pixel_size: Option<Vec<Pixel>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) channels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) range: Option<[f64; 2]>,
}

/// The order of bytes in a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ByteOrder {
    #[default]
    Little,
    Big,
}

impl From<ByteOrder> for Endian {
    fn from(order: ByteOrder) -> Self {
        match order {
            ByteOrder::Little => Self::Little,
            ByteOrder::Big => Self::Big,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pixel {
    size: f64,
    #[serde(default)]
    unit: String,
}

impl Sidecar {
    /// Where the description of the samples at `path` lies.
    pub(super) fn path(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(".json");
        name.into()
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if text.len() as u64 > LONGEST {
            return Err(Error::invalid("it is longer than a megabyte"));
        }
        serde_json::from_str(text).map_err(|error| Error::invalid(error.to_string()))
    }

    /// Where the samples begin.
    #[cfg(feature = "object-store")]
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The order of bytes in a sample.
    #[cfg(feature = "object-store")]
    pub(crate) fn order(&self) -> Endian {
        self.byte_order.into()
    }

    /// The description of samples like `meta`, in this machine's order.
    pub(crate) fn of(meta: &Meta) -> Self {
        let pixel = |pixel: &PixelSize| Pixel {
            size: pixel.size,
            unit: pixel.unit.to_string(),
        };
        Self {
            shape: meta.shape().as_slice().to_vec(),
            axes: Some(meta.axes()),
            dtype: meta.dtype(),
            byte_order: match Endian::NATIVE {
                Endian::Little => ByteOrder::Little,
                Endian::Big => ByteOrder::Big,
            },
            offset: 0,
            pixel_size: meta.pixel_size().map(|sizes| sizes.iter().map(pixel).collect()),
            channels: meta.channel_names().iter().map(|name| name.to_string()).collect(),
            range: meta
                .range()
                .map(|(least, greatest)| [least, greatest])
                .filter(|range| range.iter().all(|v| v.is_finite())),
        }
    }

    /// Its text.
    ///
    /// # Errors
    ///
    /// Longer than a description may be.
    pub(crate) fn text(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self).map_err(Error::new)? + "\n";
        match text.len() as u64 <= LONGEST {
            true => Ok(text),
            false => Err(Error::invalid("its description is longer than a megabyte")),
        }
    }

    /// The description of an image; `axes` have precedence.
    ///
    /// # Errors
    ///
    /// Numbers of axes, pixel sizes or channels that do not fit.
    pub(crate) fn meta(&self, axes: Option<Axes>) -> Result<Meta, Error> {
        let shape = Shape::new(&self.shape)?;
        let axes = match axes.or(self.axes) {
            Some(axes) => axes,
            None => axes_by_shape(&shape)?,
        };
        let mut meta = Meta::new(shape, self.dtype, axes)?;
        if let Some(sizes) = &self.pixel_size {
            meta = meta.with_pixel_size(sizes.iter().map(|pixel| PixelSize {
                size: pixel.size,
                unit: pixel.unit.as_str().into(),
            }))?;
        }
        if let Some([least, greatest]) = self.range {
            meta = meta.with_range(least, greatest);
        }
        let channels = axes.position('c').map_or(1, |axis| shape[axis]);
        if !self.channels.is_empty() && self.channels.len() != channels {
            let names = self.channels.len();
            return Err(Error::invalid(format!("{names} names for {channels} channels")));
        }
        Ok(meta.with_channel_names(self.channels.iter().map(String::as_str)))
    }
}

/// The description at `path` as it is, if there is one; no more than the longest may have, and a byte.
///
/// # Errors
///
/// The file system's.
pub(super) fn bytes(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        // Opening a pipe could block for ever.
        Ok(_) => return Err(Error::invalid("it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(BOTH + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err = Error>>(text: D) -> Result<T, D::Error> {
    let text = String::deserialize(text)?;
    text.parse().map_err(|error: Error| de::Error::custom(error.report()))
}

fn parsed_if<'de, D: Deserializer<'de>, T: FromStr<Err = Error>>(text: D) -> Result<Option<T>, D::Error> {
    parsed(text).map(Some)
}

fn shown<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

fn shown_if<S: Serializer>(value: &Option<impl Display>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_str(""),
    }
}
