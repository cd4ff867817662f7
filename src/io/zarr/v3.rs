//! Metadata of version 3: `zarr.json`.
//!
//! Source: the core specification, version 3, and those of its codecs, at zarr-specs.readthedocs.io.

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::io::zarr::json::{Object, shown};
use crate::io::zarr::keys::Keys;
use crate::io::zarr::metadata::Metadata;
use crate::io::zarr::{codecs_v3, data_type};
use crate::roi::Shape;

const KEYS: [&str; 11] = [
    "zarr_format",
    "node_type",
    "shape",
    "data_type",
    "chunk_grid",
    "chunk_key_encoding",
    "fill_value",
    "codecs",
    "attributes",
    "dimension_names",
    "storage_transformers",
];

/// What the `zarr.json` of an array says.
///
/// # Errors
///
/// What is not of version 3, or not supported.
pub(super) fn read(value: &Value) -> Result<Metadata, Error> {
    let array = Object::new(value, "`zarr.json`")?;
    check_keys(&array)?;
    let shape = Shape::new(array.lengths("shape")?)?;
    let dtype = data_type::by_name(array.need("data_type")?)?;
    let (grid, grid_options) = named(array.need("chunk_grid")?, "the chunk grid")?;
    if grid != "regular" {
        return Err(Error::invalid(format!("the chunk grid `{grid:.40}` is not supported")));
    }
    let chunk = Shape::new(Object::new(&grid_options, "the chunk grid")?.lengths("chunk_shape")?)?;
    let codecs = array
        .need("codecs")?
        .as_array()
        .ok_or_else(|| array.wrong("codecs", "a list"))?;
    let (chain, shards) = codecs_v3::read(codecs, dtype, shape.rank())?;
    Ok(Metadata {
        shape,
        chunk,
        dtype,
        fill: data_type::fill(array.need("fill_value")?, dtype)?,
        keys: keys(array.need("chunk_key_encoding")?)?,
        chain,
        shards,
        names: dimension_names(&array)?,
        attributes: attributes(&array)?,
    })
}

/// The attributes of a node.
///
/// # Errors
///
/// They are no object.
pub(super) fn attributes(node: &Object<'_>) -> Result<Map<String, Value>, Error> {
    match node.get("attributes") {
        None => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map.clone()),
        Some(_) => Err(node.wrong("attributes", "an object")),
    }
}

/// Keys that are not known may be left alone only where they say so.
fn check_keys(array: &Object<'_>) -> Result<(), Error> {
    if array.integer_or("zarr_format", 0)? != 3 {
        return Err(array.wrong("zarr_format", "3"));
    }
    let optional = |value: &Value| value.get("must_understand") == Some(&Value::Bool(false));
    let unknown = array
        .map()
        .iter()
        .find(|(key, value)| !KEYS.contains(&key.as_str()) && !optional(value));
    if let Some((key, _)) = unknown {
        return Err(Error::invalid(format!("`{key:.40}` of `zarr.json` is not known")));
    }
    match array.get("storage_transformers") {
        Some(Value::Array(list)) if list.is_empty() => Ok(()),
        None => Ok(()),
        Some(other) => Err(Error::invalid(format!(
            "the storage transformers {} are not supported",
            shown(other)
        ))),
    }
}

fn dimension_names(array: &Object<'_>) -> Result<Vec<Option<String>>, Error> {
    let Some(names) = array.get("dimension_names") else {
        return Ok(Vec::new());
    };
    let names = names
        .as_array()
        .ok_or_else(|| array.wrong("dimension_names", "a list"))?;
    Ok(names.iter().map(|name| name.as_str().map(str::to_owned)).collect())
}

/// An extension's name and its options, which are an object.
///
/// # Errors
///
/// It is none.
pub(super) fn named(value: &Value, what: &str) -> Result<(String, Value), Error> {
    if let Some(name) = value.as_str() {
        return Ok((name.to_owned(), json!({})));
    }
    let object = Object::new(value, what)?;
    let options = object.get("configuration").cloned().unwrap_or_else(|| json!({}));
    Ok((object.text("name")?.to_owned(), options))
}

fn keys(value: &Value) -> Result<Keys, Error> {
    let (name, options) = named(value, "the encoding of chunk keys")?;
    let options = Object::new(&options, "the encoding of chunk keys")?;
    let separator = |usual| match options.get("separator") {
        None => Ok(usual),
        Some(_) => options.text("separator"),
    };
    match name.as_str() {
        "default" => Keys::new(Keys::Default, separator("/")?),
        "v2" => Keys::new(Keys::V2, separator(".")?),
        other => Err(Error::invalid(format!(
            "keys of chunks encoded as `{other:.40}` are not supported"
        ))),
    }
}

/// `zarr.json` of an array as this library writes it: keys with slashes.
pub(super) fn write(array: &Metadata, codecs: &[Value]) -> Value {
    let mut value = json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": array.shape.as_slice(),
        "data_type": data_type::name(array.dtype),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": array.chunk.as_slice()}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": data_type::zero(array.dtype),
        "codecs": codecs,
        "attributes": array.attributes,
    });
    if !array.names.is_empty() {
        value["dimension_names"] = json!(array.names);
    }
    value
}
