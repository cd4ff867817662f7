//! The journal of a run that can be resumed, beside a file that is already right: whatever the journal says, so is the result.
//!
//! The first byte tells whether the rest is the journal, or blocks for one that begins as it has to: each with its length in a
//! byte before it, and with right checksums put behind.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use headwater::graph::Meta;
use headwater::io::{Create, open};
use headwater::{Array, Checkpoint, Roi, roi};

use super::checksum::{CRC_32C, crc};
use super::room::Room;
use super::{Outcome, image};

const BLOCKS: usize = 4;

/// What a run leaves that ended early: the names and contents of its files.
struct Left {
    image: Array,
    part: (String, Vec<u8>),
    journal: (String, Vec<u8>),
    /// How long the first record of the journal is: what the work is.
    head: usize,
}

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    let left = left();
    let room = Room::new();
    room.put(&left.part.0, &left.part.1);
    room.put(&left.journal.0, &journal(left, bytes));
    let path = room.path("a.npy");
    let kept = write(&path, &left.image, BLOCKS);
    let kept = kept.map_err(|error| image::report(&error, path.to_str().expect("a path of a test")))?;
    let read = open(path.to_str().expect("a path of a test")).expect("what was written");
    let read = read
        .read(&read.meta().roi(), &Checkpoint::never())
        .expect("what was written");
    assert!(read.same_bits(&left.image), "another image came out");
    match kept {
        0 => Err("nothing of it counts".to_owned()),
        _ => Ok(()),
    }
}

fn journal(left: &Left, bytes: &[u8]) -> Vec<u8> {
    let Some((first, mut rest)) = bytes.split_first() else {
        return Vec::new();
    };
    if first & 1 == 1 {
        return rest.to_vec();
    }
    let mut journal = left.journal.1[..left.head].to_vec();
    while let Some((length, more)) = rest.split_first() {
        let (record, more) = more.split_at(more.len().min(usize::from(*length)));
        journal.extend((record.len() as u32).to_le_bytes());
        journal.extend(record);
        journal.extend(crc(CRC_32C, record).to_le_bytes());
        rest = more;
    }
    journal
}

/// Writes at most `most` of the blocks of `image`; returns how many were there. With all of them, finishes the file.
fn write(path: &Path, image: &Array, most: usize) -> Result<usize, headwater::Error> {
    let never = Checkpoint::never();
    let location = path.to_str().expect("a path of a test");
    let sink = Create::new().resume("fuzz").create(location, &Meta::of(image))?;
    let blocks: [Roi; BLOCKS] = [roi![0..4, 0..6], roi![0..4, 6..12], roi![4..8, 0..6], roi![4..8, 6..12]];
    let (mut kept, mut written) = (0, 0);
    for block in &blocks {
        if sink.is_written(block) {
            kept += 1;
        } else if written < most {
            sink.write_region(block, &image.slice(block)?, &never)?;
            written += 1;
        }
    }
    if kept + written == BLOCKS {
        sink.finish(&never)?;
    }
    Ok(kept)
}

/// Made by a run that stops after three of its blocks, and by one that does not.
fn left() -> &'static Left {
    static LEFT: OnceLock<Left> = OnceLock::new();
    LEFT.get_or_init(|| {
        let room = Room::new();
        let samples = (0..96).map(|n: u16| n * 331).collect();
        let image = Array::from_vec("yx", &[8, 12], samples).expect("a small image");
        write(&room.path("a.npy"), &image, 3).expect("a run that ends early");
        let (part, journal) = (remains(&room, "part"), remains(&room, "journal"));
        let length = journal.1.first_chunk().expect("a record in the journal");
        let head = u32::from_le_bytes(*length) as usize + 8;
        // All of the samples are there, so that a block that counts is a block that is right.
        write(&room.path("a.npy"), &image, BLOCKS).expect("the run that goes on");
        let whole = fs::read(room.path("a.npy")).expect("what was written");
        let part = (part.0, whole);
        Left {
            image,
            part,
            journal,
            head,
        }
    })
}

/// The file of an unfinished run, with its name.
fn remains(room: &Room, what: &str) -> (String, Vec<u8>) {
    let ending = format!(".headwater-{what}");
    let files = fs::read_dir(room.path(""))
        .expect("the folder")
        .map(|file| file.expect("a file").path());
    let path = files
        .into_iter()
        .find(|path| path.to_str().is_some_and(|name| name.ends_with(&ending)));
    let path = path.expect("what an unfinished run leaves");
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name of ours");
    (name.to_owned(), fs::read(&path).expect("what an unfinished run leaves"))
}
