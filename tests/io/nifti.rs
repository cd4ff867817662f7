use std::fs;
use std::io::Write as _;
use std::path::Path;

use headwater::io::{Limit, Open, open};
use headwater::{Array, Checkpoint, Error, roi};
use proptest::prelude::*;

/// A header of the first version, little endian, for `x` fastest lengths.
fn header(lengths: &[i16], code: i16, bits: i16) -> Vec<u8> {
    let mut bytes = vec![0; 352];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &348_i32.to_le_bytes());
    put(40, &(lengths.len() as i16).to_le_bytes());
    for (n, length) in lengths.iter().enumerate() {
        put(42 + 2 * n, &length.to_le_bytes());
        put(80 + 4 * n, &(0.5 + n as f32).to_le_bytes());
    }
    put(70, &code.to_le_bytes());
    put(72, &bits.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    put(123, &[2 + 8]);
    put(344, b"n+1\0");
    bytes
}

fn write(folder: &Path, bytes: &[u8]) -> String {
    let path = folder.join("a.nii");
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn zipped(folder: &Path, bytes: &[u8]) -> String {
    let path = folder.join("a.nii.gz");
    let mut stream = flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
    stream.write_all(bytes).unwrap();
    stream.finish().unwrap();
    path.to_str().unwrap().to_owned()
}

fn load(path: &str) -> Result<Array, Error> {
    let source = Open::new().limit(Limit::bytes(1 << 20)).open(path)?;
    source.read(&source.meta().roi(), &Checkpoint::never())
}

fn volume() -> (Vec<u8>, Array) {
    let mut bytes = header(&[4, 3, 2, 5], 4, 16);
    let values: Vec<i16> = (0..120).map(|n| n * 37 - 2000).collect();
    values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    (bytes, Array::from_vec("tzyx", &[5, 2, 3, 4], values).unwrap())
}

#[test]
fn x_runs_fastest_and_sizes_have_their_units() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, image) = volume();
    for path in [write(folder.path(), &bytes), zipped(folder.path(), &bytes)] {
        assert_eq!(load(&path).unwrap(), image);
        let source = open(&path).unwrap();
        for roi in [roi![3..5, 1..2, 0..3, 1..2], roi![0..2, 0..2, 2..3, 0..4]] {
            assert_eq!(
                source.read(&roi, &Checkpoint::never()).unwrap(),
                image.slice(&roi).unwrap()
            );
        }
        let sizes = source.meta().pixel_size().unwrap();
        let told: Vec<_> = sizes.iter().map(|pixel| (pixel.size, &*pixel.unit)).collect();
        assert_eq!(
            told,
            [
                (3.5, "second"),
                (2.5, "millimeter"),
                (1.5, "millimeter"),
                (0.5, "millimeter")
            ]
        );
    }
}

#[test]
fn the_second_version_and_the_other_order_of_bytes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = vec![0; 544];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &540_i32.to_be_bytes());
    put(4, b"n+2\0\r\n\x1a\n");
    put(12, &512_i16.to_be_bytes());
    put(14, &16_i16.to_be_bytes());
    put(16, &2_i64.to_be_bytes());
    put(24, &3_i64.to_be_bytes());
    put(32, &2_i64.to_be_bytes());
    put(112, &0.25_f64.to_be_bytes());
    put(168, &544_i64.to_be_bytes());
    put(500, &3_i32.to_be_bytes());
    (1..=6_u16).for_each(|value| bytes.extend((value * 1000).to_be_bytes()));
    let path = write(folder.path(), &bytes);
    let expected = Array::from_vec("yx", &[2, 3], vec![1000_u16, 2000, 3000, 4000, 5000, 6000]).unwrap();
    assert_eq!(load(&path).unwrap(), expected);
    let source = open(&path).unwrap();
    let x = &source.meta().pixel_size().unwrap()[1];
    assert_eq!((x.size, &*x.unit), (0.25, "micrometer"));
}

#[test]
fn values_are_scaled() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bytes, image) = volume();
    bytes[112..116].copy_from_slice(&0.5_f32.to_le_bytes());
    bytes[116..120].copy_from_slice(&(-3_f32).to_le_bytes());
    for path in [write(folder.path(), &bytes), zipped(folder.path(), &bytes)] {
        let expected = image.map(|value: i16| f32::from(value) * 0.5 - 3.0).unwrap();
        assert_eq!(load(&path).unwrap(), expected);
        let roi = roi![1..4, 0..2, 1..3, 1..4];
        let source = open(&path).unwrap();
        assert_eq!(
            source.read(&roi, &Checkpoint::never()).unwrap(),
            expected.slice(&roi).unwrap()
        );
    }
    bytes[112..116].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(load(&write(folder.path(), &bytes)).unwrap(), image);
}

#[test]
fn a_file_cut_short_anywhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, _) = volume();
    let path = write(folder.path(), &bytes);
    for end in 0..bytes.len() {
        fs::write(&path, &bytes[..end]).unwrap();
        assert!(
            open(&path).err().expect("an error").report().contains("a.nii"),
            "cut at {end}"
        );
    }
    let path = zipped(folder.path(), &bytes);
    let whole = fs::read(&path).unwrap();
    // The last eight bytes are the checksum and the length, which come after the samples.
    for end in 0..whole.len() - 8 {
        fs::write(&path, &whole[..end]).unwrap();
        let error = load(&path)
            .err()
            .unwrap_or_else(|| panic!("cut at {end} of {}", whole.len()))
            .report();
        assert!(error.contains("a.nii.gz"), "{error}");
    }
}

