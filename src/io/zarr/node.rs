//! What lies at a place in a store: an array, a group, or nothing.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::io::open::Open;
use crate::io::zarr::json::{self, Object};
use crate::io::zarr::metadata::Metadata;
use crate::io::zarr::store::Store;
use crate::io::zarr::{keys, v2, v3};

/// Metadata are read whole; no honest ones are longer.
const LONGEST: u64 = 16 << 20;
/// JSON in memory takes up to so many times its length, with what grows while it is read, and a copy of the attributes.
const JSON_IN_MEMORY: u64 = 64;

/// A node of the tree in a store.
pub(super) enum Node {
    Array(Box<Metadata>),
    /// With its attributes.
    Group(Map<String, Value>),
}

/// A path as the beginning of keys: empty, or ending with a slash.
pub(super) fn prefix(path: &str) -> String {
    match path.trim_matches('/') {
        "" => String::new(),
        path => format!("{path}/"),
    }
}

impl Node {
    /// The node at `path`, if there is one.
    ///
    /// # Errors
    ///
    /// Metadata that are damaged or not supported; the store's error.
    pub(super) fn read(store: &dyn Store, path: &str, how: &Open) -> Result<Option<Self>, Error> {
        keys::check(path)?;
        let prefix = prefix(path);
        let at = |file: &str| json_at(store, &format!("{prefix}{file}"), how);
        if let Some(value) = at("zarr.json")? {
            return Self::of_v3(&value)
                .map(Some)
                .map_err(|cause| named(cause, &prefix, "zarr.json"));
        }
        let attributes = match at(".zattrs")? {
            None => None,
            Some(Value::Object(map)) => Some(map),
            Some(_) => return Err(named(Error::invalid("it is no object"), &prefix, ".zattrs")),
        };
        if let Some(zarray) = at(".zarray")? {
            let array = v2::read(&zarray, attributes.unwrap_or_default());
            let array = array.map_err(|cause| named(cause, &prefix, ".zarray"))?;
            return Ok(Some(Self::Array(Box::new(array))));
        }
        match attributes {
            Some(attributes) => Ok(Some(Self::Group(attributes))),
            None => Ok(at(".zgroup")?.map(|_| Self::Group(Map::new()))),
        }
    }

    fn of_v3(value: &Value) -> Result<Self, Error> {
        let object = Object::new(value, "`zarr.json`")?;
        match object.text("node_type")? {
            "array" => Ok(Self::Array(Box::new(v3::read(value)?))),
            "group" if object.integer_or("zarr_format", 0)? == 3 => Ok(Self::Group(v3::attributes(&object)?)),
            "group" => Err(object.wrong("zarr_format", "3")),
            _ => Err(object.wrong("node_type", "array or group")),
        }
    }
}

fn named(cause: Error, prefix: &str, file: &str) -> Error {
    cause.context(format!("`{prefix}{file}`"))
}

fn json_at(store: &dyn Store, key: &str, how: &Open) -> Result<Option<Value>, Error> {
    let limit = how.limit;
    let read = || {
        if store.is_near() {
            // In a store that is far, asking would take as long as reading.
            let length = store.length(key)?.unwrap_or(0);
            limit.admit(length.saturating_mul(JSON_IN_MEMORY))?;
        }
        let mut bytes = Vec::new();
        if !store.get(key, LONGEST.min(limit.get()), &mut bytes, &how.checkpoint)? {
            return Ok(None);
        }
        limit.admit((bytes.len() as u64).saturating_mul(JSON_IN_MEMORY))?;
        json::parse(&bytes).map(Some)
    };
    read().map_err(|cause: Error| cause.context(format!("`{key}`")))
}
