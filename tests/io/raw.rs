use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use headwater::graph::{Meta, PixelSize};
use headwater::io::{Create, Open, open};
use headwater::{Checkpoint, DType, roi};
use proptest::prelude::*;

use crate::support::{image, load, save};

fn at(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn every_type_and_all_that_is_known_make_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    for dtype in DType::ALL {
        let path = at(folder.path(), &format!("{dtype}.raw"));
        let image = image("zyxc", &[5, 7, 6, 2], dtype);
        let size = |size, unit: &str| PixelSize {
            size,
            unit: unit.into(),
        };
        let sizes = [
            size(2.0, "micrometer"),
            size(0.5, "micrometer"),
            size(0.25, "micrometer"),
            size(1.0, ""),
        ];
        let meta = Meta::of(&image).with_pixel_size(sizes).unwrap();
        let meta = meta.with_channel_names(["dna", "actin"]).with_range(0.0, 30_000.0);
        save(&Create::new(), &path, &image, &meta).unwrap();
        assert_eq!(*open(&path).unwrap().meta(), meta);
        assert_eq!(load(&path).unwrap(), image);
    }
}

#[test]
fn the_name_tells_where_no_description_does() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("tyx", &[5, 4, 3], DType::U16);
    save(&Create::new(), &at(folder.path(), "a.raw"), &image, &Meta::of(&image)).unwrap();
    fs::rename(
        folder.path().join("a.raw"),
        folder.path().join("b_tyx-5x4x3_uint16.bin"),
    )
    .unwrap();
    let path = at(folder.path(), "b_tyx-5x4x3_uint16.bin");
    assert_eq!(load(&path).unwrap(), image);
    let source = Open::new().axes("zyx".parse().unwrap()).open(&path).unwrap();
    assert_eq!(source.meta().axes().to_string(), "zyx");
}

#[test]
fn big_endian_and_an_offset_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{"shape": [2], "dtype": "u16", "byte_order": "big", "offset": 3}"#;
    fs::write(folder.path().join("a.dat.json"), text).unwrap();
    fs::write(folder.path().join("a.dat"), [9, 9, 9, 1, 2, 3, 4]).unwrap();
    let read = load(&at(folder.path(), "a.dat")).unwrap();
    assert_eq!(
        read,
        headwater::Array::from_vec("x", &[2], vec![0x0102_u16, 0x0304]).unwrap()
    );
}

#[test]
fn a_description_is_strict_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.raw"), [0; 4]).unwrap();
    let cases = [
        ("{\"shape\": [4],\n \"dtype\": \"u8\", \"colour\": 1}", "line 2 column"),
        ("{\"shape\": [4], \"dtype\": \"u7\"}", "u7"),
        ("{\"shape\": [4]}", "dtype"),
        ("{\"shape\": [-4], \"dtype\": \"u8\"}", "line 1 column"),
        ("{\"shape\": [5], \"dtype\": \"u8\"}", "4 bytes"),
        ("{\"shape\": [3], \"dtype\": \"u8\"}", "4 bytes"),
        ("{\"shape\": [4], \"dtype\": \"u8\", \"axes\": \"yx\"}", "axes"),
        (
            "{\"shape\": [4], \"dtype\": \"u8\", \"channels\": [\"a\", \"b\"]}",
            "2 names",
        ),
        (
            "{\"shape\": [4], \"dtype\": \"u8\", \"pixel_size\": [{\"size\": 0}]}",
            "measure",
        ),
        (
            "{\"shape\": [4294967296, 4294967296, 4294967296], \"dtype\": \"u8\"}",
            "a.raw",
        ),
        ("", "line 1"),
    ];
    for (text, expected) in cases {
        fs::write(folder.path().join("a.raw.json"), text).unwrap();
        let error = open(&at(folder.path(), "a.raw"))
            .err()
            .unwrap_or_else(|| panic!("{text}"))
            .report();
        assert!(error.contains("a.raw") && error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_description_that_is_a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.raw"), [0; 4]).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path().join("a.raw.json"))
        .status();
    if made.is_ok_and(|made| made.success()) {
        let error = open(&at(folder.path(), "a.raw")).err().unwrap().report();
        assert!(
            error.contains("a.raw.json") && error.contains("regular file"),
            "{error}"
        );
    }
}

#[test]
fn a_pair_is_replaced_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.raw");
    let first = image("yx", &[4, 4], DType::U8);
    save(&Create::new(), &path, &first, &Meta::of(&first)).unwrap();
    let error = Create::new().create(&path, &Meta::of(&first)).err().unwrap().report();
    assert!(error.contains("not to be replaced"), "{error}");
    for (shape, dtype) in [([4, 4], DType::U8), ([2, 2], DType::F64)] {
        let second = image("yx", &shape, dtype);
        save(&Create::new().replace(true), &path, &second, &Meta::of(&second)).unwrap();
        assert_eq!(load(&path).unwrap(), second);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
    let sink = Create::new().replace(true).create(&path, &Meta::of(&first)).unwrap();
    assert!(sink.finish(&Checkpoint::never()).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    assert_eq!(load(&path).unwrap().dtype(), DType::F64);
    let source = open(&path).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(7).unwrap();
    assert!(source.read(&roi![0..2, 0..2], &Checkpoint::never()).is_err());
}

#[test]
fn a_run_that_was_killed_between_the_two_names_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.raw");
    let (never, image) = (Checkpoint::never(), image("yx", &[4, 4], DType::U16));
    let begin = |work: &str, meta: &Meta| Create::new().resume(work).create(&path, meta);
    let meta = Meta::of(&image);
    let sink = begin("work", &meta).unwrap();
    sink.write_region(&meta.roi(), &image, &never).unwrap();
    drop(sink);
    // The description has its name, the samples have not.
    save(&Create::new(), &at(folder.path(), "b.raw"), &image, &meta).unwrap();
    fs::rename(folder.path().join("b.raw.json"), folder.path().join("a.raw.json")).unwrap();
    fs::remove_file(folder.path().join("b.raw")).unwrap();
    let other = begin("work", &meta.clone().with_range(0.0, 1.0))
        .err()
        .unwrap()
        .report();
    assert!(
        other.contains("a.raw.json") && other.contains("not to be replaced"),
        "{other}"
    );
    let sink = begin("work", &meta).unwrap();
    assert!(sink.is_written(&meta.roi()));
    sink.finish(&never).unwrap();
    assert_eq!(load(&path).unwrap(), image);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_reader_meets_the_old_pair_or_the_new_one_while_it_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.raw");
    // As many bytes, so that no length tells one from the other.
    let images = [image("yx", &[4, 6], DType::U16), image("zyx", &[2, 4, 6], DType::I8)];
    let write = |image| save(&Create::new().replace(true), &path, image, &Meta::of(image)).unwrap();
    write(&images[0]);
    let done = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = [0, 0];
            while !done.load(Ordering::SeqCst) {
                let read = load(&path).unwrap();
                let which = images.iter().position(|image| *image == read);
                seen[which.expect("it is neither the old nor the new one")] += 1;
            }
            seen
        });
        for n in 1..100 {
            write(&images[n % 2]);
        }
        done.store(true, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

proptest! {
    #[test]
    fn no_text_is_a_panic(text in r#"\{"shape": \[[0-9, ]{0,40}\], "dtype": "(u8|f64|)", "offset": [0-9]{1,22}\}"#) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.raw"), [0; 4]).unwrap();
        fs::write(folder.path().join("a.raw.json"), text).unwrap();
        let _ = load(&at(folder.path(), "a.raw"));
    }
}
