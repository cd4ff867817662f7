//! What `attributes.json` says of a dataset.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::array::{Axes, DType};
use crate::error::{Error, ErrorContext as _};
use crate::graph::{Meta, PixelSize};
use crate::io::axes::axes_by_shape;
use crate::io::channels::with_channels;
use crate::io::compression::Compression;
use crate::roi::Shape;

pub(super) const FILE: &str = "attributes.json";
/// The longest that is read.
pub(super) const LONGEST: u64 = 1 << 20;

/// The types, by the names of N5.
const TYPES: [(&str, DType); 10] = [
    ("uint8", DType::U8),
    ("uint16", DType::U16),
    ("uint32", DType::U32),
    ("uint64", DType::U64),
    ("int8", DType::I8),
    ("int16", DType::I16),
    ("int32", DType::I32),
    ("int64", DType::I64),
    ("float32", DType::F32),
    ("float64", DType::F64),
];

/// How blocks are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Raw,
    Gzip(u32),
    Zstd(i32),
}

impl Codec {
    /// # Errors
    ///
    /// N5 has no such compression.
    pub(super) fn of(compression: Compression) -> Result<Self, Error> {
        match compression {
            Compression::None => Ok(Self::Raw),
            Compression::Deflate(level) => Ok(Self::Gzip(level.into())),
            Compression::Zstd(level) => Ok(Self::Zstd(level.into())),
            other => Err(Error::invalid(format!(
                "{other} is not written into N5: use none, deflate or zstd"
            ))),
        }
    }
}

/// The attributes in `folder`, if there are any.
///
/// # Errors
///
/// The file system's, a text that is no JSON.
pub(super) fn load(folder: &Path) -> Result<Option<Value>, Error> {
    let path = folder.join(FILE);
    let open = || match fs::metadata(&path)?.is_file() {
        true => File::open(&path),
        // Opening a pipe could block for ever.
        false => Err(std::io::Error::other("it is not a regular file")),
    };
    let file = match open() {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::from(error).context(format!("`{}`", path.display()))),
    };
    let mut text = Vec::new();
    let read = file.take(LONGEST + 1).read_to_end(&mut text);
    let parsed = read
        .map_err(Error::from)
        .and_then(|length| match length as u64 > LONGEST {
            true => Err(Error::invalid("it is longer than a megabyte")),
            false => parse_text(&text),
        });
    parsed.map(Some).context(format!("`{}`", path.display()))
}

/// # Errors
///
/// It is no JSON.
pub(super) fn parse_text(text: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(text).map_err(|error| Error::invalid(error.to_string()))
}

/// Whether they are those of a dataset.
pub(super) fn is_dataset(attributes: &Value) -> bool {
    attributes.get("dimensions").is_some()
}

/// Description, shape of a block, compression; in our order of axes.
///
/// # Errors
///
/// Something is missing, or not supported, or does not fit the rest.
pub(super) fn parse(attributes: &Value, axes: Option<Axes>) -> Result<(Meta, Shape, Codec), Error> {
    let shape = lengths(attributes, "dimensions")?;
    let block = lengths(attributes, "blockSize")?;
    if block.rank() != shape.rank() || block.is_empty() {
        return Err(Error::invalid(format!(
            "blocks of {block} do not fit the shape {shape}"
        )));
    }
    let name = attributes.get("dataType").and_then(Value::as_str).unwrap_or_default();
    let dtype = TYPES.iter().find(|(known, _)| *known == name).map(|(_, dtype)| *dtype);
    let dtype = dtype.ok_or_else(|| Error::invalid(format!("samples of type `{name:.40}` are not supported")))?;
    let axes = match axes.or_else(|| axes_of(attributes, shape.rank())) {
        Some(axes) => axes,
        None => axes_by_shape(&shape)?,
    };
    let meta = with_sizes(Meta::new(shape, dtype, axes)?, attributes)?;
    let meta = with_channels(meta, attributes.get("channels"));
    let clipped = block
        .iter()
        .zip(shape.iter())
        .map(|(block, whole)| block.min(whole.max(1)));
    let ideal = Shape::new(clipped.collect::<Vec<_>>())?;
    Ok((meta.with_ideal_block(ideal), block, codec(attributes)?))
}

