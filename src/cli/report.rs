//! What is told at the end: lines for people, or one JSON object.

use std::io::{self, Write};
use std::ops::ControlFlow;

use headwater::graph::Meta;
use headwater::{Error, ErrorContext as _};
use serde_json::{Map, Value, json};

use super::escape::one_line;
use super::options::Telling;

/// A report while it is put together.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<(&'static str, String)>,
    json: Map<String, Value>,
}

impl Report {
    /// A line for people; `what` has at most nine letters.
    pub(super) fn line(&mut self, what: &'static str, text: &str) {
        self.lines.push((what, one_line(text)));
    }

    /// An entry of the JSON object.
    pub(super) fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.json.insert(key.to_owned(), value.into());
    }

    /// One more element of a list in the JSON object.
    pub(super) fn push(&mut self, key: &str, value: Value) {
        let list = self.json.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(value);
        }
    }

    /// Whether it tells what would be done.
    pub(super) fn is_plan(&self) -> bool {
        self.json.contains_key("dry_run")
    }

    /// Prints what is wanted of it.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub(super) fn print(&self, telling: &Telling) -> Result<(), Error> {
        if telling.quiet {
            return Ok(());
        }
        if telling.json {
            return print(&format!("{}\n", Value::Object(self.json.clone())));
        }
        let lines = self.lines.iter().map(|(what, text)| format!("{what:<9} {text}\n"));
        print(&lines.collect::<String>())
    }
}

/// Writes `text` to standard output. That nobody reads it any more is no failure: what was asked for has been done.
///
/// # Errors
///
/// Standard output cannot be written for another reason.
pub(super) fn print(text: &str) -> Result<(), Error> {
    offer(text).map(|_| ())
}

/// The same for what has no end of its own: whether to go on.
///
/// # Errors
///
/// As [`print`].
pub(super) fn offer(text: &str) -> Result<ControlFlow<()>, Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        outcome => outcome
            .map(ControlFlow::Continue)
            .context("cannot write to standard output"),
    }
}

/// An image for people: `512 x 512 (yx) u16`.
pub(super) fn describe(meta: &Meta) -> String {
    let lengths: Vec<_> = meta.shape().iter().map(|length| length.to_string()).collect();
    format!("{} ({}) {}", lengths.join(" x "), meta.axes(), meta.dtype())
}

/// The same as entries of a JSON object.
pub(super) fn described(meta: &Meta) -> Value {
    json!({
        "shape": meta.shape().as_slice(),
        "axes": meta.axes().to_string(),
        "dtype": meta.dtype().to_string(),
    })
}

/// `value` with the entries of `more`.
pub(super) fn joined(mut value: Value, more: Value) -> Value {
    if let (Value::Object(entries), Value::Object(more)) = (&mut value, more) {
        entries.extend(more);
    }
    value
}
