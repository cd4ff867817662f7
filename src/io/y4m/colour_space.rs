//! Which planes a frame has, and of how many bits.

use std::fmt;
use std::str::FromStr;

use crate::array::DType;
use crate::error::Error;

/// How the colour differences are stored. The names are those of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chroma {
    /// Luma alone.
    Mono,
    /// One for two by two pixels, wherever in it; what a header without a colour space means.
    C420,
    /// The same, in the middle of the four, as in JPEG and MPEG-1.
    C420Jpeg,
    /// The same, between the two on the left, as in MPEG-2 and later.
    C420Mpeg2,
    /// The same, as in DV of PAL.
    C420Paldv,
    /// One for four pixels of a line.
    C411,
    /// One for two pixels of a line.
    C422,
    /// One for each pixel.
    C444,
    /// The same, with a plane of opacity.
    C444Alpha,
}

impl Chroma {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Mono, "mono"),
        (Self::C420, "420"),
        (Self::C420Jpeg, "420jpeg"),
        (Self::C420Mpeg2, "420mpeg2"),
        (Self::C420Paldv, "420paldv"),
        (Self::C411, "411"),
        (Self::C422, "422"),
        (Self::C444, "444"),
        (Self::C444Alpha, "444alpha"),
    ];

    fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(chroma, _)| *chroma == self);
        found.expect("invariant: all are listed").1
    }

    /// For how many pixels, down and across, there is a sample of each colour difference.
    pub(super) fn block(self) -> (usize, usize) {
        match self {
            Self::C420 | Self::C420Jpeg | Self::C420Mpeg2 | Self::C420Paldv => (2, 2),
            Self::C411 => (1, 4),
            Self::C422 => (1, 2),
            Self::Mono | Self::C444 | Self::C444Alpha => (1, 1),
        }
    }

    /// Luma, colour differences, opacity.
    pub(super) fn planes(self) -> usize {
        match self {
            Self::Mono => 1,
            Self::C444Alpha => 4,
            _ => 3,
        }
    }
}

/// How colours are stored: `420jpeg`, `444p10`, `mono16`.
///
/// # Examples
///
/// ```
/// use headwater::io::y4m::{Chroma, ColourSpace};
///
/// let space: ColourSpace = "420p10".parse()?;
/// assert_eq!(space, ColourSpace::new(Chroma::C420, 10)?);
/// assert_eq!(ColourSpace::new(Chroma::Mono, 16)?.to_string(), "mono16");
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColourSpace {
    chroma: Chroma,
    depth: u8,
}

impl ColourSpace {
    /// What a header means that names none.
    pub(super) const DEFAULT: Self = Self {
        chroma: Chroma::C420,
        depth: 8,
    };

    /// Of `depth` bits for each sample.
    ///
    /// # Errors
    ///
    /// Less than 8 bits or more than 16; more than 8 where the format has no name for it, as with `420jpeg` and `411`.
    pub fn new(chroma: Chroma, depth: u8) -> Result<Self, Error> {
        let deep = matches!(chroma, Chroma::Mono | Chroma::C420 | Chroma::C422 | Chroma::C444);
        match depth {
            8 => Ok(Self { chroma, depth }),
            9..=16 if deep => Ok(Self { chroma, depth }),
            _ => Err(Error::invalid(format!(
                "`{}` with {depth} bits is no colour space of Y4M",
                chroma.name()
            ))),
        }
    }

    /// How the colour differences are stored.
    pub fn chroma(self) -> Chroma {
        self.chroma
    }

    /// Bits of a sample.
    pub fn depth(self) -> u8 {
        self.depth
    }

    /// The type of the samples of the planes, and of arrays: `u8`, or `u16` if they have more than 8 bits.
    pub fn dtype(self) -> DType {
        if self.depth > 8 { DType::U16 } else { DType::U8 }
    }

    /// Height and width of each plane of a frame of that size.
    pub(super) fn planes(self, height: usize, width: usize) -> impl Iterator<Item = [usize; 2]> {
        let (down, across) = self.chroma.block();
        (0..self.chroma.planes()).map(move |plane| match plane {
            1 | 2 => [height.div_ceil(down), width.div_ceil(across)],
            _ => [height, width],
        })
    }
}

impl fmt::Display for ColourSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.chroma.name())?;
        match (self.chroma, self.depth) {
            (_, 8) => Ok(()),
            (Chroma::Mono, depth) => write!(f, "{depth}"),
            (_, depth) => write!(f, "p{depth}"),
        }
    }
}

impl FromStr for ColourSpace {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some((chroma, _)) = Chroma::ALL.iter().find(|(_, name)| *name == text) {
            return Self::new(*chroma, 8);
        }
        let deep = Chroma::ALL.iter().find_map(|(chroma, name)| {
            let rest = text.strip_prefix(name)?;
            let depth = if *chroma == Chroma::Mono {
                rest
            } else {
                rest.strip_prefix('p')?
            };
            // `+9` and `09` are numbers too, and no names.
            depth.starts_with(|c: char| ('1'..='9').contains(&c)).then_some(())?;
            Some(Self::new(*chroma, depth.parse().ok()?))
        });
        deep.unwrap_or_else(|| Err(Error::invalid(format!("colour space `{text}` is not known"))))
    }
}
