//! The filters that make samples easy to compress, undone.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::zeroed;

/// Bytes between two looks at the checkpoint.
const PIECE: usize = 256 << 10;

/// Adds to each sample its neighbour on the left, row by row. `samples` of `item` bytes make a pixel.
///
/// # Errors
///
/// The checkpoint's reason.
pub(super) fn add_horizontally(
    bytes: &mut [u8],
    row_bytes: usize,
    samples: usize,
    item: usize,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    for rows in bytes.chunks_mut(row_bytes * (PIECE / row_bytes).max(1)) {
        checkpoint.check()?;
        for row in rows.chunks_mut(row_bytes) {
            match item {
                1 => add::<1>(row, samples),
                2 => add::<2>(row, samples),
                4 => add::<4>(row, samples),
                _ => add::<8>(row, samples),
            }
        }
    }
    Ok(())
}

/// Pixels of up to four samples keep their sums in registers.
fn add<const N: usize>(row: &mut [u8], samples: usize) {
    let (items, _) = row.as_chunks_mut::<N>();
    match samples {
        1 => add_pixels::<N, 1>(items),
        2 => add_pixels::<N, 2>(items),
        3 => add_pixels::<N, 3>(items),
        4 => add_pixels::<N, 4>(items),
        _ => {
            for at in samples..items.len() {
                items[at] = bytes(number(&items[at]).wrapping_add(number(&items[at - samples])));
            }
        }
    }
}

fn add_pixels<const N: usize, const S: usize>(items: &mut [[u8; N]]) {
    let mut sums = [0_u64; S];
    for pixel in items.as_chunks_mut::<S>().0 {
        for (sample, sum) in pixel.iter_mut().zip(&mut sums) {
            *sum = number(sample).wrapping_add(*sum);
            *sample = bytes(*sum);
        }
    }
}

/// A sample as a number; what is above its own bits is noise that never comes down.
fn number<const N: usize>(sample: &[u8; N]) -> u64 {
    let mut wide = [0; 8];
    if cfg!(target_endian = "big") {
        wide[8 - N..].copy_from_slice(sample);
    } else {
        wide[..N].copy_from_slice(sample);
    }
    u64::from_ne_bytes(wide)
}

fn bytes<const N: usize>(number: u64) -> [u8; N] {
    let mut sample = [0; N];
    let wide = number.to_ne_bytes();
    let start = if cfg!(target_endian = "big") { 8 - N } else { 0 };
    sample.copy_from_slice(&wide[start..start + N]);
    sample
}

/// Undoes the predictor of floating point samples: in a row all highest bytes come first, then all next ones, and each byte is
/// the difference to that of the pixel before.
///
/// Source: Adobe Photoshop TIFF Technical Note 3.
///
/// # Errors
///
/// No memory for a row, the checkpoint's reason.
pub(super) fn join_floats(
    bytes: &mut [u8],
    row_bytes: usize,
    samples: usize,
    item: usize,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let mut apart = zeroed(row_bytes as u64)?;
    for (nth, row) in bytes.chunks_mut(row_bytes).enumerate() {
        if nth % (PIECE / row_bytes).max(1) == 0 {
            checkpoint.check()?;
        }
        add::<1>(row, samples);
        let apart = &mut apart[..row.len()];
        apart.copy_from_slice(row);
        match item {
            4 => join::<4>(apart, row),
            _ => join::<8>(apart, row),
        }
    }
    Ok(())
}

/// Puts together samples whose bytes of equal weight lie together in `apart`, the highest first.
fn join<const N: usize>(apart: &[u8], row: &mut [u8]) {
    let (samples, _) = row.as_chunks_mut::<N>();
    let count = samples.len();
    let planes: [&[u8]; N] = std::array::from_fn(|byte| {
        let weight = if cfg!(target_endian = "big") {
            byte
        } else {
            N - 1 - byte
        };
        &apart[weight * count..][..count]
    });
    for (at, sample) in samples.iter_mut().enumerate() {
        *sample = std::array::from_fn(|byte| planes[byte][at]);
    }
}
