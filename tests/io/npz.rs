use std::fs;
use std::path::Path;

use headwater::graph::Meta;
use headwater::io::{Compression, Create, Open, open};
use headwater::{Array, Checkpoint, DType, roi};
use proptest::prelude::*;

use crate::support::{image, load, save};

fn at(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

fn deflated() -> Create {
    Create::new().replace(true).compression(Compression::Deflate(6))
}

#[test]
fn every_type_makes_the_trip_stored_and_deflated() {
    let folder = tempfile::tempdir().unwrap();
    for how in [Create::new().replace(true), deflated()] {
        for dtype in DType::ALL {
            let path = at(folder.path(), "a.npz");
            let image = image("zyx", &[5, 7, 6], dtype);
            save(&how, &path, &image, &Meta::of(&image)).unwrap();
            assert_eq!(load(&path).unwrap(), image);
            assert_eq!(load(&format!("{path}/data")).unwrap(), image);
            assert_eq!(load(&format!("{path}/data.npy")).unwrap(), image);
        }
    }
}

#[test]
fn regions_are_found_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.npz/cells");
    let image = image("zyx", &[20, 30, 40], DType::U16);
    save(&deflated(), &path, &image, &Meta::of(&image)).unwrap();
    let source = open(&path).unwrap();
    for roi in [
        roi![3..5, 2..9, 1..40],
        roi![6..20, 0..30, 0..40],
        roi![0..1, 0..1, 0..1],
        roi![1..1, 0..1, 0..1],
    ] {
        assert_eq!(
            source.read(&roi, &Checkpoint::never()).unwrap(),
            image.slice(&roi).unwrap()
        );
    }
}

#[test]
fn a_stream_takes_its_blocks_in_order_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.npz");
    let never = Checkpoint::never();
    let image = image("zyx", &[4, 3, 2], DType::U8);
    let sink = deflated().create(&path, &Meta::of(&image)).unwrap();
    let second = roi![2..4, 0..3, 0..2];
    assert!(
        sink.write_region(&second, &image.slice(&second).unwrap(), &never)
            .is_err()
    );
    assert!(sink.finish(&never).unwrap_err().report().contains("a.npz"));
    let sink = Create::new().create(&path, &Meta::of(&image)).unwrap();
    sink.write_region(&second, &image.slice(&second).unwrap(), &never)
        .unwrap();
    assert!(sink.finish(&never).unwrap_err().report().contains("not been written"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn of_a_stream_nothing_is_kept_for_another_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.npz");
    let (never, image) = (Checkpoint::never(), image("zyx", &[4, 5, 6], DType::U8));
    let names = || fs::read_dir(folder.path()).unwrap().count();
    for (how, left) in [(deflated(), 0), (Create::new(), 3)] {
        let sink = how.resume("work").create(&path, &Meta::of(&image)).unwrap();
        sink.write_region(&roi![0..4, 0..5, 0..6], &image, &never).unwrap();
        drop(sink);
        assert_eq!(names(), left, "the part, its journal and its lock, or nothing");
    }
    let sink = Create::new().resume("work").create(&path, &Meta::of(&image)).unwrap();
    assert!(sink.is_written(&roi![0..4, 0..5, 0..6]));
    sink.finish(&never).unwrap();
    assert_eq!(load(&path).unwrap(), image);
}

#[test]
fn archives_of_numpy_are_read() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/io/data");
    let path = at(&data, "two.npz");
    let error = open(&path).err().unwrap().report();
    assert!(error.contains("`first`, `second`"), "{error}");
    let images = Open::new().contents(&path).unwrap().images;
    assert_eq!(images, [format!("{path}/first"), format!("{path}/second")]);
    let error = open(&format!("{path}/third")).err().unwrap().report();
    assert!(
        error.contains("third") && error.contains("`first`, `second`"),
        "{error}"
    );
    let first = load(&format!("{path}/first")).unwrap();
    assert_eq!(
        first,
        Array::from_vec("yx", &[2, 3], vec![0_u16, 1, 2, 3, 4, 5]).unwrap()
    );
    let second = load(&format!("{path}/second")).unwrap();
    assert_eq!(second, Array::from_vec("x", &[3], vec![true, false, true]).unwrap());
}

#[test]
fn an_archive_cut_short_anywhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.npz");
    for how in [Create::new().replace(true), deflated()] {
        let image = image("yx", &[12, 10], DType::U16);
        save(&how, &path, &image, &Meta::of(&image)).unwrap();
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            let error = load(&path).err().unwrap_or_else(|| panic!("cut at {end}")).report();
            assert!(error.contains("a.npz"), "{error}");
        }
    }
}

#[test]
fn a_shape_that_the_entry_cannot_hold_is_refused_when_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.npz");
    for how in [
        Create::new().replace(true),
        deflated().compression(Compression::Deflate(1)),
    ] {
        let image = image("yx", &[10, 10], DType::U8);
        save(&how, &path, &image, &Meta::of(&image)).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        match bytes.windows(8).position(|w| w == b"(10, 10)") {
            Some(place) => bytes[place..place + 8].copy_from_slice(b"(1e9999)"),
            // Deflated: the sizes of the entry, in its header and in the directory, are made small.
            None => {
                let place = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
                let wide = place + 46 + "data.npy".len() + 4;
                bytes[wide..wide + 8].copy_from_slice(&7_u64.to_le_bytes());
            }
        }
        fs::write(&path, bytes).unwrap();
        assert!(open(&path).err().unwrap().report().contains("a.npz"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn flipped_bytes_are_errors_or_pixels(deflate in any::<bool>(), place in any::<prop::sample::Index>(), with in 1_u8..) {
        let folder = tempfile::tempdir().unwrap();
        let path = at(folder.path(), "a.npz");
        let image = image("yx", &[12, 10], DType::U8);
        let how = if deflate { deflated() } else { Create::new() };
        save(&how, &path, &image, &Meta::of(&image)).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= with;
        fs::write(&path, bytes).unwrap();
        // Of a deflated entry that is read to its end, the checksum tells.
        if let (Ok(read), true) = (load(&path), deflate) {
            prop_assert_eq!(read, image);
        }
    }
}
