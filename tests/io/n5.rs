use std::fs;
use std::path::Path;

use headwater::graph::{Meta, PixelSize};
use headwater::io::{Compression, Create, Limit, Open, open};
use headwater::{Array, Checkpoint, DType, Shape, roi};
use proptest::prelude::*;

use crate::support::{image, load, save};

fn at(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

fn small() -> Create {
    Create::new().replace(true).chunk(Shape::new([2, 4, 3]).unwrap())
}

#[test]
fn every_type_and_compression_makes_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.n5");
    for compression in [Compression::None, Compression::Deflate(1), Compression::Zstd(1)] {
        for dtype in DType::ALL.into_iter().filter(|dtype| *dtype != DType::Bool) {
            let image = image("zyx", &[5, 7, 6], dtype);
            let place = format!("{path}/{compression:?}/{dtype}").replace(['(', ')'], "");
            save(&small().compression(compression), &place, &image, &Meta::of(&image)).unwrap();
            assert_eq!(load(&place).unwrap(), image);
        }
    }
    let error = open(&path).err().unwrap().report();
    assert!(
        error.contains("name one of") && error.contains("many datasets"),
        "{error}"
    );
    let images = Open::new().contents(&path).unwrap().images;
    assert!(
        images.len() == 30 && images.contains(&at(folder.path(), "a.n5/None/f32")),
        "{images:?}"
    );
    let error = open(&at(folder.path(), "a.n5/../a.n5")).err().unwrap().report();
    assert!(error.contains("a.n5"), "{error}");
}

#[test]
fn what_is_known_and_regions_make_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.n5");
    let image = image("zyx", &[5, 7, 6], DType::U16);
    let size = |size| PixelSize {
        size,
        unit: "micrometer".into(),
    };
    let meta = Meta::of(&image)
        .with_pixel_size([size(2.0), size(0.5), size(0.25)])
        .unwrap();
    save(&small(), &path, &image, &meta).unwrap();
    let source = open(&path).unwrap();
    assert_eq!(source.meta().pixel_size(), meta.pixel_size());
    assert_eq!(source.meta().ideal_block().unwrap().as_slice(), [2, 4, 3]);
    for roi in [roi![1..4, 3..5, 2..6], roi![4..5, 6..7, 5..6], roi![2..2, 0..1, 0..1]] {
        assert_eq!(
            source.read(&roi, &Checkpoint::never()).unwrap(),
            image.slice(&roi).unwrap()
        );
    }
    // A block that is not there is zeros.
    fs::remove_file(folder.path().join("a.n5/data/0/0/0")).unwrap();
    let zeros = Array::zeros("zyx", &[2, 4, 3], DType::U16).unwrap();
    assert_eq!(
        source.read(&roi![0..2, 0..4, 0..3], &Checkpoint::never()).unwrap(),
        zeros
    );
}

#[test]
fn a_run_goes_on_where_it_was_left_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.n5");
    let never = Checkpoint::never();
    let image = image("zyx", &[4, 4, 3], DType::U8);
    let meta = Meta::of(&image);
    let (top, rest) = (roi![0..2, 0..4, 0..3], roi![2..4, 0..4, 0..3]);
    let sink = small().resume("work").create(&path, &meta).unwrap();
    sink.write_region(&top, &image.slice(&top).unwrap(), &never).unwrap();
    let error = sink.finish(&never).unwrap_err().report();
    assert!(error.contains("0/0/1"), "{error}");
    assert!(!folder.path().join("a.n5").exists());
    // As a power cut may leave a block: with its name and without its bytes.
    let last = folder.path().join(".a.n5.headwater-part/data/0/0/1");
    fs::write(last, "").unwrap();
    let sink = small().resume("work").create(&path, &meta).unwrap();
    assert!(sink.is_written(&top) && !sink.is_written(&rest));
    sink.write_region(&rest, &image.slice(&rest).unwrap(), &never).unwrap();
    sink.finish(&never).unwrap();
    assert_eq!(load(&path).unwrap(), image);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn blocks_cut_short_and_lying_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.n5");
    for compression in [Compression::None, Compression::Deflate(1), Compression::Zstd(1)] {
        let image = image("zyx", &[2, 4, 3], DType::U16);
        save(&small().compression(compression), &path, &image, &Meta::of(&image)).unwrap();
        let block = folder.path().join("a.n5/data/0/0/0");
        let whole = fs::read(&block).unwrap();
        let fails = |bytes: &[u8], why: &str| {
            fs::write(&block, bytes).unwrap();
            let error = load(&path)
                .err()
                .unwrap_or_else(|| panic!("{compression}: {why}"))
                .report();
            assert!(error.contains("a.n5") && error.contains("0/0/0"), "{error}");
        };
        (0..whole.len()).for_each(|end| fails(&whole[..end], &format!("cut at {end}")));
        let mut longer = whole.clone();
        longer[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
        fails(&longer, "a giant side");
        longer[4..8].copy_from_slice(&1_u32.to_be_bytes());
        fails(&longer, "more samples than told");
    }
}

