//! JPEG: completeness from its markers, pixels from the `image` crate.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _};

use ::image::codecs::jpeg::JpegDecoder;
use ::image::{DynamicImage, ImageDecoder as _};
use headwater::{Checkpoint, Error};

use super::super::watched::Watched;
use super::super::{Budget, Image};
use super::{from_dynamic, image_error, stream_error};

/// The decoder rounds both sides up to whole blocks of coefficients, 16 or 32 pixels wide.
const BLOCK: u64 = 32;
/// Bytes for each pixel: four channels of samples, and in a progressive image four of 16-bit coefficients.
const BYTES_PER_PIXEL: u64 = 4 + 4 * 2;

/// Reads the JPEG image in `file`.
///
/// # Errors
///
/// Cut short, damaged, of a kind that the decoder does not know, or above the budget.
pub(super) fn read(mut file: &File, budget: Budget, checkpoint: &Checkpoint) -> Result<Image, Error> {
    let length = file.metadata()?.len();
    // The decoder keeps the whole file in memory, in a vector that grows by doubling.
    let kept = length.saturating_mul(2);
    budget.admit(kept)?;
    check_complete(BufReader::new(Watched::new(file, checkpoint))).map_err(stream_error)?;
    file.rewind()?;
    let stream = BufReader::new(Watched::new(file, checkpoint).take(length));
    let decoder = JpegDecoder::new(stream).map_err(|e| image_error(e, budget))?;
    let (width, height) = decoder.dimensions();
    budget.admit(kept.saturating_add(working_memory(width, height)))?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(|e| image_error(e, budget))?;
    from_dynamic(decoded)
}

/// What decoding a JPEG image of this size takes at most, its pixels included.
pub(super) fn working_memory(width: u32, height: u32) -> u64 {
    let pixels = (u64::from(width) + BLOCK).saturating_mul(u64::from(height) + BLOCK);
    pixels.saturating_mul(BYTES_PER_PIXEL)
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

/// Width and height by the frame header, the first that the stream has.
///
/// # Errors
///
/// The stream ends, or the image does, before a frame header.
pub(super) fn frame_size(mut stream: impl BufRead) -> io::Result<(u32, u32)> {
    loop {
        match next_marker(&mut stream)? {
            Marker::Alone(0xD8) => {}
            Marker::Alone(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            // SOF0 to SOF15, without DHT, JPG and DAC, which share their range.
            Marker::Segment(0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF, _) => {
                let mut frame = [0; 5];
                stream.read_exact(&mut frame)?;
                let [_depth, h1, h0, w1, w0] = frame;
                return Ok((u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into()));
            }
            Marker::Segment(_, length) => skip(&mut stream, length)?,
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
    use super::{check_complete, frame_size};

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
    fn the_frame_header_tells_the_size() {
        assert_eq!(frame_size(STREAM).unwrap(), (5, 3));
        assert!(frame_size(&STREAM[..12]).is_err());
    }
}
