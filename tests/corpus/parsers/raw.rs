//! The description beside bare samples, with a file of as many samples as it tells, where these are few.

use std::fs::File;

use serde_json::Value;

use super::room::Room;
use super::{Outcome, image};

/// Larger files are not made: opening then finds too few samples.
const MOST: u64 = 64 << 10;

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    let room = Room::new();
    room.put("a.raw.json", bytes);
    let length = told(bytes).filter(|length| *length <= MOST).unwrap_or(1);
    let file = File::create(room.path("a.raw")).expect("a file in a temporary folder");
    file.set_len(length).expect("a file in a temporary folder");
    image::look(&room.path("a.raw")).map(drop)
}

/// How long the file has to be.
fn told(bytes: &[u8]) -> Option<u64> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let dtype: headwater::DType = value.get("dtype")?.as_str()?.parse().ok()?;
    let mut length = dtype.size() as u64;
    for axis in value.get("shape")?.as_array()? {
        length = length.checked_mul(axis.as_u64()?)?;
    }
    length.checked_add(value.get("offset").and_then(Value::as_u64).unwrap_or(0))
}
