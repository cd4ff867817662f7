//! How a stream is written.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::io::y4m::{Chroma, ColourSpace, Header, Interlacing, Ratio};

/// How a [`Writer`](crate::io::y4m::Writer) makes a file.
///
/// # Examples
///
/// ```
/// use headwater::io::y4m::{Chroma, Settings};
///
/// let settings = Settings::new().rate(30_000, 1001).chroma(Chroma::C444).replace(true);
/// # let _ = settings;
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    rate: Ratio,
    aspect: Ratio,
    interlacing: Interlacing,
    chroma: Option<Chroma>,
    depth: Option<u8>,
    extra: Vec<String>,
    pub(super) replace: bool,
    pub(super) durable: bool,
}

impl Settings {
    /// 25 frames in a second, square pixels, progressive; `mono` for grey pictures and `420jpeg` for colours, `420p16` for
    /// colours of `u16`; what exists is not replaced.
    pub fn new() -> Self {
        Self {
            rate: Ratio::new(25, 1),
            aspect: Ratio::new(1, 1),
            interlacing: Interlacing::Progressive,
            chroma: None,
            depth: None,
            extra: Vec::new(),
            replace: false,
            durable: true,
        }
    }

    /// The settings by which frames of such a stream are written as they were.
    pub fn like(header: &Header) -> Self {
        Self {
            rate: header.rate,
            aspect: header.aspect,
            interlacing: header.interlacing,
            chroma: Some(header.colour_space.chroma()),
            depth: Some(header.colour_space.depth()),
            extra: header.extra.clone(),
            ..Self::new()
        }
    }

    /// `frames` in so many `seconds`: `30_000, 1001`.
    #[must_use]
    pub fn rate(self, frames: u32, seconds: u32) -> Self {
        let rate = Ratio::new(frames, seconds);
        Self { rate, ..self }
    }

    /// Width of a pixel by its height.
    #[must_use]
    pub fn aspect(self, width: u32, height: u32) -> Self {
        let aspect = Ratio::new(width, height);
        Self { aspect, ..self }
    }

    /// In which order lines were taken.
    #[must_use]
    pub fn interlacing(self, interlacing: Interlacing) -> Self {
        Self { interlacing, ..self }
    }

    /// How the colour differences of pictures are stored. A [`Frame`](crate::io::y4m::Frame) is stored as it is.
    #[must_use]
    pub fn chroma(self, chroma: Chroma) -> Self {
        let chroma = Some(chroma);
        Self { chroma, ..self }
    }

    /// Bits of the samples of pictures of `u16`. Default: 16.
    #[must_use]
    pub fn depth(self, depth: u8) -> Self {
        let depth = Some(depth);
        Self { depth, ..self }
    }

    /// Whether samples of pictures use all of their range. Default: not, as nearly all players expect it.
    #[must_use]
    pub fn full_range(mut self, full: bool) -> Self {
        self.extra.retain(|extra| !extra.starts_with("XCOLORRANGE="));
        if full {
            self.extra.push("XCOLORRANGE=FULL".to_owned());
        }
        self
    }

    /// A parameter more, without blanks, which begins with `X`.
    ///
    /// # Errors
    ///
    /// Another.
    pub fn extra(mut self, parameter: &str) -> Result<Self, Error> {
        if !parameter.starts_with('X') || parameter.contains(char::is_whitespace) {
            return Err(Error::invalid(format!(
                "`{parameter}` is no parameter of Y4M: it begins with `X` and has no blanks"
            )));
        }
        self.extra.push(parameter.to_owned());
        Ok(self)
    }

    /// Whether a file of that name may be replaced. It stays as it is until the new one is whole.
    #[must_use]
    pub fn replace(self, replace: bool) -> Self {
        Self { replace, ..self }
    }

    /// Whether [`finish`](crate::io::y4m::Writer::finish) waits until the file is on the disk. Default: yes.
    #[must_use]
    pub fn durable(self, durable: bool) -> Self {
        Self { durable, ..self }
    }

    /// The colour space of a picture like `array`.
    pub(super) fn space_of(&self, array: &Array) -> Result<ColourSpace, Error> {
        let grey = array.length('c').is_none_or(|colours| colours == 1);
        let deep = array.dtype() == DType::U16;
        let usual = match (grey, deep) {
            (true, _) => Chroma::Mono,
            (false, false) => Chroma::C420Jpeg,
            (false, true) => Chroma::C420,
        };
        let depth = if deep { self.depth.unwrap_or(16) } else { 8 };
        ColourSpace::new(self.chroma.unwrap_or(usual), depth)
    }

    /// The header of frames of that size.
    pub(super) fn header(&self, height: usize, width: usize, colour_space: ColourSpace, full_range: bool) -> Header {
        let told = self.clone().full_range(full_range);
        // What was there stays where it was, if it says the same.
        let extra = if full_range == self.is_full_range() {
            self.extra.clone()
        } else {
            told.extra
        };
        Header {
            width,
            height,
            colour_space,
            rate: self.rate,
            aspect: self.aspect,
            interlacing: self.interlacing,
            extra,
        }
    }

    /// Whether samples of pictures use all of their range.
    pub(super) fn is_full_range(&self) -> bool {
        let range = self.extra.iter().rfind(|extra| extra.starts_with("XCOLORRANGE="));
        range.is_some_and(|range| range == "XCOLORRANGE=FULL")
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}
