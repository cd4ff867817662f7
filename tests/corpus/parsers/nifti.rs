//! NIfTI: as it is, and compressed. Both have to be the same image.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::room::Room;
use super::{Outcome, image};

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    let room = Room::new();
    let (plain, packed) = (room.path("a.nii"), room.path("b.nii.gz"));
    if bytes.starts_with(&[0x1f, 0x8b]) {
        room.put("b.nii.gz", bytes);
        return image::look(&packed).map(drop);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes what is written");
    room.put("b.nii.gz", &encoder.finish().expect("memory takes what is written"));
    let packed = image::look(&packed);
    room.put("a.nii", bytes);
    let plain = image::look(&plain);
    if let (Ok(Some(plain)), Ok(Some(packed))) = (&plain, &packed) {
        assert!(plain.same_bits(packed), "compressed, it is another image");
    }
    plain.map(drop)
}
