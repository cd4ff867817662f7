//! What a parameter may be: one description for the check, the schema and people.

use std::fmt;

use serde_json::{Value as Json, json};

use crate::pipeline::nearest::unknown;
use crate::pipeline::value::Value;

/// Which values a parameter takes.
///
/// Everything that can be said without knowing the image is said here, so that the parser, the schema for editors and the
/// list of operators agree. Its [`Display`](fmt::Display) is for people: `a number of at least 0`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer {
        /// The least that is taken.
        least: i64,
        /// The greatest that is taken.
        greatest: i64,
    },
    /// A finite number.
    Number {
        /// The least that is taken; [`f64::MIN`] for all.
        least: f64,
        /// The greatest that is taken; [`f64::MAX`] for all.
        greatest: f64,
        /// Whether the least itself is not taken.
        above: bool,
    },
    /// Any text.
    Text,
    /// A text of a form: what it is called, and a regular expression that says more or less the same to an editor.
    Form(&'static str, &'static str),
    /// A place of files, relative to the folder of the pipeline.
    Path,
    /// One of these texts.
    Choice(Vec<String>),
    /// A list.
    List {
        /// Of what.
        of: Box<Kind>,
        /// How many there are at least.
        least: usize,
        /// How many there are at most.
        greatest: usize,
    },
    /// One of these.
    Either(Vec<Kind>),
    /// This, or the text `none`.
    Optional(Box<Kind>),
    /// A table with these entries, each of which may be missing.
    Table(Vec<(&'static str, Kind)>),
}

impl Kind {
    /// Any finite number.
    pub const NUMBER: Self = Self::Number {
        least: f64::MIN,
        greatest: f64::MAX,
        above: false,
    };

    /// A list of any length.
    pub fn list(of: Kind) -> Self {
        Self::List {
            of: Box::new(of),
            least: 0,
            greatest: usize::MAX,
        }
    }

    /// The same for numbers from `least` to `greatest` only, wherever there are numbers in it.
    pub(crate) fn within(self, least: f64, greatest: f64, above: bool) -> Self {
        let inner = |kind: Box<Kind>| Box::new(kind.within(least, greatest, above));
        match self {
            Self::Number { .. } => Self::Number { least, greatest, above },
            Self::Integer {
                least: first,
                greatest: last,
            } => Self::Integer {
                // `as` saturates.
                least: first.max(least as i64),
                greatest: last.min(greatest as i64),
            },
            Self::List { of, least, greatest } => Self::List {
                of: inner(of),
                least,
                greatest,
            },
            Self::Optional(of) => Self::Optional(inner(of)),
            Self::Either(kinds) => {
                let kinds = kinds.into_iter().map(|kind| kind.within(least, greatest, above));
                Self::Either(kinds.collect())
            }
            other => other,
        }
    }

    /// `value` as this, a whole number made a number where one is wanted; or what is wrong with it.
    pub(crate) fn check(&self, value: Value) -> Result<Value, String> {
        let refuse = |value: &Value| Err(format!("it takes {self}, not {}", value.told()));
        match (self, value) {
            (Self::Boolean, value @ Value::Boolean(_))
            | (Self::Text | Self::Path | Self::Form(..), value @ Value::Text(_)) => Ok(value),
            (Self::Integer { least, greatest }, Value::Integer(value)) if (*least..=*greatest).contains(&value) => {
                Ok(Value::Integer(value))
            }
            // Whole numbers beyond 2⁵³ are rounded, as those of a float would be.
            (Self::Number { .. }, Value::Integer(value)) if self.admits(value as f64) => {
                Ok(Value::Number(value as f64))
            }
            (Self::Number { .. }, Value::Number(value)) if self.admits(value) => Ok(Value::Number(value)),
            (Self::Choice(choices), Value::Text(text)) if !choices.contains(&text) => {
                Err(unknown("value", &text, choices.iter().map(|choice| &**choice)))
            }
            (Self::Choice(_), value @ Value::Text(_)) => Ok(value),
            (Self::List { of, least, greatest }, Value::List(list)) if (*least..=*greatest).contains(&list.len()) => {
                let checked = list.into_iter().enumerate().map(|(nth, value)| {
                    let checked = of.check(value);
                    checked.map_err(|wrong| format!("element {nth} of the list: {wrong}"))
                });
                Ok(Value::List(checked.collect::<Result<_, _>>()?))
            }
            (Self::Either(kinds), value) => {
                let taken = kinds.iter().find_map(|kind| kind.check(value.clone()).ok());
                // Of a list it is the element that is wrong, and the list that says so.
                let list = kinds
                    .iter()
                    .find(|kind| matches!((kind, &value), (Self::List { .. }, Value::List(_))));
                match (taken, list) {
                    (Some(value), _) => Ok(value),
                    (None, Some(list)) => list.check(value),
                    (None, None) => refuse(&value),
                }
            }
            (Self::Optional(_), Value::Text(text)) if text == "none" => Ok(Value::Text(text)),
            (Self::Optional(of), value) => of.check(value),
            (Self::Table(known), Value::Table(entries)) => check_entries(known, entries),
            (_, value) => refuse(&value),
        }
    }

    fn admits(&self, number: f64) -> bool {
        let Self::Number { least, greatest, above } = *self else {
            return false;
        };
        number.is_finite() && number >= least && number <= greatest && !(above && number == least)
    }

    /// What JSON Schema calls it.
    pub(crate) fn schema(&self) -> Json {
        match self {
            Self::Boolean => json!({ "type": "boolean" }),
            Self::Integer { least, greatest } => {
                let mut schema = json!({ "type": "integer" });
                if *least > i64::MIN {
                    schema["minimum"] = (*least).into();
                }
                if *greatest < i64::MAX {
                    schema["maximum"] = (*greatest).into();
                }
                schema
            }
            Self::Number { least, greatest, above } => {
                let mut schema = json!({ "type": "number" });
                if *least > f64::MIN {
                    schema[if *above { "exclusiveMinimum" } else { "minimum" }] = (*least).into();
                }
                if *greatest < f64::MAX {
                    schema["maximum"] = (*greatest).into();
                }
                schema
            }
            Self::Text | Self::Path => json!({ "type": "string" }),
            Self::Form(_, pattern) => json!({ "type": "string", "pattern": pattern }),
            Self::Choice(choices) => json!({ "enum": choices }),
            Self::List { of, least, greatest } => {
                let mut schema = json!({ "type": "array", "items": of.schema() });
                if *least > 0 {
                    schema["minItems"] = (*least).into();
                }
                if *greatest < usize::MAX {
                    schema["maxItems"] = (*greatest).into();
                }
                schema
            }
            Self::Either(kinds) => json!({ "anyOf": kinds.iter().map(Self::schema).collect::<Vec<_>>() }),
            Self::Optional(of) => json!({ "anyOf": [of.schema(), { "const": "none" }] }),
            Self::Table(known) => {
                let properties: serde_json::Map<_, _> = known
                    .iter()
                    .map(|(name, kind)| ((*name).to_owned(), kind.schema()))
                    .collect();
                json!({ "type": "object", "properties": properties, "additionalProperties": false })
            }
        }
    }
}

fn check_entries(known: &[(&'static str, Kind)], entries: Vec<(String, Value)>) -> Result<Value, String> {
    let mut checked = Vec::new();
    // In the order of the description, so that two tables that say the same are the same.
    for (name, kind) in known {
        let Some((_, value)) = entries.iter().find(|(own, _)| own == name) else {
            continue;
        };
        let value = kind
            .check(value.clone())
            .map_err(|wrong| format!("`{name}`: {wrong}"))?;
        checked.push(((*name).to_owned(), value));
    }
    let stranger = entries
        .iter()
        .find(|(name, _)| known.iter().all(|(own, _)| own != name));
    match stranger {
        Some((name, _)) => Err(unknown("key", name, known.iter().map(|(own, _)| *own))),
        None => Ok(Value::Table(checked)),
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("true or false"),
            Self::Integer { least, greatest } => {
                f.write_str("a whole number")?;
                match (*least > i64::MIN, *greatest < i64::MAX) {
                    (true, true) => write!(f, " from {least} to {greatest}"),
                    (true, false) => write!(f, " of at least {least}"),
                    (false, true) => write!(f, " of at most {greatest}"),
                    (false, false) => Ok(()),
                }
            }
            Self::Number { least, greatest, above } => {
                f.write_str("a number")?;
                match (*least > f64::MIN, *greatest < f64::MAX) {
                    (true, true) if *above => write!(f, " above {least}, up to {greatest}"),
                    (true, true) => write!(f, " from {least} to {greatest}"),
                    (true, false) if *above => write!(f, " above {least}"),
                    (true, false) => write!(f, " of at least {least}"),
                    (false, true) => write!(f, " of at most {greatest}"),
                    (false, false) => Ok(()),
                }
            }
            Self::Text => f.write_str("a text"),
            Self::Form(name, _) => f.write_str(name),
            Self::Path => f.write_str("a path"),
            Self::Choice(choices) => {
                let choices: Vec<_> = choices.iter().map(|choice| format!("\"{choice}\"")).collect();
                f.write_str(&choices.join(" or "))
            }
            Self::List { of, least, greatest } => {
                match (*least, *greatest) {
                    (least, greatest) if least == greatest => write!(f, "a list of {least}")?,
                    (0, usize::MAX) => f.write_str("a list")?,
                    (least, usize::MAX) => write!(f, "a list of at least {least}")?,
                    (0, greatest) => write!(f, "a list of at most {greatest}")?,
                    (least, greatest) => write!(f, "a list of {least} to {greatest}")?,
                }
                write!(f, ", each {of}")
            }
            Self::Either(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(ToString::to_string).collect();
                f.write_str(&kinds.join(", or "))
            }
            Self::Optional(of) => write!(f, "{of}, or \"none\""),
            Self::Table(known) => {
                let names: Vec<_> = known.iter().map(|(name, _)| format!("`{name}`")).collect();
                write!(f, "a table of {}", names.join(", "))
            }
        }
    }
}
