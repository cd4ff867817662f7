//! Which elements are neighbours.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// Which elements are neighbours: those that differ by 1 along so many axes of space at once.
///
/// | | 1-D | 2-D | 3-D | scipy's `generate_binary_structure(rank, …)` |
/// |---|---|---|---|---|
/// | `Faces` | 2 | 4 | 6 | 1 |
/// | `Edges` | 2 | 8 | 18 | 2 |
/// | `Full` | 2 | 8 | 26 | 3 |
///
/// As text, `"faces"`, `"edges"` and `"full"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Connectivity {
    /// Along one axis: they share a face.
    #[default]
    Faces,
    /// Along one axis or two: they share an edge at least.
    Edges,
    /// Along any number of axes: they share a corner at least.
    Full,
}

impl Connectivity {
    /// Along how many axes at once neighbours may differ.
    pub const fn axes(self) -> usize {
        match self {
            Self::Faces => 1,
            Self::Edges => 2,
            Self::Full => 3,
        }
    }

    /// Its name as text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Faces => "faces",
            Self::Edges => "edges",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Connectivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Connectivity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let all = [Self::Faces, Self::Edges, Self::Full];
        let found = all.into_iter().find(|own| own.name() == text);
        found.ok_or_else(|| Error::invalid(format!("{text:?} is no connectivity: faces, edges, full")))
    }
}
