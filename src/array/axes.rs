//! What the axes of an array mean.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::roi::MAX_AXES;

/// The names of an array's axes, outermost first: one lowercase letter each, no letter twice, at most [`MAX_AXES`].
///
/// `t` is time, `z` `y` `x` are space, `c` is the channel. Other letters name axes that no kernel treats specially. As text,
/// and with the feature `serde`, the letters in their order.
///
/// # Examples
///
/// ```
/// use headwater::Axes;
///
/// let axes: Axes = "tzyxc".parse()?;
/// assert_eq!(axes.position('y'), Some(2));
/// assert_eq!(axes.spatial().collect::<Vec<_>>(), [1, 2, 3]);
/// assert!("zyz".parse::<Axes>().is_err());
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Axes {
    letters: [u8; MAX_AXES],
    len: u8,
}

impl Axes {
    /// The number of axes.
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none, as for a single number.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The letters, outermost first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = char> + '_ {
        self.letters[..self.len()].iter().map(|&letter| char::from(letter))
    }

    /// The name of the axis at `position`, if there are so many.
    pub fn letter(&self, position: usize) -> Option<char> {
        self.iter().nth(position)
    }

    /// Where the axis called `letter` is.
    pub fn position(&self, letter: char) -> Option<usize> {
        self.iter().position(|own| own == letter)
    }

    /// Whether there is an axis called `letter`.
    pub fn contains(&self, letter: char) -> bool {
        self.position(letter).is_some()
    }

    /// The positions of the axes of space, `z` `y` `x`, in the order in which they stand here.
    pub fn spatial(&self) -> impl Iterator<Item = usize> + '_ {
        self.iter()
            .enumerate()
            .filter(|(_, letter)| matches!(letter, 'z' | 'y' | 'x'))
            .map(|(position, _)| position)
    }
}

impl FromStr for Axes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |cause: String| Err(Error::invalid(format!("axes {text:?}: {cause}")));
        let mut axes = Self {
            letters: [0; MAX_AXES],
            len: 0,
        };
        for letter in text.chars() {
            if !letter.is_ascii_lowercase() {
                return refuse(format!("{letter:?} is not a lowercase letter"));
            }
            if axes.contains(letter) {
                return refuse(format!("{letter:?} occurs twice"));
            }
            if axes.len() == MAX_AXES {
                return refuse(format!("more than {MAX_AXES} axes"));
            }
            axes.letters[axes.len()] = letter as u8;
            axes.len += 1;
        }
        Ok(axes)
    }
}

impl TryFrom<&str> for Axes {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Infallible> for Error {
    /// Lets [`Axes`] stand where text that has yet to be parsed is accepted too.
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|letter| write!(f, "{letter}"))
    }
}

impl fmt::Debug for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Axes({self})")
    }
}