#[test]
fn attributes_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a.n5");
    fs::create_dir(&data).unwrap();
    let cases = [
        (
            r#"{"dimensions": [4], "blockSize": [0], "dataType": "uint8", "compression": {"type": "raw"}}"#,
            "blocks of",
        ),
        (
            r#"{"dimensions": [4], "blockSize": [2, 2], "dataType": "uint8", "compression": {"type": "raw"}}"#,
            "blocks of",
        ),
        (
            r#"{"dimensions": [-4], "blockSize": [2], "dataType": "uint8", "compression": {"type": "raw"}}"#,
            "dimensions",
        ),
        (
            r#"{"dimensions": [4], "blockSize": [2], "dataType": "string", "compression": {"type": "raw"}}"#,
            "string",
        ),
        (
            r#"{"dimensions": [4], "blockSize": [2], "dataType": "uint8", "compression": {"type": "xz"}}"#,
            "xz",
        ),
        (
            r#"{"dimensions": [4], "blockSize": [2], "dataType": "uint8"}"#,
            "compressed",
        ),
        (r#"{"dimensions": [4], "#, "line 1"),
        (r#"{}"#, "no dataset"),
    ];
    for (text, expected) in cases {
        fs::write(data.join("attributes.json"), text).unwrap();
        let error = open(&at(folder.path(), "a.n5"))
            .err()
            .unwrap_or_else(|| panic!("{text}"))
            .report();
        assert!(error.contains("a.n5") && error.contains(expected), "{text}: {error}");
    }
    // A giant image is only numbers; a giant block is above the limit.
    let axes = r#""axistags": "{\"axes\": [{\"key\": \"z\"}, {\"key\": \"t\"}]}""#;
    let opened = |block: &str| {
        let text = format!(
            r#"{{"dimensions": [4000000000, 4000000000], "blockSize": {block}, "dataType": "uint8", "compression": {{"type": "gzip"}}, {axes}}}"#
        );
        fs::write(data.join("attributes.json"), text).unwrap();
        Open::new()
            .limit(Limit::bytes(64 << 20))
            .open(&at(folder.path(), "a.n5"))
    };
    assert_eq!(opened("[64, 64]").unwrap().meta().axes().to_string(), "zt");
    for block in ["[4000000000, 4000000000]", "[18446744073709551615, 2]"] {
        let error = opened(block).err().unwrap().report();
        assert!(
            error.contains("the limit is 64.00 MiB") && error.contains("a.n5"),
            "{error}"
        );
    }
}

#[test]
fn channel_names_make_the_trip_if_they_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.n5");
    let image = image("cyx", &[2, 4, 3], DType::U16);
    let names = |path: &str| open(path).unwrap().meta().channel_names().join(" ");
    let meta = Meta::of(&image).with_channel_names(["dna", "actin"]);
    save(&small(), &path, &image, &meta).unwrap();
    assert_eq!(names(&path), "dna actin");
    let file = folder.path().join("a.n5/data/attributes.json");
    let text = fs::read_to_string(&file).unwrap();
    for odd in ["dna\", 3, \"actin", "dna\", \"b\", \"actin"] {
        fs::write(&file, text.replace("dna\",\n    \"actin", odd)).unwrap();
        assert_ne!(fs::read_to_string(&file).unwrap(), text);
        assert_eq!(names(&path), "");
    }
}

#[test]
fn a_pipe_is_not_waited_for_and_long_attributes_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.n5");
    let image = image("zyx", &[2, 4, 3], DType::U16);
    save(&small(), &path, &image, &Meta::of(&image)).unwrap();
    let data = folder.path().join("a.n5/data");
    for name in ["0/0/0", "attributes.json"] {
        let file = data.join(name);
        let before = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&file).status();
        if made.is_ok_and(|made| made.success()) {
            let error = load(&path).unwrap_err().report();
            assert!(error.contains(name) && error.contains("regular file"), "{error}");
            fs::remove_file(&file).unwrap();
        }
        fs::write(&file, before).unwrap();
    }
    assert_eq!(load(&path).unwrap(), image);
    let long = format!(r#"{{"dimensions": [{}1]}}"#, "1, ".repeat(1 << 20));
    fs::write(data.join("attributes.json"), long).unwrap();
    let error = load(&path).unwrap_err().report();
    assert!(error.contains("a.n5") && error.contains("longer than"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn flipped_bytes_never_panic(of_block in any::<bool>(), place in any::<prop::sample::Index>(), with in 1_u8..) {
        let folder = tempfile::tempdir().unwrap();
        let path = at(folder.path(), "a.n5");
        let image = image("zyx", &[2, 4, 3], DType::U16);
        save(&small(), &path, &image, &Meta::of(&image)).unwrap();
        let file = folder.path().join("a.n5/data").join(if of_block { "0/0/0" } else { "attributes.json" });
        let mut bytes = fs::read(&file).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= with;
        fs::write(&file, bytes).unwrap();
        if let Ok(source) = Open::new().limit(Limit::bytes(64 << 20)).open(&path) {
            let _ = source.read(&source.meta().roi().clipped(Shape::new(vec![8; source.meta().shape().rank()]).unwrap()).unwrap(), &Checkpoint::never());
        }
    }
}
