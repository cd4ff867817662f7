//! What a parameter can be in a file.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use toml::Spanned;
use toml::de::DeValue;

use crate::error::Error;

/// A value as it stands in a pipeline. Its [`Display`](fmt::Display) is TOML.
///
/// Two numbers are the same if their bits are, or both are NaN.
#[derive(Clone, Debug)]
pub enum Value {
    /// `true`, `false`.
    Boolean(bool),
    /// `3`.
    Integer(i64),
    /// `0.5`.
    Number(f64),
    /// `"faces"`.
    Text(String),
    /// `[1, 2]`.
    List(Vec<Value>),
    /// `{ trees = 100 }`.
    Table(Vec<(String, Value)>),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Table(a), Self::Table(b)) => a == b,
            _ => false,
        }
    }
}

impl Value {
    /// The entry called `name`, of a table that has one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let Self::Table(entries) = self else { return None };
        entries.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// What it is, for people: `the number 0.5`.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Boolean(value) => value.to_string(),
            Self::Integer(_) | Self::Number(_) => self.to_string(),
            Self::Text(text) if text.chars().count() <= 40 => format!("the text {self}"),
            Self::Text(_) => "a text".to_owned(),
            Self::List(list) => format!("a list of {}", list.len()),
            Self::Table(_) => "a table".to_owned(),
        }
    }

    /// What stands in a file.
    pub(crate) fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, String> {
        Ok(match value.get_ref() {
            DeValue::Boolean(value) => Self::Boolean(*value),
            DeValue::String(text) => Self::Text(text.clone().into_owned()),
            DeValue::Integer(digits) => {
                let number = i64::from_str_radix(digits.as_str(), digits.radix());
                Self::Integer(number.map_err(|_| format!("{digits} is too large for an integer"))?)
            }
            DeValue::Float(digits) => {
                let number = digits.as_str().parse();
                Self::Number(number.map_err(|_| format!("{digits} is no number"))?)
            }
            DeValue::Datetime(_) => return Err("no parameter is a date or a time".to_owned()),
            DeValue::Array(list) => Self::List(list.iter().map(Self::read).collect::<Result<_, _>>()?),
            DeValue::Table(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| Ok((key.get_ref().clone().into_owned(), Self::read(value)?)));
                Self::Table(entries.collect::<Result<_, String>>()?)
            }
        })
    }

    /// The same for a JSON document.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Boolean(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(list) => list.iter().map(Self::to_json).collect(),
            Self::Table(entries) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value.to_json()))
                .collect(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Number(value) if value.is_nan() => f.write_str("nan"),
            Self::Number(value) => write!(f, "{value:?}"),
            Self::Text(text) => quoted(f, text),
            Self::List(list) => {
                f.write_char('[')?;
                for (nth, value) in list.iter().enumerate() {
                    write!(f, "{}{value}", if nth > 0 { ", " } else { "" })?;
                }
                f.write_char(']')
            }
            Self::Table(entries) if entries.is_empty() => f.write_str("{}"),
            Self::Table(entries) => {
                for (nth, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{} {} = {value}", if nth > 0 { "," } else { "{" }, Key(key))?;
                }
                f.write_str(" }")
            }
        }
    }
}

/// A value as TOML: what stands behind the `=` in a file.
impl FromStr for Value {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Error::invalid(format!("`{text}` is no value of TOML: {why}"));
        let value = DeValue::parse(text).map_err(|error| refuse(&error.message().replace('\n', ", ")))?;
        Self::read(&value).map_err(|why| refuse(&why))
    }
}

/// A key of TOML: bare where that can be.
pub(crate) struct Key<'a>(pub(crate) &'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        match !self.0.is_empty() && self.0.chars().all(is_bare) {
            true => f.write_str(self.0),
            false => quoted(f, self.0),
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            '\r' => f.write_str("\\r")?,
            c if c.is_control() => write!(f, "\\u{:04X}", c as u32)?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let texts = ["", "a\"b\\c", "line\nline\ttab\r", "\u{7f}\u{0}", "größe 大きさ 🦀"];
        let texts = texts.map(|text| Value::Text(text.to_owned()));
        let numbers = [0.0, -0.0, 1.0, 1e-7, 1e300, f64::INFINITY, f64::NAN, f64::MIN_POSITIVE];
        let mut values: Vec<_> = numbers.map(Value::Number).into_iter().chain(texts).collect();
        values.extend([i64::MIN, -1, 0, i64::MAX].map(Value::Integer));
        values.push(Value::List(Vec::new()));
        values.push(Value::Table(Vec::new()));
        values.push(Value::Table(vec![
            ("a key".to_owned(), Value::Boolean(true)),
            ("b".to_owned(), Value::List(values.clone())),
        ]));
        for value in values {
            let text = value.to_string();
            assert_eq!(text.parse::<Value>().unwrap(), value, "{text}");
        }
    }
}
