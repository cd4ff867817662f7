//! PackBits: runs of one byte, and bytes as they are.
//!
//! Source: TIFF 6.0, section 9.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::tiff::decode::unpack::ended_early;

/// Runs between two looks at the checkpoint.
const RUNS: usize = 4096;

/// Fills `out`.
///
/// # Errors
///
/// Data that end early, the checkpoint's reason.
pub(super) fn unpack(mut packed: &[u8], out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut at = 0;
    for run in 0.. {
        if at == out.len() {
            break;
        }
        if run % RUNS == 0 {
            checkpoint.check()?;
        }
        let (&control, rest) = packed.split_first().ok_or_else(ended_early)?;
        packed = rest;
        match control {
            // Says nothing, by the specification.
            128 => {}
            0..=127 => {
                let count = usize::from(control) + 1;
                let bytes = packed.get(..count).ok_or_else(ended_early)?;
                packed = &packed[count..];
                // A run may reach over the end of the rows that we want.
                let wanted = count.min(out.len() - at);
                out[at..at + wanted].copy_from_slice(&bytes[..wanted]);
                at += wanted;
            }
            129..=255 => {
                let (&byte, rest) = packed.split_first().ok_or_else(ended_early)?;
                packed = rest;
                let wanted = (257 - usize::from(control)).min(out.len() - at);
                out[at..at + wanted].fill(byte);
                at += wanted;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        let packed = b"\xfe\xaa\x02\x80\x00\x2a\xfd\xaa\x03\x80\x00\x2a\x22\xf7\xaa";
        let bare = b"\xaa\xaa\xaa\x80\x00\x2a\xaa\xaa\xaa\xaa\x80\x00\x2a\x22\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa";
        for end in 0..=bare.len() {
            let mut out = vec![0; end];
            unpack(packed, &mut out, &Checkpoint::never()).unwrap();
            assert_eq!(out, bare[..end]);
        }
        assert!(unpack(packed, &mut [0; 25], &Checkpoint::never()).is_err());
    }
}
