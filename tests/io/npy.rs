use headwater::graph::{Graph, Meta};
use headwater::io::{Create, ImageSource, Open, open};
use headwater::{Array, Checkpoint, DType, roi};
use proptest::prelude::*;

use crate::support::{image, load, save};

#[test]
fn every_type_makes_the_trip() {
    let folder = tempfile::tempdir().unwrap();
    for dtype in DType::ALL {
        let path = folder.path().join(format!("{dtype}.npy"));
        let path = path.to_str().unwrap();
        let image = image("zyx", &[5, 7, 6], dtype);
        save(&Create::new(), path, &image, &Meta::of(&image)).unwrap();
        assert_eq!(load(path).unwrap(), image);
    }
}

#[test]
fn a_region_is_read_by_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let path = path.to_str().unwrap();
    let image = image("zyx", &[5, 40, 30], DType::U16);
    save(&Create::new(), path, &image, &Meta::of(&image)).unwrap();
    let graph = Graph::new();
    let source = graph.add(ImageSource::open(path).unwrap());
    let roi = roi![1..4, 10..33, 3..4];
    assert_eq!(source.output.request(roi).wait().unwrap(), image.slice(&roi).unwrap());
}

#[test]
fn a_file_cut_short_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let image = image("yx", &[40, 30], DType::U16);
    save(&Create::new(), path.to_str().unwrap(), &image, &Meta::of(&image)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for end in 0..whole.len() {
        std::fs::write(&path, &whole[..end]).unwrap();
        let error = open(path.to_str().unwrap()).err().expect("an error").report();
        assert!(error.contains("a.npy"), "{error}");
    }
    std::fs::write(&path, &whole).unwrap();
    let source = open(path.to_str().unwrap()).unwrap();
    assert!(source.read(&roi![0..41, 0..30], &Checkpoint::never()).is_err());
}

fn at(folder: &std::path::Path) -> String {
    folder.join("a.npy").to_str().unwrap().to_owned()
}

/// A file with this dictionary and these samples.
fn npy(header: &str, samples: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(samples);
    bytes
}

#[test]
fn the_order_of_fortran_is_read_with_reversed_axes() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path());
    // Shape (2, 3, 5) in the file, its first axis the fastest.
    let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3, 5), }\n";
    let samples: Vec<u8> = (0..30_i16).flat_map(|n| (n * 300 - 4000).to_be_bytes()).collect();
    std::fs::write(&path, npy(header, &samples)).unwrap();
    let read = load(&path).unwrap();
    assert_eq!(
        (read.axes().to_string().as_str(), read.shape()),
        ("xyz", &[5, 3, 2][..])
    );
    let values: Vec<i16> = (0..30_i16).map(|n| n * 300 - 4000).collect();
    assert_eq!(read, Array::from_vec("xyz", &[5, 3, 2], values).unwrap());
    let source = Open::new().axes("tyx".parse().unwrap()).open(&path).unwrap();
    assert_eq!(source.meta().axes().to_string(), "xyt");
    let roi = roi![1..4, 2..3, 0..2];
    let part = source.read(&roi, &Checkpoint::never()).unwrap();
    assert_eq!(part, read.with_axes("xyt").unwrap().slice(&roi).unwrap());
}

#[test]
fn axes_that_are_told_have_precedence_and_must_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path());
    let image = image("zyx", &[3, 4, 5], DType::U8);
    save(&Create::new(), &path, &image, &Meta::of(&image)).unwrap();
    let source = Open::new().axes("cty".parse().unwrap()).open(&path).unwrap();
    assert_eq!(source.meta().axes().to_string(), "cty");
    let error = Open::new()
        .axes("yx".parse().unwrap())
        .open(&path)
        .err()
        .unwrap()
        .report();
    assert!(error.contains("a.npy") && error.contains("yx"), "{error}");
    let six = image.to_axes("abczyx").unwrap();
    save(&Create::new().replace(true), &path, &six, &Meta::of(&six)).unwrap();
    assert!(open(&path).err().unwrap().report().contains("6 axes"));
    assert!(Open::new().axes("abczyx".parse().unwrap()).open(&path).is_ok());
}

#[test]
fn what_is_missing_is_told_before_the_name_appears() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("yx", &[4, 5], DType::U16);
    let sink = Create::new().create(&at(folder.path()), &Meta::of(&image)).unwrap();
    let top = roi![0..3, 0..5];
    // What comes twice does not stand for what is missing.
    for _ in 0..2 {
        sink.write_region(&top, &image.slice(&top).unwrap(), &Checkpoint::never())
            .unwrap();
    }
    let error = sink.finish(&Checkpoint::never()).unwrap_err().report();
    assert!(error.contains("5 of its 20 samples"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_a_header_claims_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path());
    let cases = [
        (
            "{'descr': '<u2', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }",
            "too short",
        ),
        (
            "{'descr': '<u2', 'fortran_order': False, 'shape': (99999999999999999999999,), }",
            "shape",
        ),
        ("{'descr': '<u2', 'fortran_order': False, 'shape': (-1,), }", "shape"),
        ("{'descr': '<u2', 'fortran_order': False, 'shape': (), }", "axes"),
        ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "<c8"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "|O"),
        (
            "{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (1,), }",
            "structures",
        ),
        ("{'descr': '<u2', 'fortran_order': Maybe, 'shape': (1,), }", "Maybe"),
        ("{'descr': '<u2', 'shape': (1,), }", "fortran_order"),
        ("{'descr': '", "descr"),
        ("", "descr"),
    ];
    for (header, expected) in cases {
        std::fs::write(&path, npy(header, &[0; 8])).unwrap();
        let error = open(&path).err().unwrap_or_else(|| panic!("{header}")).report();
        assert!(error.contains("a.npy") && error.contains(expected), "{header}: {error}");
    }
}

proptest! {
    #[test]
    fn no_header_is_a_panic(text in r"\{('descr': '[<>|=]?[uifbO]?[0-9é]?',? ?|'fortran_order': (True|False)?,? ?|'shape': \(?[0-9, -]{0,30}\)?,? ?){0,4}\}?", version in 0_u8..5, length in 0_u16..200) {
        let folder = tempfile::tempdir().unwrap();
        let path = at(folder.path());
        let mut bytes = npy(&text, &[0; 16]);
        bytes[6] = version;
        if length > 100 { bytes[8..10].copy_from_slice(&length.to_le_bytes()); }
        std::fs::write(&path, bytes).unwrap();
        if let Ok(read) = load(&path) {
            prop_assert!(read.nbytes() <= 1 << 10);
        }
    }
}
