//! In which order the lines of a frame were taken.

use crate::error::Error;

/// Whether a frame is one picture or two that lie in each other, line by line. Nothing is made of it here but that it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interlacing {
    /// Nothing is said: `?`.
    #[default]
    Unknown,
    /// One picture: `p`.
    Progressive,
    /// Two, of which that of the first line is the earlier: `t`.
    TopFirst,
    /// Two, of which that of the second line is the earlier: `b`.
    BottomFirst,
    /// The frames tell: `m`.
    Mixed,
}

impl Interlacing {
    pub(super) fn letter(self) -> char {
        match self {
            Self::Unknown => '?',
            Self::Progressive => 'p',
            Self::TopFirst => 't',
            Self::BottomFirst => 'b',
            Self::Mixed => 'm',
        }
    }

    /// # Errors
    ///
    /// No letter that is known.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let all = [
            Self::Unknown,
            Self::Progressive,
            Self::TopFirst,
            Self::BottomFirst,
            Self::Mixed,
        ];
        let found = all.into_iter().find(|kind| text.chars().eq([kind.letter()]));
        found.ok_or_else(|| Error::invalid(format!("interlacing `{text}` is not known")))
    }
}
