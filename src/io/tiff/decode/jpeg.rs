//! A strip or tile that is a JPEG, whose tables may be the page's.

use std::io::Cursor;

use image::ImageDecoder as _;
use image::codecs::jpeg::JpegDecoder;

use crate::array::DType;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::zeroed;
use crate::io::tiff::decode::Packed;
use crate::io::tiff::decode::unpack::ended_early;
use crate::io::tiff::layout::Layout;

/// The decoder rounds both sides up to whole blocks of coefficients, 16 or 32 pixels wide.
const BLOCK: u64 = 32;
/// Bytes for each pixel: four channels of samples, and in a progressive image four of 16-bit coefficients.
const BYTES_PER_PIXEL: u64 = 4 + 4 * 2;
/// A JPEG begins and ends with these.
const BEGIN: [u8; 2] = [0xff, 0xd8];
const END: [u8; 2] = [0xff, 0xd9];

/// What decoding a strip or tile takes at most beside its bytes and its samples.
pub(in crate::io::tiff) fn working_memory(layout: &Layout) -> u64 {
    let pixels = (layout.chunk_width as u64 + BLOCK).saturating_mul(layout.chunk_height as u64 + BLOCK);
    pixels.saturating_mul(BYTES_PER_PIXEL)
}

/// Fills `rows`.
///
/// # Errors
///
/// Not 8 bits, another size than the page says, damaged, cut short; the checkpoint's reason.
pub(super) fn decode(
    layout: &Layout,
    packed: &Packed<'_>,
    rows: &mut [u8],
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let samples = layout.chunk_samples();
    if layout.dtype != DType::U8 || !matches!(samples, 1 | 3) {
        return Err(Error::invalid("a JPEG within is read with 8 bits, grey or RGB only"));
    }
    let stream = assemble(layout, packed)?;
    let (width, height) = frame_size(&stream).ok_or_else(ended_early)?;
    let (most, needed) = (layout.chunk_height, rows.len() / layout.row_bytes());
    if width != layout.chunk_width || height > most || height < needed {
        let wide = layout.chunk_width;
        return Err(Error::msg(format!(
            "a JPEG of {width} x {height} in a strip or tile of {wide} x {most}"
        )));
    }
    if !packed.bytes.windows(2).any(|pair| pair == END) {
        // The decoder would paint what is missing grey.
        return Err(ended_early());
    }
    let decoder = JpegDecoder::new(Cursor::new(stream)).map_err(|error| says(&error))?;
    checkpoint.check()?;
    let bytes = decoder.total_bytes();
    if bytes != (width * height * samples) as u64 {
        return Err(Error::msg("a JPEG within has other colours than its page"));
    }
    let mut decoded = zeroed(bytes)?;
    decoder.read_image(&mut decoded).map_err(|error| says(&error))?;
    rows.copy_from_slice(&decoded[..rows.len()]);
    Ok(())
}

fn says(error: &image::ImageError) -> Error {
    Error::msg(format!("its JPEG data are damaged ({error})"))
}

/// One stream of the tables and the data, with a word on its colours where it has none: the decoder would guess.
fn assemble(layout: &Layout, packed: &Packed<'_>) -> Result<Vec<u8>, Error> {
    let data = packed.bytes.strip_prefix(&BEGIN);
    let data = data.ok_or_else(|| Error::msg("a strip or tile is no JPEG (damaged)"))?;
    let tables = packed.tables.strip_prefix(&BEGIN).unwrap_or(packed.tables);
    let tables = tables.strip_suffix(&END).unwrap_or(tables);
    let transform = u8::from(layout.ycbcr);
    let mut stream = zeroed((tables.len() + data.len() + 32) as u64)?;
    stream.clear();
    stream.extend(BEGIN);
    if !packed.bytes.windows(5).any(|bytes| bytes == b"Adobe") {
        stream.extend(b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0");
        stream.push(transform);
    }
    stream.extend(tables);
    stream.extend(data);
    Ok(stream)
}

/// Width and height by the frame header: the decoder believes them, not the page.
fn frame_size(stream: &[u8]) -> Option<(usize, usize)> {
    let mut rest = stream.strip_prefix(&BEGIN)?;
    loop {
        let (&code, after) = rest.strip_prefix(&[0xff])?.split_first()?;
        rest = after;
        // Padding before a marker.
        if code == 0xff {
            rest = &stream[stream.len() - rest.len() - 1..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
        // SOF0 to SOF15, without DHT, JPG and DAC, which share their range.
        if matches!(code, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) {
            let [_depth, h1, h0, w1, w0] = *rest.get(2..7)?.first_chunk()?;
            return Some((u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into()));
        }
        rest = rest.get(length.max(2)..)?;
    }
}
