//! Looking into JSON that a stranger wrote.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorContext as _};

/// A JSON object, and what errors call it.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    what: &'a str,
    map: &'a Map<String, Value>,
}

/// The JSON in `bytes`.
///
/// # Errors
///
/// Something else in them.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).context("its metadata are no JSON")
}

impl<'a> Object<'a> {
    /// `value` as an object.
    ///
    /// # Errors
    ///
    /// It is none.
    pub(super) fn new(value: &'a Value, what: &'a str) -> Result<Self, Error> {
        match value {
            Value::Object(map) => Ok(Self { what, map }),
            other => Err(Error::invalid(format!("{what} is {}, not an object", shown(other)))),
        }
    }

    /// The value of `key`, if there is one that is not null.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Its keys and values.
    pub(super) fn map(&self) -> &'a Map<String, Value> {
        self.map
    }

    /// The value of `key`.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(super) fn need(&self, key: &str) -> Result<&'a Value, Error> {
        self.map
            .get(key)
            .ok_or_else(|| Error::invalid(format!("{} has no `{key}`", self.what)))
    }

    /// The error of a value that cannot be what it is.
    pub(super) fn wrong(&self, key: &str, wanted: &str) -> Error {
        let found = self.map.get(key).map_or_else(|| "missing".to_owned(), shown);
        Error::invalid(format!("`{key}` of {} is {found}, not {wanted}", self.what))
    }

    /// Whether there are no other keys than these.
    ///
    /// # Errors
    ///
    /// Another one: it may change what the data mean.
    pub(super) fn only(&self, keys: &[&str]) -> Result<(), Error> {
        match self.map.keys().find(|key| !keys.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(Error::invalid(format!("`{key}` of {} is not known", self.what))),
        }
    }

    /// The text of `key`.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(super) fn text(&self, key: &str) -> Result<&'a str, Error> {
        self.need(key)?.as_str().ok_or_else(|| self.wrong(key, "a text"))
    }

    /// The whole number of `key`, or `usual` without one.
    ///
    /// # Errors
    ///
    /// Something else there.
    pub(super) fn integer_or(&self, key: &str, usual: i64) -> Result<i64, Error> {
        match self.get(key) {
            None => Ok(usual),
            Some(value) => value.as_i64().ok_or_else(|| self.wrong(key, "a whole number")),
        }
    }

    /// The lengths of axes under `key`.
    ///
    /// # Errors
    ///
    /// Something else there.
    pub(super) fn lengths(&self, key: &str) -> Result<Vec<usize>, Error> {
        let wrong = || self.wrong(key, "a list of lengths");
        let list = self.need(key)?.as_array().ok_or_else(wrong)?;
        let length = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
        list.iter().map(length).collect::<Option<_>>().ok_or_else(wrong)
    }
}

/// A value as errors show it: a stranger's may be long.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        None => format!("`{text}`"),
        Some((end, _)) => format!("`{}…`", &text[..end]),
    }
}
