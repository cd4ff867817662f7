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

fn add<const N: usize>(row: &mut [u8], samples: usize) {
    let (items, _) = row.as_chunks_mut::<N>();
    if samples == 1 {
        let mut sum = 0;
        for sample in items {
            sum = number(sample).wrapping_add(sum);
            *sample = bytes(sum);
        }
        return;
    }
    for at in samples..items.len() {
        items[at] = bytes(number(&items[at]).wrapping_add(number(&items[at - samples])));
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
        for at in samples..row.len() {
            row[at] = row[at].wrapping_add(row[at - samples]);
        }
        apart[..row.len()].copy_from_slice(row);
        let count = row.len() / item;
        for (at, sample) in row.chunks_exact_mut(item).enumerate() {
            for (byte, place) in sample.iter_mut().enumerate() {
                let weight = if cfg!(target_endian = "big") {
                    byte
                } else {
                    item - 1 - byte
                };
                *place = apart[weight * count + at];
            }
        }
    }
    Ok(())
}
