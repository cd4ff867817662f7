//! What is wrong with a pipeline, and where.

use std::fmt;

use crate::error::Error;
use crate::sync::Arc;

/// Where something stands in a text; lines and columns are counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character of the line.
    pub column: usize,
}

/// Something that is wrong with a pipeline.
///
/// As text: ``cells.toml:12:9: node `smooth`: unknown key `sgima`; did you mean `sigma`?``
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(crate) file: Arc<str>,
    pub(crate) place: Place,
    pub(crate) at: At,
    pub(crate) message: String,
}

/// Of what something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct At {
    /// `node`, `input` or `output`, with its name.
    pub(crate) part: Option<(&'static str, String)>,
    /// The slot or option.
    pub(crate) slot: Option<String>,
}

impl At {
    pub(crate) fn part(section: &'static str, name: &str) -> Self {
        let part = Some((section, name.to_owned()));
        Self { part, slot: None }
    }

    pub(crate) fn slot(&self, name: &str) -> Self {
        Self {
            part: self.part.clone(),
            slot: Some(name.to_owned()),
        }
    }
}

impl Problem {
    /// The file, by the name that the text was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Where in the file.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The node, input or output that it is about.
    pub fn part(&self) -> Option<&str> {
        self.at.part.as_ref().map(|(_, name)| &**name)
    }

    /// The slot or option that it is about.
    pub fn slot(&self) -> Option<&str> {
        self.at.slot.as_deref()
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column } = self.place;
        write!(f, "{}:{line}:{column}: ", self.file)?;
        if self.at.part.is_some() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.message)
    }
}

impl fmt::Display for At {
    /// Without a part, nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((section, name)) = &self.part else {
            return Ok(());
        };
        write!(f, "{section} `{name}`")?;
        match &self.slot {
            Some(slot) => write!(f, ", `{slot}`"),
            None => Ok(()),
        }
    }
}

/// Nobody reads more of them at once.
const MOST: usize = 100;

/// All that is wrong with a pipeline, in the order of the file, a line for each: what an [`Error`] of this module
/// [is](Error::downcast_ref) at its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn error(mut problems: Vec<Problem>) -> Error {
        problems.sort_by_key(|problem| problem.place);
        problems.truncate(MOST);
        Error::new(Self(problems))
    }

    /// One by one; there is at least one.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if nth > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Where the lines of a text begin.
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(ends).collect();
        Self { text, starts }
    }

    /// The place of a byte; of one beyond the end, the end.
    pub(crate) fn place(&self, byte: usize) -> Place {
        let byte = byte.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= byte);
        let before = self.text.as_bytes().get(self.starts[line - 1]..byte);
        // Bytes that begin a character.
        let characters = before.unwrap_or_default().iter().filter(|byte| (**byte as i8) >= -0x40);
        let column = characters.count() + 1;
        Place { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let lines = Lines::of("ä = 1\n\nöß = x");
        let place = |byte| {
            let Place { line, column } = lines.place(byte);
            (line, column)
        };
        assert_eq!([place(0), place(3), place(7)], [(1, 1), (1, 3), (2, 1)]);
        assert_eq!([place(8), place(15), place(99)], [(3, 1), (3, 6), (3, 7)]);
    }
}
