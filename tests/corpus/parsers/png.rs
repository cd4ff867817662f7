//! PNG, with the checksums of its chunks made right.

use super::checksum::{CRC_32, crc};
use super::{Outcome, file};

const SIGNATURE: usize = 8;
/// Length and name before the data of a chunk, and the checksum behind.
const BEFORE: usize = 8;
const BEHIND: usize = 4;

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    file("a.png", &mended(bytes))
}

fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = SIGNATURE;
    while let Some(length) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let end = at
            .saturating_add(BEFORE)
            .saturating_add(u32::from_be_bytes(*length) as usize);
        if end + BEHIND > bytes.len() {
            break;
        }
        let sum = crc(CRC_32, &bytes[at + 4..end]);
        bytes[end..end + BEHIND].copy_from_slice(&sum.to_be_bytes());
        at = end + BEHIND;
    }
    bytes
}
