use std::io::{Seek as _, SeekFrom, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::checkpoint::probe::stops_after;
use crate::roi;

const SHAPE: [usize; 2] = [200, 4096];

fn sample(place: usize) -> u8 {
    (place / 4096 * 7 + place % 4096 / 16) as u8
}

/// An image in a stream of gzip behind eight other bytes.
fn image(limit: Limit) -> Inflated {
    let mut encoder = GzEncoder::new(tempfile::tempfile().unwrap(), Compression::fast());
    encoder.write_all(b"whatever").unwrap();
    let samples: Vec<u8> = (0..SHAPE.iter().product()).map(sample).collect();
    encoder.write_all(&samples).unwrap();
    let mut file = encoder.finish().unwrap();
    let length = file.seek(SeekFrom::End(0)).unwrap();
    let packed = Packed {
        blob: Arc::new(Blob::of(file).unwrap()),
        start: 0,
        length,
        wrapping: Wrapping::Gzip,
        sum: None,
    };
    Inflated::new((packed, 8), Shape::from(SHAPE), (DType::U8, Endian::Little), limit)
}

fn read(inflated: &Inflated, roi: Roi, checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut out = Array::zeros("yx", roi.shape().as_slice(), DType::U8)?;
    inflated.read(&roi, &mut out, checkpoint)?;
    let expected = roi
        .range(0)
        .flat_map(|y| roi.range(1).map(move |x| sample(y * 4096 + x)));
    assert!(out.view::<u8>()?.iter().copied().eq(expected), "{roi}");
    Ok(())
}

/// How often two that read rows in turn begin at the beginning.
fn begun_by_two(limit: Limit) -> u64 {
    let inflated = image(limit);
    for n in 0..40 {
        for start in [10 + n, 100 + n] {
            read(&inflated, roi![start..start + 1, 0..4096], &Checkpoint::never()).unwrap();
        }
    }
    inflated.begun.load(TALLY)
}

#[test]
fn each_of_two_readers_goes_on_from_where_it_stopped() {
    assert_eq!(begun_by_two(Limit::bytes(1 << 30)), 2);
    // With room for a single place, each takes the other's away.
    assert_eq!(begun_by_two(Limit::bytes(1)), 40);
}

#[test]
fn no_more_places_are_kept_than_there_is_room_for() {
    let limit = Limit::bytes(6 * SCRATCH);
    let inflated = image(limit);
    for row in (0..100).rev() {
        read(&inflated, roi![row..row + 1, 7..9], &Checkpoint::never()).unwrap();
    }
    assert_eq!(inflated.kept.lock().len(), 3);
    assert!(inflated.scratch() <= limit.get());
    // Nothing comes after the last sample: its place is of no use.
    read(&inflated, roi![199..200, 0..4096], &Checkpoint::never()).unwrap();
    assert_eq!(inflated.kept.lock().len(), 2);
}

#[test]
fn a_read_that_was_stopped_is_resumed() {
    let inflated = image(Limit::bytes(1 << 30));
    let last = roi![150..151, 0..4096];
    let mut stopped = 0;
    let short = || stops_after(10);
    while stopped < 100 && read(&inflated, last, &short()).is_err() {
        stopped += 1;
    }
    assert!((2..100).contains(&stopped), "{stopped}");
    assert_eq!(inflated.begun.load(TALLY), 1);
}
