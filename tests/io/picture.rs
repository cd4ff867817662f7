use std::fs;
use std::path::Path;

use headwater::graph::Meta;
use headwater::io::{Create, Limit, Open, open};
use headwater::{Array, Checkpoint, DType, roi};
use proptest::prelude::*;

use crate::support::{image, load, save};

fn written(folder: &Path, name: &str, image: &Array) -> String {
    let path = folder.join(name).to_str().unwrap().to_owned();
    save(&Create::new().replace(true), &path, image, &Meta::of(image)).unwrap();
    path
}

#[test]
fn png_keeps_every_sample() {
    let folder = tempfile::tempdir().unwrap();
    for dtype in [DType::U8, DType::U16] {
        for (axes, shape) in [("yx", &[17, 23][..]), ("yxc", &[9, 8, 3])] {
            let image = image(axes, shape, dtype);
            let path = written(folder.path(), "a.png", &image);
            assert_eq!(load(&path).unwrap(), image);
        }
    }
}

#[test]
fn a_region_is_the_part_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("yxc", &[30, 40, 3], DType::U16);
    let source = open(&written(folder.path(), "a.png", &image)).unwrap();
    let roi = roi![5..17, 39..40, 1..3];
    assert_eq!(
        source.read(&roi, &Checkpoint::never()).unwrap(),
        image.slice(&roi).unwrap()
    );
    assert_eq!(source.meta().ideal_block().unwrap(), *image.shape());
}

#[test]
fn truth_is_white() {
    let folder = tempfile::tempdir().unwrap();
    let image = Array::from_vec("yx", &[1, 3], vec![true, false, true]).unwrap();
    let read = load(&written(folder.path(), "a.png", &image)).unwrap();
    assert_eq!(read, Array::from_vec("yx", &[1, 3], vec![255_u8, 0, 255]).unwrap());
}

#[test]
fn jpeg_is_near_the_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let smooth: Vec<u8> = (0..64 * 48).map(|n| (n % 64 * 2 + n / 64) as u8).collect();
    let image = Array::from_vec("yx", &[48, 64], smooth).unwrap();
    let read = load(&written(folder.path(), "a.jpg", &image)).unwrap();
    assert!(
        read.cast(DType::F32)
            .unwrap()
            .approx_eq(&image.cast(DType::F32).unwrap(), 6.0)
    );
    let image = Array::full("yxc", &[16, 16, 3], 100_u8).unwrap();
    let read = load(&written(folder.path(), "b.jpg", &image)).unwrap();
    assert_eq!(read.shape(), [16, 16, 3]);
}

#[test]
fn what_a_picture_cannot_hold_is_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let create = |name: &str, axes: &str, shape: &[usize], dtype| {
        let path = folder.path().join(name);
        let image = Array::zeros(axes, shape, dtype).unwrap();
        let sink = Create::new().create(path.to_str().unwrap(), &Meta::of(&image));
        sink.err().expect("an error").report()
    };
    assert!(create("a.png", "yx", &[4, 4], DType::F32).contains("normalise it on export"));
    assert!(create("a.jpg", "yx", &[4, 4], DType::U16).contains("normalise it on export"));
    assert!(create("a.png", "zyx", &[4, 4, 4], DType::U8).contains("stack"));
    assert!(create("a.png", "yxc", &[4, 4, 2], DType::U8).contains("a.png"));
    assert!(create("a.jpg", "yx", &[1, 70_000], DType::U8).contains("65535"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_picture_that_is_written_again_is_that_of_the_last_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png").to_str().unwrap().to_owned();
    let (never, image) = (Checkpoint::never(), image("yx", &[40, 50], DType::U16));
    let whole = roi![0..40, 0..50];
    let create = || Create::new().resume("work").create(&path, &Meta::of(&image)).unwrap();
    let sink = create();
    let noise = image.map(|value: u16| value.wrapping_mul(40_503)).unwrap();
    sink.write_region(&whole, &noise, &never).unwrap();
    let part = roi![0..20, 0..50];
    assert!(sink.write_region(&part, &image.slice(&part).unwrap(), &never).is_err());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| sink.write_region(&whole, &image, &never).unwrap());
        }
    });
    sink.finish(&never).unwrap();
    assert_eq!(load(&path).unwrap(), image);
    fs::remove_file(&path).unwrap();
    let sink = create();
    sink.write_region(&whole, &image, &never).unwrap();
    drop(sink);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_picture_cut_short_anywhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for (name, dtype) in [("a.png", DType::U16), ("a.jpg", DType::U8)] {
        let path = written(folder.path(), name, &image("yxc", &[12, 10, 3], dtype));
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            let error = load(&path)
                .err()
                .unwrap_or_else(|| panic!("{name} cut at {end}"))
                .report();
            assert!(error.contains(name), "{error}");
        }
    }
}

#[test]
fn a_picture_above_the_limit_is_refused_before_memory_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.png", "a.jpg"] {
        let path = written(folder.path(), name, &image("yx", &[12, 10], DType::U8));
        let mut bytes = fs::read(&path).unwrap();
        // A side of 65,000 pixels: in PNG's header with its checksum made right again, in JPEG's frame.
        match name {
            "a.png" => {
                bytes[16..24].copy_from_slice(&[0, 0, 0xFD, 0xE8, 0, 0, 0xFD, 0xE8]);
                let sum = crc(&bytes[12..29]);
                bytes[29..33].copy_from_slice(&sum.to_be_bytes());
            }
            _ => {
                let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
                bytes[frame + 5..frame + 9].copy_from_slice(&[0xFD, 0xE8, 0xFD, 0xE8]);
            }
        }
        fs::write(&path, bytes).unwrap();
        let source = Open::new().limit(Limit::bytes(1 << 30)).open(&path).unwrap();
        let error = source
            .read(&roi![0..1, 0..1], &Checkpoint::never())
            .unwrap_err()
            .report();
        assert!(
            error.contains(name) && error.contains("the limit is 1.00 GiB"),
            "{error}"
        );
    }
}

/// The checksum of PNG, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32| {
        if sum & 1 == 1 {
            0xEDB8_8320 ^ (sum >> 1)
        } else {
            sum >> 1
        }
    };
    !bytes
        .iter()
        .fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn flipped_bytes_never_panic(name in prop::sample::select(vec!["a.png", "a.jpg"]), place in any::<prop::sample::Index>(), with in 1_u8..) {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), name, &image("yx", &[12, 10], DType::U8));
        let mut bytes = fs::read(&path).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= with;
        fs::write(&path, bytes).unwrap();
        if let Ok(source) = Open::new().limit(Limit::bytes(64 << 20)).open(&path)
            && let Ok(whole) = source.read(&roi![0..1, 0..1], &Checkpoint::never()) {
            prop_assert_eq!(whole.len(), 1);
        }
    }
}
