//! Files that lie, break off, or are noise: an error in one line, in bounded time and memory, and never a panic.

use std::io::Cursor;
use std::sync::Arc;

use headwater::io::{Limit, Open, open};
use headwater::{Array, Checkpoint, Error, Interrupt, Shape, roi};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use proptest::prelude::*;
use tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype};

use super::forge::*;
use super::{Folder, Random, load_bytes, sample};
use crate::support::{image, save};

/// The most that opening and reading may take in these tests, and the most samples of an image that is read whole.
const LIMIT: u64 = 16 << 20;
/// Mutations of each small file; there are a dozen of those.
const MUTATIONS: usize = 200;

/// Small files of every kind that can be read.
pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut random = Random(10);
    let (width, height) = (20, 17);
    let tiles: Vec<_> = (0..4).map(|_| random.bytes(256)).collect();
    let tiles: Vec<_> = tiles.iter().map(Vec::as_slice).collect();
    let tiled = Page::grey(width, height, 8, &[])
        .with(TILE_WIDTH, &[16])
        .with(TILE_LENGTH, &[16])
        .chunks(&tiles);
    let planar = Page::rgb(2, 2, &[])
        .with(PLANAR, &[2])
        .chunks(&[&[1; 4], &[2; 4], &[3; 4]]);
    let stack = vec![Page::grey(4, 3, 16, &random.bytes(24)); 5];
    let rgba = Page::rgb(3, 3, &random.bytes(36))
        .with(SAMPLES, &[4])
        .with(BITS, &[8; 4])
        .with(EXTRA, &[2]);
    let floats = Page::grey(4, 4, 32, &random.bytes(64)).with(FORMAT, &[3]);
    let truths = Page::grey(11, 4, 1, &random.bytes(8));
    let mut jpeg = Vec::new();
    JpegEncoder::new(&mut jpeg)
        .encode(&[90; 128], 16, 8, ExtendedColorType::L8)
        .unwrap();
    let wrapped = Page::grey(16, 8, 8, &jpeg).with(COMPRESSION, &[7]);
    vec![
        ("tiled", tiff(&[tiled], None)),
        ("planar", tiff(&[planar], None)),
        ("stack", tiff(&stack, None)),
        ("rgba", tiff(&[rgba], None)),
        ("float", tiff(&[floats], None)),
        ("truths", tiff(&[truths], None)),
        ("jpeg", tiff(&[wrapped], None)),
        (
            "deflate",
            compressed(Compression::Deflate(DeflateLevel::Fast), Predictor::Horizontal),
        ),
        ("lzw", compressed(Compression::Lzw, Predictor::None)),
        ("packbits", compressed(Compression::Packbits, Predictor::None)),
        ("big", big()),
        ("ours", ours(headwater::io::Compression::Zstd(1))),
        ("ours, bare", ours(headwater::io::Compression::None)),
    ]
}

fn compressed(compression: Compression, predictor: Predictor) -> Vec<u8> {
    let samples: Vec<u16> = (0..30 * 20).map(|n| n * 17).collect();
    let mut file = Cursor::new(Vec::new());
    let encoder = TiffEncoder::new(&mut file).unwrap();
    let mut encoder = encoder.with_compression(compression).with_predictor(predictor);
    encoder.write_image::<colortype::Gray16>(30, 20, &samples).unwrap();
    file.into_inner()
}

fn big() -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new_big(&mut file).unwrap();
    encoder.write_image::<colortype::Gray8>(4, 3, &[5; 12]).unwrap();
    file.into_inner()
}

/// A file of our own, with OME-XML.
fn ours(compression: headwater::io::Compression) -> Vec<u8> {
    let folder = Folder::new();
    let path = folder.path("a.tif");
    let image = image("zcyx", &[2, 2, 8, 9], headwater::DType::U16);
    let create = headwater::io::Create::new().compression(compression);
    save(&create, &path, &image, &headwater::graph::Meta::of(&image)).unwrap();
    std::fs::read(path).unwrap()
}

