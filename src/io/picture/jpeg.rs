//! JPEG: completeness and size from its markers, pixels from the `image` crate.

use std::io::{self, BufRead, BufReader, Read as _, Seek as _};

use ::image::ImageDecoder;
use ::image::codecs::jpeg::JpegDecoder;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::file_reader::FileReader;
use crate::io::flat::cut_short;
use crate::io::limit::Limit;
use crate::io::picture::read::image_error;
use crate::io::watched::Watched;

/// The decoder rounds both sides up to whole blocks of coefficients, 16 or 32 pixels wide.
const BLOCK: u64 = 32;
/// Bytes for each pixel: four channels of samples, and in a progressive image four of 16-bit coefficients.
const BYTES_PER_PIXEL: u64 = 4 + 4 * 2;

/// What a frame header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: u8,
}

/// A decoder of the whole picture in `file`, of `length` bytes.
///
/// # Errors
///
/// Cut short, damaged, of a kind that the decoder does not know.
pub(super) fn decoder(
    mut file: FileReader,
    limit: Limit,
    checkpoint: &Checkpoint,
) -> Result<Box<dyn ImageDecoder>, Error> {
    check_complete(BufReader::new(Watched::new(&mut file, checkpoint))).map_err(cut_short)?;
    file.rewind()?;
    let stream = BufReader::new(Watched::new(file, checkpoint));
    let decoder = JpegDecoder::new(stream).map_err(|error| image_error(error, limit))?;
    Ok(Box::new(decoder))
}

/// What decoding takes beside the decoded samples: the file, which the decoder keeps in a vector that grows by doubling, and its
/// coefficients.
pub(super) fn overhead(frame: Frame, length: u64) -> u64 {
    let side = |pixels: u32| u64::from(pixels) + BLOCK;
    let pixels = side(frame.width).saturating_mul(side(frame.height));
    pixels
        .saturating_mul(BYTES_PER_PIXEL)
        .saturating_add(length.saturating_mul(2))
}

/// A marker of the stream; its segment's content, if it has one, is what follows.
enum Marker {
    /// No segment follows.
    Alone(u8),
    /// A segment of this many bytes follows.
    Segment(u8, u64),
}

/// The next marker, past entropy-coded data and padding.
fn next_marker(stream: &mut impl BufRead) -> io::Result<Marker> {
    loop {
        stream.skip_until(0xFF)?;
        let code = loop {
            match read_byte(stream)? {
                0xFF => {}
                code => break code,
            }
        };
        match code {
            // A stuffed zero: data. TEM and the restart markers stand between data.
            0x00 | 0x01 | 0xD0..=0xD7 => {}
            0xD8 | 0xD9 => return Ok(Marker::Alone(code)),
            _ => {
                let length = u16::from_be_bytes([read_byte(stream)?, read_byte(stream)?]);
                return Ok(Marker::Segment(code, u64::from(length.saturating_sub(2))));
            }
        }
    }
}

/// Walks from marker to marker up to the one that ends the image.
///
/// The decoder paints what is missing grey and calls that a success.
fn check_complete(mut stream: impl BufRead) -> io::Result<()> {
    loop {
        match next_marker(&mut stream)? {
            Marker::Alone(0xD9) => return Ok(()),
            Marker::Alone(_) => {}
            Marker::Segment(_, length) => skip(&mut stream, length)?,
        }
    }
}

/// The frame header, the first that the stream has.
///
/// # Errors
///
/// The stream ends, or the image does, before a frame header; samples that have not 8 bits.
pub(super) fn frame(mut stream: impl BufRead) -> Result<Frame, Error> {
    loop {
        match next_marker(&mut stream).map_err(cut_short)? {
            Marker::Alone(0xD8) => {}
            Marker::Alone(_) => return Err(cut_short(io::ErrorKind::UnexpectedEof.into())),
            // SOF0 to SOF15, without DHT, JPG and DAC, which share their range.
            Marker::Segment(0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF, _) => {
                let mut head = [0; 6];
                stream.read_exact(&mut head).map_err(cut_short)?;
                let [depth, h1, h0, w1, w0, components] = head;
                if depth != 8 {
                    return Err(Error::invalid(format!("samples of {depth} bits are not supported")));
                }
                let (width, height) = (u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into());
                return Ok(Frame {
                    width,
                    height,
                    components,
                });
            }
            Marker::Segment(_, length) => skip(&mut stream, length).map_err(cut_short)?,
        }
    }
}

fn read_byte(stream: &mut impl BufRead) -> io::Result<u8> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    Ok(byte[0])
}

fn skip(stream: &mut impl BufRead, length: u64) -> io::Result<()> {
    let skipped = io::copy(&mut stream.take(length), &mut io::sink())?;
    if skipped < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SOI, APP1 holding a thumbnail's SOI and EOI, SOF0 of 5 x 3, SOS, data with a stuffed zero and a restart, EOI.
    const STREAM: &[u8] =
        b"\xff\xd8\xff\xe1\x00\x06\xff\xd8\xff\xd9\xff\xc0\x00\x0b\x08\x00\x03\x00\x05\x01\x01\x11\x00\
        \xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\xff\x00\x34\xff\xd0\x56\xff\xd9";

    #[test]
    fn a_stream_is_complete_with_its_own_end_marker_only() {
        assert!(check_complete(STREAM).is_ok());
        for end in 0..STREAM.len() {
            assert!(check_complete(&STREAM[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn the_frame_header_tells_size_and_channels() {
        let expected = Frame {
            width: 5,
            height: 3,
            components: 1,
        };
        assert_eq!(frame(STREAM).unwrap(), expected);
        assert!(frame(&STREAM[..12]).is_err());
    }
}
