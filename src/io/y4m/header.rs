//! What a stream says of its frames.

use std::fmt;
use std::io::BufRead;

use crate::error::Error;
use crate::io::flat::cut_short;
use crate::io::y4m::{ColourSpace, Interlacing, Ratio};

pub(super) const MAGIC: &str = "YUV4MPEG2";
/// Other programs refuse lines of a few hundred bytes.
const LONGEST: u64 = 4 << 10;
/// How `ffmpeg` tells that samples use all of their range.
const RANGE: &str = "XCOLORRANGE=";

/// Size, rate and colours of all frames of a stream.
///
/// # Examples
///
/// ```
/// use headwater::io::y4m::{Header, Ratio};
///
/// let header = Header::parse("YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL")?;
/// assert_eq!((header.width(), header.height()), (640, 480));
/// assert_eq!(header.rate(), Ratio::new(25, 1));
/// assert!(header.is_full_range());
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) colour_space: ColourSpace,
    pub(super) rate: Ratio,
    pub(super) aspect: Ratio,
    pub(super) interlacing: Interlacing,
    pub(super) extra: Vec<String>,
}

impl Header {
    /// Pixels of a line.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Lines.
    pub fn height(&self) -> usize {
        self.height
    }

    /// How colours are stored.
    pub fn colour_space(&self) -> ColourSpace {
        self.colour_space
    }

    /// Frames in a second.
    pub fn rate(&self) -> Ratio {
        self.rate
    }

    /// Width of a pixel by its height.
    pub fn aspect(&self) -> Ratio {
        self.aspect
    }

    /// In which order lines were taken.
    pub fn interlacing(&self) -> Interlacing {
        self.interlacing
    }

    /// Parameters of others, with their letter: `XYSCSS=420JPEG`.
    pub fn extra(&self) -> &[String] {
        &self.extra
    }

    /// Whether samples use all of their range, by the parameter `XCOLORRANGE=FULL`.
    pub fn is_full_range(&self) -> bool {
        let mut told = self.extra.iter().filter_map(|extra| extra.strip_prefix(RANGE));
        told.next_back() == Some("FULL")
    }

    /// Bytes of the samples of a frame, if that is a number.
    pub fn frame_nbytes(&self) -> Option<u64> {
        let sample = self.colour_space.dtype().size() as u64;
        let mut planes = self.colour_space.planes(self.height, self.width);
        planes.try_fold(0_u64, |sum, [height, width]| {
            let plane = (height as u64).checked_mul(width as u64)?.checked_mul(sample)?;
            sum.checked_add(plane)
        })
    }

    /// What is told by the first line of a stream, without its end.
    ///
    /// # Errors
    ///
    /// Another beginning; no size, or one of no pixels or of more than 2³¹; a parameter that cannot be read.
    pub fn parse(line: &str) -> Result<Self, Error> {
        let mut words = line.split(' ');
        if words.next() != Some(MAGIC) {
            return Err(Error::invalid(format!("it does not begin with {MAGIC}")));
        }
        let mut header = Self::of_nothing();
        for word in words.filter(|word| !word.is_empty()) {
            header.take(word)?;
        }
        match (header.width, header.height) {
            (0, _) => Err(Error::invalid("its header tells no width")),
            (_, 0) => Err(Error::invalid("its header tells no height")),
            _ => Ok(header),
        }
    }

    pub(super) fn of_nothing() -> Self {
        Self {
            width: 0,
            height: 0,
            colour_space: ColourSpace::DEFAULT,
            rate: Ratio::UNKNOWN,
            aspect: Ratio::UNKNOWN,
            interlacing: Interlacing::Unknown,
            extra: Vec::new(),
        }
    }

    /// Takes one parameter in.
    fn take(&mut self, word: &str) -> Result<(), Error> {
        let mut letters = word.chars();
        let (letter, value) = (letters.next(), letters.as_str());
        match letter {
            Some('W') => self.width = side(value, "width")?,
            Some('H') => self.height = side(value, "height")?,
            Some('C') => self.colour_space = value.parse()?,
            Some('F') => self.rate = value.parse()?,
            Some('A') => self.aspect = value.parse()?,
            Some('I') => self.interlacing = Interlacing::parse(value)?,
            _ => self.extra.push(word.to_owned()),
        }
        Ok(())
    }

    /// Reads it from the beginning of a stream; also the bytes that it took.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse); the stream's; an end before the line's.
    pub(super) fn read(stream: &mut impl BufRead) -> Result<(Self, u64), Error> {
        let line = line(stream)?.ok_or_else(|| Error::invalid("the file is empty"))?;
        Ok((Self::parse(&line)?, line.len() as u64 + 1))
    }
}

impl fmt::Display for Header {
    /// The first line of a stream, without its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height, rate, aspect) = (self.width, self.height, self.rate, self.aspect);
        let (interlacing, colours) = (self.interlacing.letter(), self.colour_space);
        write!(
            f,
            "{MAGIC} W{width} H{height} F{rate} I{interlacing} A{aspect} C{colours}"
        )?;
        self.extra.iter().try_for_each(|extra| write!(f, " {extra}"))
    }
}

fn side(text: &str, what: &str) -> Result<usize, Error> {
    let pixels = text.parse::<u32>().ok().filter(|side| (1..=1 << 31).contains(side));
    let pixels = pixels.ok_or_else(|| Error::invalid(format!("its {what} is `{text}`")))?;
    Ok(pixels as usize)
}

/// The next line of a stream, without its end; none at the end of the stream.
///
/// # Errors
///
/// The stream's; one that is too long, that is no text, or that does not end.
pub(super) fn line(stream: &mut impl BufRead) -> Result<Option<String>, Error> {
    let mut line = Vec::new();
    std::io::Read::take(&mut *stream, LONGEST)
        .read_until(b'\n', &mut line)
        .map_err(cut_short)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(match line.len() as u64 + 1 < LONGEST {
            true => cut_short(std::io::ErrorKind::UnexpectedEof.into()),
            false => Error::invalid(format!("a line of more than {LONGEST} bytes where parameters are due")),
        });
    }
    let text = String::from_utf8(line).map_err(|_| Error::invalid("its parameters are no text"))?;
    Ok(Some(text))
}
