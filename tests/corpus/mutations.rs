//! Damage of the kind that a fuzzer does, the same on every machine.

/// What a file may be damaged with: numbers at the border of what their bytes hold.
const NUMBERS: [&[u8]; 8] = [
    &[0xff; 4],
    &[0xff; 8],
    &[0; 4],
    &[0xff, 0xff, 0xff, 0x7f],
    &[0x7f, 0xff, 0xff, 0xff],
    &[0, 0, 0, 0x80],
    &[0, 0, 1, 0],
    &[0xff, 0x7f],
];

/// The same in texts, in the place of numbers.
const TEXTS: [&str; 12] = [
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "1e999",
    "0.5",
];

/// Xorshift: its numbers need to be different, not good.
pub(crate) struct Random(u64);

impl Random {
    /// Numbers that are always the same for the same `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }
}

/// `bytes`, damaged in one to four places; `other` is one to take parts of.
pub(crate) fn damaged(bytes: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let end = (at + 1 + random.below(16)).min(bytes.len());
        match random.below(9) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, NUMBERS[random.below(NUMBERS.len())].iter().copied())),
            2 => overwrite(&mut bytes, at, NUMBERS[random.below(NUMBERS.len())]),
            3 => bytes.truncate(at),
            4 => replace_number(&mut bytes, at, TEXTS[random.below(TEXTS.len())]),
            5 => {
                let from = random.below(other.len() + 1);
                let part = &other[from..(from + random.below(64)).min(other.len())];
                drop(bytes.splice(at..at, part.iter().copied()));
            }
            6 => overwrite(&mut bytes, at, &[random.below(256) as u8]),
            _ => flip(&mut bytes, at, random.below(8)),
        }
    }
    bytes
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    bytes[at..].iter_mut().zip(with).for_each(|(byte, new)| *byte = *new);
}

fn flip(bytes: &mut [u8], at: usize, bit: usize) {
    bytes[at..].iter_mut().take(1).for_each(|byte| *byte ^= 1 << bit);
}

/// The first number in digits behind `at` becomes another.
fn replace_number(bytes: &mut Vec<u8>, at: usize, with: &str) {
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|n| at + n) else {
        return;
    };
    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.splice(start..start + length, with.bytes());
}
