//! The records of an archive of one entry, always with the numbers of zip64: its size is not known when it begins.

/// What an unpacker must know: version 4.5, zip64.
const VERSION: u16 = 45;
/// The first of January 1980, the earliest that there is: the same image gives the same file.
const DATE: u16 = 0x0021;

/// The one entry.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
}

impl Record {
    /// What stands in front of the entry's data. It has one length, whatever the numbers.
    pub(super) fn local(&self) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        self.common(&mut bytes, 20);
        bytes.extend(self.name.as_bytes());
        self.wide(&mut bytes, None);
        bytes
    }

    /// What stands behind the entry's data: the directory and its ends.
    pub(super) fn ends(&self) -> Vec<u8> {
        let start = self.local().len() as u64 + self.packed;
        let mut bytes = b"PK\x01\x02".to_vec();
        bytes.extend(VERSION.to_le_bytes());
        self.common(&mut bytes, 28);
        // No comment, the first disk, no attributes.
        bytes.extend([0; 10]);
        bytes.extend(u32::MAX.to_le_bytes());
        bytes.extend(self.name.as_bytes());
        self.wide(&mut bytes, Some(0));
        let length = bytes.len() as u64;
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        [VERSION, VERSION]
            .iter()
            .for_each(|version| bytes.extend(version.to_le_bytes()));
        bytes.extend([0; 8]);
        [1, 1, length, start]
            .iter()
            .for_each(|number: &u64| bytes.extend(number.to_le_bytes()));
        bytes.extend(b"PK\x06\x07");
        bytes.extend([0; 4]);
        bytes.extend((start + length).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(b"PK\x05\x06");
        bytes.extend([0, 0, 0, 0, 1, 0, 1, 0]);
        bytes.extend((length as u32).to_le_bytes());
        bytes.extend(u32::try_from(start).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    /// What the two headers have in common; `wide` is the length of the extra field.
    fn common(&self, bytes: &mut Vec<u8>, wide: u16) {
        [VERSION, 0, self.method, 0, DATE]
            .iter()
            .for_each(|n| bytes.extend(n.to_le_bytes()));
        [self.crc, u32::MAX, u32::MAX]
            .iter()
            .for_each(|n| bytes.extend(n.to_le_bytes()));
        bytes.extend((self.name.len() as u16).to_le_bytes());
        bytes.extend(wide.to_le_bytes());
    }

    /// The extra field of zip64.
    fn wide(&self, bytes: &mut Vec<u8>, header: Option<u64>) {
        let numbers = [Some(self.size), Some(self.packed), header];
        let numbers: Vec<u64> = numbers.into_iter().flatten().collect();
        bytes.extend(1_u16.to_le_bytes());
        bytes.extend((numbers.len() as u16 * 8).to_le_bytes());
        numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    }
}
