//! Metadata of version 2: `.zarray`, and `.zattrs` beside it.
//!
//! Source: the specification of the storage format, version 2, at zarr-specs.readthedocs.io.

use serde_json::{Map, Value, json};

use crate::array::DType;
use crate::error::{Error, ErrorContext as _};
use crate::io::compression::Compression;
use crate::io::zarr::codec::{Blosc, Codecs, Compressor, Shuffle};
use crate::io::zarr::data_type;
use crate::io::zarr::json::{Object, shown};
use crate::io::zarr::keys::Keys;
use crate::io::zarr::metadata::{Chain, Metadata};
use crate::roi::Shape;

/// What `.zarray` says, with the `attributes` of `.zattrs`.
///
/// # Errors
///
/// What is not of version 2, or not supported.
pub(super) fn read(zarray: &Value, attributes: Map<String, Value>) -> Result<Metadata, Error> {
    let array = Object::new(zarray, "`.zarray`")?;
    if array.integer_or("zarr_format", 0)? != 2 {
        return Err(array.wrong("zarr_format", "2"));
    }
    let (dtype, endian) = data_type::by_code(array.need("dtype")?)?;
    no_filters(&array)?;
    let shape = Shape::new(array.lengths("shape")?)?;
    let order = match array.text("order")? {
        "C" => None,
        "F" if shape.rank() > 1 => Some((0..shape.rank()).rev().collect()),
        "F" => None,
        _ => return Err(array.wrong("order", "C or F")),
    };
    let separator = match array.get("dimension_separator") {
        None => ".",
        Some(_) => array.text("dimension_separator")?,
    };
    let fill = array.get("fill_value").unwrap_or(&Value::Null);
    let names = xarray_names(&attributes);
    Ok(Metadata {
        shape,
        chunk: Shape::new(array.lengths("chunks")?)?,
        dtype,
        fill: data_type::fill(fill, dtype)?,
        keys: Keys::new(Keys::V2, separator)?,
        chain: Chain {
            order,
            endian,
            codecs: compressor(array.get("compressor"), dtype)?,
        },
        shards: None,
        names,
        attributes,
    })
}

fn no_filters(array: &Object<'_>) -> Result<(), Error> {
    let Some(filters) = array.get("filters") else {
        return Ok(());
    };
    match filters.as_array() {
        Some(none) if none.is_empty() => Ok(()),
        Some(filters) => {
            let names = filters
                .iter()
                .map(|filter| filter.get("id").map_or_else(|| shown(filter), shown));
            let names: Vec<_> = names.collect();
            Err(Error::invalid(format!(
                "the filter {} is not supported",
                names.join(", ")
            )))
        }
        None => Err(array.wrong("filters", "a list")),
    }
}

/// The names that xarray gives axes.
fn xarray_names(attributes: &Map<String, Value>) -> Vec<Option<String>> {
    let names = attributes.get("_ARRAY_DIMENSIONS").and_then(Value::as_array);
    let names = names.map(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    names.unwrap_or_default()
}

fn compressor(value: Option<&Value>, dtype: DType) -> Result<Codecs, Error> {
    let mut codecs = Codecs::default();
    let Some(value) = value else { return Ok(codecs) };
    let object = Object::new(value, "the compressor")?;
    let level = |usual| object.integer_or("level", usual);
    let compressor = match object.text("id")? {
        "zstd" => Compressor::Zstd {
            level: i32::try_from(level(1)?).context("the compressor's level")?,
            checksum: object.get("checksum").and_then(Value::as_bool).unwrap_or(false),
        },
        "gzip" => Compressor::Gzip {
            level: level(1)?.clamp(0, 9) as u32,
        },
        "zlib" => Compressor::Zlib {
            level: level(1)?.clamp(0, 9) as u32,
        },
        "blosc" => {
            let shuffle = match object.integer_or("shuffle", 1)? {
                0 => Shuffle::No,
                1 => Shuffle::Byte,
                2 => Shuffle::Bit,
                // Bits of single bytes, bytes of all others.
                -1 if dtype.size() == 1 => Shuffle::Bit,
                -1 => Shuffle::Byte,
                _ => return Err(object.wrong("shuffle", "-1, 0, 1 or 2")),
            };
            let blosc = Blosc::new(
                object.text("cname")?,
                object.integer_or("clevel", 5)?,
                shuffle,
                dtype.size() as u8,
            );
            Compressor::Blosc(blosc?)
        }
        other => return Err(Error::invalid(format!("the compressor `{other:.40}` is not supported"))),
    };
    codecs.compress(compressor)?;
    Ok(codecs)
}

/// A compression as codecs, and as `.zarray` tells it.
///
/// # Errors
///
/// One that Zarr does not have.
pub(super) fn codecs_of(compression: Compression, dtype: DType) -> Result<(Codecs, Value), Error> {
    let value = match compression {
        Compression::None => Value::Null,
        Compression::Zstd(level) => json!({"id": "zstd", "level": level}),
        Compression::Deflate(level) => json!({"id": "gzip", "level": level}),
        Compression::BloscLz4(level) => blosc("lz4", level),
        Compression::BloscZstd(level) => blosc("zstd", level),
        other => return Err(Error::invalid(format!("Zarr has no compression `{other}`"))),
    };
    let codecs = compressor(Some(&value).filter(|value| !value.is_null()), dtype)?;
    Ok((codecs, value))
}

fn blosc(name: &str, level: u8) -> Value {
    json!({"id": "blosc", "cname": name, "clevel": level, "shuffle": 1, "blocksize": 0})
}

/// `.zarray` of an array as this library writes it: C order, little endian, keys with slashes.
pub(super) fn write(array: &Metadata, compressor: &Value) -> Value {
    json!({
        "zarr_format": 2,
        "shape": array.shape.as_slice(),
        "chunks": array.chunk.as_slice(),
        "dtype": data_type::code(array.dtype),
        "compressor": compressor,
        "fill_value": data_type::zero(array.dtype),
        "order": "C",
        "filters": null,
        "dimension_separator": "/",
    })
}
