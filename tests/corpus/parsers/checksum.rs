//! Checksums: with them right, damage gets past them to what they protect.

/// That of PNG.
pub(super) const CRC_32: u32 = 0xedb8_8320;
/// That of journals.
pub(super) const CRC_32C: u32 = 0x82f6_3b78;

/// The cyclic redundancy check by a reversed polynomial.
pub(super) fn crc(polynomial: u32, bytes: &[u8]) -> u32 {
    let bit = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ polynomial } else { sum >> 1 };
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| bit(sum));
    !bytes.iter().fold(!0, byte)
}