/// All of an image, unless it is enormous; then its first sample.
pub(super) fn try_load(path: &str) -> Option<Array> {
    let source = Open::new().limit(Limit::bytes(LIMIT)).open(path);
    let source = source.map_err(|error| check(&error, path)).ok()?;
    let whole = source.meta().roi();
    let volume = whole.shape().saturating_volume() as u64;
    let roi = match volume <= LIMIT {
        true => whole,
        false => headwater::Roi::full(Shape::new(vec![1; whole.rank()]).unwrap()),
    };
    assert!(source.scratch(&roi) <= 2 * LIMIT, "{path}");
    source
        .read(&roi, &Checkpoint::never())
        .map_err(|error| check(&error, path))
        .ok()
}

/// That an error is one line that names the file.
fn check(error: &Error, path: &str) {
    let report = error.report();
    assert!(report.contains(path) && !report.contains('\n'), "{report}");
}

fn mutate(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        bytes[at] = match random.below(4) {
            0 => 0xff,
            1 => 0,
            2 => bytes[at] ^ (1 << random.below(8)),
            _ => random.next() as u8,
        };
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_or_whole() {
    let folder = Folder::new();
    for (name, bytes) in seeds() {
        let path = folder.put("image.tif", &bytes);
        let whole = try_load(&path).unwrap_or_else(|| panic!("{name}"));
        for end in 0..bytes.len() {
            folder.put("image.tif", &bytes[..end]);
            if let Some(image) = try_load(&path) {
                assert_eq!(image, whole, "{name} cut at {end}");
            }
        }
    }
}

#[test]
fn thousands_of_damaged_files_never_escape_as_a_panic() {
    let folder = Folder::new();
    let mut random = Random(12);
    for (_, bytes) in seeds() {
        for _ in 0..MUTATIONS {
            let mut damaged = bytes.clone();
            mutate(&mut damaged, &mut random);
            try_load(&folder.put("image.tif", &damaged));
        }
    }
}

#[test]
fn the_sample_image_cut_or_damaged_is_an_error_or_an_image() {
    let folder = Folder::new();
    let bytes = std::fs::read(sample("examples/data/nuclei_2d.tif")).unwrap();
    let mut random = Random(13);
    for _ in 0..50 {
        let cut = random.below(bytes.len());
        assert!(try_load(&folder.put("cut.tif", &bytes[..cut])).is_none());
        let mut damaged = bytes.clone();
        mutate(&mut damaged, &mut random);
        try_load(&folder.put("damaged.tif", &damaged));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_behind_a_header_is_an_error_or_an_image(
        big in any::<bool>(),
        little in any::<bool>(),
        noise in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let folder = Folder::new();
        let start: &[u8] = match (big, little) {
            (false, true) => b"II*\0\x08\0\0\0",
            (false, false) => b"MM\0*\0\0\0\x08",
            (true, true) => b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0",
            (true, false) => b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10",
        };
        try_load(&folder.put("noise.tif", &[start, &noise].concat()));
    }
}

#[test]
fn pages_in_a_circle_end() {
    let page = Page::grey(2, 1, 8, &[1, 2]);
    for back_to in [0, 1, 2] {
        let error = load_bytes(&tiff(&[page.clone(), page.clone(), page.clone()], Some(back_to))).unwrap_err();
        assert!(error.report().contains("cycle"), "{error:?}");
    }
}

#[test]
fn directories_that_lie_over_each_other_end() {
    // A thousand directories of many entries each, every one two bytes behind the last.
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.resize(64 << 10, 1);
    let error = load_bytes(&file).unwrap_err();
    assert!(error.report().contains("forged.tif"), "{error:?}");
}

fn over_limit(bytes: &[u8]) {
    let folder = Folder::new();
    let path = folder.put("forged.tif", bytes);
    let report = Open::new()
        .limit(Limit::bytes(LIMIT))
        .open(&path)
        .err()
        .expect("an error")
        .report();
    assert!(
        report.contains("the limit is 16.00 MiB") && report.contains("forged.tif"),
        "{report}"
    );
}

#[test]
fn strips_beyond_the_limit_take_no_memory() {
    let packed = |page: Page| page.with(COMPRESSION, &[8]);
    over_limit(&tiff(&[packed(Page::grey(100_000, 100_000, 8, &[0; 8]))], None));
    over_limit(&tiff(&[packed(Page::grey(u32::MAX - 8, 1, 16, &[0; 8]))], None));

    // A tile as wide as it gets, for an image of one pixel.
    let tile = Page::grey(1, 1, 8, &[0; 8])
        .with(TILE_WIDTH, &[u32::MAX])
        .with(TILE_LENGTH, &[1]);
    over_limit(&tiff(&[packed(tile)], None));
}

#[test]
fn bare_dimensions_beyond_the_file_are_found_at_once() {
    let side = 100_000;
    let error = load_bytes(&tiff(&[Page::grey(side, side, 8, &[0; 8])], None)).unwrap_err();
    assert!(error.report().contains("8 bytes where 10000000000 belong"), "{error:?}");
    let honest = Page::grey(side, side, 8, &[0; 8]).with(STRIP_BYTES, &[u32::MAX]);
    let error = load_bytes(&tiff(&[honest.with(HEIGHT, &[40_000])], None)).unwrap_err();
    assert!(error.report().contains("cut short"), "{error:?}");
}

#[test]
fn many_pages_on_the_same_bytes_are_read_one_at_a_time() {
    // All share one strip: 41 x 1 MB in a file of 1 MB.
    let mut pages = vec![Page::grey(1000, 1000, 8, &vec![7; 1_000_000])];
    pages.extend(vec![
        Page::grey(1000, 1000, 8, &[])
            .with(STRIP_OFFSETS, &[8])
            .with(STRIP_BYTES, &[1_000_000]);
        40
    ]);
    let folder = Folder::new();
    let path = folder.put("a.tif", &tiff(&pages, None));
    let source = Open::new().limit(Limit::bytes(1 << 20)).open(&path).unwrap();
    assert_eq!(source.meta().shape().as_slice(), [41, 1000, 1000]);
    let part = source
        .read(&roi![40..41, 999..1000, 998..1000], &Checkpoint::never())
        .unwrap();
    assert_eq!(part.view::<u8>().unwrap().iter().copied().collect::<Vec<_>>(), [7, 7]);
}

/// A page with the entry of the strips' offsets changed to `kind` and `count`, in a file of `length` bytes.
fn with_array(kind: u16, count: u32, length: usize) -> Vec<u8> {
    let mut file = tiff(&[Page::grey(4, 1, 8, &[0; 8])], None);
    file.resize(length, 0);
    let tag = STRIP_OFFSETS.to_le_bytes();
    let entry = file.windows(4).position(|w| w == [tag[0], tag[1], 4, 0]).unwrap();
    file[entry + 2..entry + 4].copy_from_slice(&kind.to_le_bytes());
    file[entry + 4..entry + 8].copy_from_slice(&count.to_le_bytes());
    file[entry + 8..entry + 12].copy_from_slice(&2048_u32.to_le_bytes());
    file
}

#[test]
fn an_enormous_list_in_a_directory_stays_in_the_file() {
    // Only the values that a region needs are fetched.
    assert!(load_bytes(&with_array(4, u32::MAX, 4 << 10)).is_ok());
    let report = load_bytes(&with_array(4, 0, 4 << 10)).unwrap_err().report();
    assert!(
        report.ends_with("page 1: 0 strips or tiles where 1 belong (damaged)"),
        "{report}"
    );
}

#[test]
fn a_text_where_a_number_belongs_is_named() {
    let report = load_bytes(&with_array(2, u32::MAX, 4 << 10)).unwrap_err().report();
    assert!(
        report.ends_with("page 1: its directory has a text where a number belongs"),
        "{report}"
    );
}

#[test]
fn a_strip_that_claims_more_than_any_compression_needs_is_refused() {
    let mut page = Page::grey(4, 4, 8, &[0; 8]).with(COMPRESSION, &[8]);
    page = page.with(STRIP_BYTES, &[1 << 20]);
    let mut file = tiff(&[page], None);
    file.resize(2 << 20, 0);
    let report = load_bytes(&file).unwrap_err().report();
    assert!(report.contains("1048576 bytes for 16 bytes of samples"), "{report}");
}

struct Stop;

impl Interrupt for Stop {
    fn interrupted(&self) -> Option<Error> {
        Some(Error::msg("enough"))
    }
}

#[test]
fn reading_stops_for_its_checkpoint_and_says_why() {
    let folder = Folder::new();
    for (_, bytes) in seeds() {
        let source = open(&folder.put("image.tif", &bytes)).unwrap();
        let stop = Checkpoint::new(Arc::new(Stop));
        let error = source.read(&source.meta().roi(), &stop).unwrap_err();
        assert!(error.report().ends_with("enough"), "{error:?}");
    }
}