fn lengths(attributes: &Value, key: &str) -> Result<Shape, Error> {
    let wrong = || Error::invalid(format!("`{key}` is no list of lengths"));
    let list = attributes.get(key).and_then(Value::as_array).ok_or_else(wrong)?;
    let lengths = list
        .iter()
        .rev()
        .map(|length| length.as_u64().and_then(|n| usize::try_from(n).ok()));
    let lengths = lengths.collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
    Ok(Shape::new(lengths)?)
}

fn codec(attributes: &Value) -> Result<Codec, Error> {
    // The first version had a bare name in another key.
    let (told, old) = (attributes.get("compression"), attributes.get("compressionType"));
    let name = told.and_then(|told| told.get("type")).or(old).and_then(Value::as_str);
    match name {
        Some("raw") => Ok(Codec::Raw),
        Some("gzip") if told.and_then(|told| told.get("useZlib")) == Some(&json!(true)) => {
            Err(Error::invalid("blocks in a frame of zlib are not supported"))
        }
        Some("gzip") => Ok(Codec::Gzip(6)),
        Some("zstd") => Ok(Codec::Zstd(3)),
        Some(other) => Err(Error::invalid(format!(
            "blocks compressed by `{other:.40}` are not supported: raw, gzip and zstd are"
        ))),
        None => Err(Error::invalid("it does not say how its blocks are compressed")),
    }
}

/// `axistags`, as ilastik writes them in our order, or `axes` in the file's.
fn axes_of(attributes: &Value, rank: usize) -> Option<Axes> {
    let tags = || {
        let told = attributes.get("axistags")?;
        // A text with JSON in it, or the JSON itself.
        let told = match told.as_str() {
            Some(text) => serde_json::from_str(text).ok()?,
            None => told.clone(),
        };
        let tags = told.get("axes")?.as_array()?;
        letters(tags.iter().map(|tag| tag.get("key")))
    };
    let plain = || letters(attributes.get("axes")?.as_array()?.iter().rev().map(Some));
    tags().or_else(plain).filter(|axes| axes.len() == rank)
}

fn letters<'a>(list: impl Iterator<Item = Option<&'a Value>>) -> Option<Axes> {
    let text = |value: Option<&'a Value>| value?.as_str().map(str::to_ascii_lowercase);
    list.map(text).collect::<Option<String>>()?.parse().ok()
}

fn with_sizes(meta: Meta, attributes: &Value) -> Result<Meta, Error> {
    let Some(sizes) = attributes.get("resolution").and_then(Value::as_array) else {
        return Ok(meta);
    };
    let units = attributes.get("units").and_then(Value::as_array);
    let unit = |n: usize| units.and_then(|units| units.get(n)?.as_str()).unwrap_or_default();
    let sizes = sizes.iter().enumerate().rev().map(|(n, size)| {
        let size = size.as_f64().unwrap_or(f64::NAN);
        let unit = unit(n).into();
        PixelSize { size, unit }
    });
    meta.with_pixel_size(sizes)
}

/// The attributes of a dataset like `meta`.
pub(super) fn of(meta: &Meta, block: &Shape, codec: Codec) -> Value {
    let reversed = |shape: &Shape| shape.iter().rev().collect::<Vec<_>>();
    let dtype = match meta.dtype() {
        DType::Bool => DType::U8,
        other => other,
    };
    let name = TYPES.iter().find(|(_, known)| *known == dtype).map(|(name, _)| *name);
    let mut all = json!({
        "dimensions": reversed(&meta.shape()),
        "blockSize": reversed(block),
        "dataType": name,
        "compression": match codec {
            Codec::Raw => json!({"type": "raw"}),
            Codec::Gzip(level) => json!({"type": "gzip", "level": level, "useZlib": false}),
            Codec::Zstd(level) => json!({"type": "zstd", "level": level}),
        },
        "axes": meta.axes().to_string().chars().rev().map(String::from).collect::<Vec<_>>(),
    });
    if let Some(sizes) = meta.pixel_size() {
        all["resolution"] = sizes.iter().rev().map(|pixel| pixel.size).collect();
        all["units"] = sizes.iter().rev().map(|pixel| pixel.unit.to_string()).collect();
    }
    if !meta.channel_names().is_empty() {
        all["channels"] = meta.channel_names().iter().map(|name| name.to_string()).collect();
    }
    all
}
