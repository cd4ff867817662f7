//! LZW as TIFF has it: the highest bit of a byte first, codes that grow one early.
//!
//! Source: TIFF 6.0, section 13. The table of strings is a hash table that fits the processor's nearest cache.

use crate::checkpoint::Checkpoint;
use crate::error::Error;

const CLEAR: u32 = 256;
const END: u32 = 257;
const FIRST: u32 = 258;
const LEAST_WIDTH: u32 = 9;
/// The table is emptied before a code would need 13 bits.
const LAST: u32 = 4094;
/// Twice as many places as there can be strings, so that most are found at once.
const PLACES: usize = 8192;
/// What no place holds: a string has a prefix of 12 bits, a byte and a code of 12 bits.
const EMPTY: u32 = u32::MAX;
/// What is packed between two looks at the checkpoint.
const PIECE: usize = 16 << 10;

/// An encoder that can be used again and again.
#[derive(Debug)]
pub(super) struct Lzw {
    /// Prefix and byte of a string above, its code in the lowest 12 bits.
    strings: Box<[u32]>,
    /// The code of the next string.
    next: u32,
    width: u32,
    /// Bits that have not left yet, the lowest `waiting` of them.
    bits: u64,
    waiting: u32,
}

impl Lzw {
    pub(super) fn new() -> Self {
        Self {
            strings: vec![EMPTY; PLACES].into(),
            next: FIRST,
            width: LEAST_WIDTH,
            bits: 0,
            waiting: 0,
        }
    }

    /// Appends `bytes`, packed, to `packed`.
    ///
    /// # Errors
    ///
    /// The checkpoint's reason.
    pub(super) fn pack(&mut self, bytes: &[u8], packed: &mut Vec<u8>, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.clear();
        (self.bits, self.waiting) = (0, 0);
        self.put(CLEAR, packed);
        if let Some((first, rest)) = bytes.split_first() {
            let mut string = u32::from(*first);
            for piece in rest.chunks(PIECE) {
                checkpoint.check()?;
                for byte in piece {
                    string = self.extend(string, *byte, packed);
                }
            }
            self.put(string, packed);
            self.grow(packed);
        }
        self.put(END, packed);
        // Fewer than 32, with zeros to fill the last byte.
        let last = ((self.bits << (32 - self.waiting)) as u32).to_be_bytes();
        packed.extend(&last[..self.waiting.div_ceil(8) as usize]);
        Ok(())
    }

    /// The code of `string` with `byte` behind it; where there is none yet, `string` leaves and `byte` begins the next.
    fn extend(&mut self, string: u32, byte: u8, packed: &mut Vec<u8>) -> u32 {
        let key = string << 8 | u32::from(byte);
        // Neighbouring keys far apart, by the golden ratio.
        let mut place = (key.wrapping_mul(0x9E37_79B1) >> 19) as usize % PLACES;
        loop {
            let known = self.strings[place];
            if known >> 12 == key {
                return known & 0xfff;
            }
            if known == EMPTY {
                break;
            }
            place = (place + 1) % PLACES;
        }
        self.strings[place] = key << 12 | self.next;
        self.put(string, packed);
        self.grow(packed);
        u32::from(byte)
    }

    /// Counts a string that the reader of `packed` comes to know.
    fn grow(&mut self, packed: &mut Vec<u8>) {
        self.next += 1;
        if self.next == LAST {
            self.put(CLEAR, packed);
            self.clear();
        } else if self.next == 1 << self.width {
            self.width += 1;
        }
    }

    fn clear(&mut self) {
        self.strings.fill(EMPTY);
        (self.next, self.width) = (FIRST, LEAST_WIDTH);
    }

    fn put(&mut self, code: u32, packed: &mut Vec<u8>) {
        self.bits = self.bits << self.width | u64::from(code);
        self.waiting += self.width;
        if self.waiting >= 32 {
            self.waiting -= 32;
            packed.extend(((self.bits >> self.waiting) as u32).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(packed: &[u8]) -> Vec<u8> {
        let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
        decoder.decode(packed).unwrap()
    }

    #[test]
    fn all_lengths_and_kinds_come_back() {
        let (mut lzw, mut state) = (Lzw::new(), 1_u32);
        let mut noise = |bits: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> (32 - bits)) as u8
        };
        // Codes of every width begin and end somewhere here, and the table is emptied.
        let kinds: [Vec<u8>; 4] = [
            (0..9000).map(|_| noise(8)).collect(),
            (0..60_000).map(|_| noise(2)).collect(),
            vec![7; 300_000],
            (0..9000_u32).map(|n| (n / 7) as u8).collect(),
        ];
        for bytes in kinds {
            let short = 0..600;
            let turns = [253, 254, 255, 256, 766, 1790, 3836, 3837, 3838, 3839, bytes.len()];
            for length in short.chain(turns) {
                let mut packed = Vec::new();
                lzw.pack(&bytes[..length], &mut packed, &Checkpoint::never()).unwrap();
                assert_eq!(back(&packed), bytes[..length], "{length}");
            }
        }
    }
}