#[test]
fn a_pair_is_read_by_the_name_of_either_file() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bytes, image) = volume();
    bytes[344..348].copy_from_slice(b"ni1\0");
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for offset in [0_u8, 16] {
        bytes[108..112].copy_from_slice(&f32::from(offset).to_le_bytes());
        fs::write(at("a.hdr"), &bytes[..348]).unwrap();
        let mut samples = vec![9; usize::from(offset)];
        samples.extend(&bytes[352..]);
        fs::write(at("a.img"), samples).unwrap();
        for name in ["a.hdr", "a.img"] {
            assert_eq!(load(&at(name)).unwrap(), image);
        }
    }
    for ending in ["hdr", "img"] {
        fs::copy(at(&format!("a.{ending}")), at(&format!("A.{}", ending.to_uppercase()))).unwrap();
    }
    for name in ["A.HDR", "A.IMG"] {
        assert_eq!(load(&at(name)).unwrap(), image);
    }
    let samples = fs::read(at("a.img")).unwrap();
    fs::write(at("a.img"), &samples[..samples.len() - 1]).unwrap();
    let error = load(&at("a.img")).unwrap_err().report();
    assert!(error.contains("a.img") && error.contains("too short"), "{error}");
    fs::remove_file(at("a.img")).unwrap();
    let error = load(&at("a.hdr")).unwrap_err().report();
    assert!(error.contains("a.hdr") && error.contains("a.img"), "{error}");
    fs::write(at("b.img"), samples).unwrap();
    let error = load(&at("b.img")).unwrap_err().report();
    assert!(error.contains("b.hdr"), "{error}");
}

#[test]
fn what_a_header_claims_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let with = |change: &dyn Fn(&mut Vec<u8>), expected: &str| {
        let (mut bytes, _) = volume();
        change(&mut bytes);
        let error = open(&write(folder.path(), &bytes)).err().expect(expected).report();
        assert!(error.contains("a.nii") && error.contains(expected), "{error}");
    };
    with(&|bytes| bytes[344..348].copy_from_slice(b"ni1\0"), ".img");
    with(&|bytes| bytes[344..348].copy_from_slice(b"\0\0\0\0"), "Analyze");
    with(&|bytes| bytes[70..72].copy_from_slice(&128_i16.to_le_bytes()), "RGB");
    with(&|bytes| bytes[70..72].copy_from_slice(&32_i16.to_le_bytes()), "complex");
    with(&|bytes| bytes[72..74].copy_from_slice(&8_i16.to_le_bytes()), "8 bits");
    with(&|bytes| bytes[40..42].copy_from_slice(&9_i16.to_le_bytes()), "9 axes");
    with(&|bytes| bytes[44..46].copy_from_slice(&(-3_i16).to_le_bytes()), "-3");
    with(
        &|bytes| (1..8).for_each(|n| bytes[40 + 2 * n..42 + 2 * n].copy_from_slice(&i16::MAX.to_le_bytes())),
        "too short",
    );
    with(
        &|bytes| bytes[108..112].copy_from_slice(&f32::NAN.to_le_bytes()),
        "begin",
    );
    with(&|bytes| bytes[108..112].copy_from_slice(&10_f32.to_le_bytes()), "begin");
    with(&|bytes| bytes[0..4].copy_from_slice(&349_i32.to_le_bytes()), "NIfTI");
    // Small compressed, giant in the header.
    let mut bomb = header(&[i16::MAX, i16::MAX, i16::MAX], 2, 8);
    bomb.extend([0; 4096]);
    let error = open(&zipped(folder.path(), &bomb)).err().unwrap().report();
    assert!(error.contains("a.nii.gz") && error.contains("cannot hold"), "{error}");
}

proptest! {
    #[test]
    fn flipped_bytes_never_panic(gzip in any::<bool>(), place in any::<prop::sample::Index>(), with in 1_u8..) {
        let folder = tempfile::tempdir().unwrap();
        let (mut bytes, image) = volume();
        let path = if gzip { zipped(folder.path(), &bytes) } else { write(folder.path(), &bytes) };
        if gzip { bytes = fs::read(&path).unwrap(); }
        let place = place.index(bytes.len());
        bytes[place] ^= with;
        fs::write(&path, &bytes).unwrap();
        let Ok(read) = load(&path) else { return Ok(()) };
        if gzip {
            // Its checksum tells.
            prop_assert!(read == image || read.is_empty(), "{:?}", read);
        } else if place >= 352 {
            let samples = |array: &Array| array.view::<i16>().unwrap().iter().copied().collect::<Vec<_>>();
            let (read, image) = (samples(&read), samples(&image));
            let different: Vec<_> = (0..image.len()).filter(|n| read[*n] != image[*n]).collect();
            prop_assert_eq!(different, [(place - 352) / 2]);
        } else {
            // Of a header, nothing but that no more comes out than there is.
            prop_assert!(read.len() <= bytes.len(), "{:?}", read);
        }
    }
}
