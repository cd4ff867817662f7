//! Files that lie, break off, or are noise: an error in one line, in bounded time and memory, and never a panic.

use std::io::Cursor;
use std::sync::Arc;

use ::image::codecs::jpeg::JpegEncoder;
use ::image::{DynamicImage, ExtendedColorType, ImageFormat, RgbImage};
use ::tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype};
use headwater::Interrupt;

use super::forge::*;
use super::*;

/// Mutations of each small file; there are a dozen of those.
const MUTATIONS: usize = 1000;

/// Small files of every kind that can be read.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
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
    let jpeg = jpeg(ExtendedColorType::L8, &[90; 128]);
    let wrapped = Page::grey(16, 8, 8, &jpeg).with(COMPRESSION, &[7]);
    vec![
        ("tiled tiff", tiff(&[tiled], None)),
        ("planar tiff", tiff(&[planar], None)),
        ("tiff stack", tiff(&stack, None)),
        ("rgba tiff", tiff(&[rgba], None)),
        ("float tiff", tiff(&[floats], None)),
        ("jpeg in tiff", tiff(&[wrapped], None)),
        (
            "deflate tiff",
            compressed(Compression::Deflate(DeflateLevel::Fast), Predictor::Horizontal),
        ),
        ("lzw tiff", compressed(Compression::Lzw, Predictor::None)),
        ("packbits tiff", compressed(Compression::Packbits, Predictor::None)),
        ("grey jpeg", jpeg),
        (
            "colour jpeg",
            self::jpeg(ExtendedColorType::Rgb8, &random.bytes(128 * 3)),
        ),
        ("png", png(&mut random)),
    ]
}

fn compressed(compression: Compression, predictor: Predictor) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let encoder = TiffEncoder::new_big(&mut file).unwrap();
    let mut encoder = encoder.with_compression(compression).with_predictor(predictor);
    encoder
        .write_image::<colortype::RGB16>(9, 8, &Random(11).words(9 * 8 * 3))
        .unwrap();
    file.into_inner()
}

fn jpeg(color: ExtendedColorType, samples: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 90)
        .encode(samples, 16, 8, color)
        .unwrap();
    file
}

fn png(random: &mut Random) -> Vec<u8> {
    let image = RgbImage::from_raw(16, 8, random.bytes(16 * 8 * 3)).unwrap();
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(image).write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

/// Reads; an image must be sound, an error must be one line that names the file.
fn try_load(path: &Path) -> Option<Image> {
    match load(path) {
        Ok(image) => {
            image.check().unwrap();
            let bytes = image.samples.len() as u64 * image.samples.sample_type().bytes();
            assert!(bytes <= BUDGET);
            Some(image)
        }
        Err(error) => {
            let report = error.report();
            assert!(
                report.starts_with(&format!("cannot read `{}`: ", path.display())),
                "{report}"
            );
            assert!(!report.contains('\n'), "{report}");
            None
        }
    }
}

/// Changes up to eight bytes, every other time among the first, where the headers are.
fn mutate(bytes: &mut [u8], random: &mut Random) {
    let end = if random.below(2) == 0 {
        bytes.len()
    } else {
        bytes.len().min(300)
    };
    for _ in 0..=random.below(8) {
        let at = random.below(end);
        bytes[at] = match random.below(4) {
            0 => 0,
            1 => 0xFF,
            2 => bytes[at] ^ (1 << random.below(8)),
            _ => random.next() as u8,
        };
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_or_whole() {
    let folder = Folder::new();
    for (name, bytes) in seeds() {
        let path = folder.put("image", &bytes);
        let whole = load(&path).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        for end in 0..bytes.len() {
            folder.put("image", &bytes[..end]);
            if let Some(image) = try_load(&path) {
                assert_eq!(image, whole, "{name} cut at {end}");
                assert!(
                    !name.ends_with("png") && !name.ends_with("jpeg"),
                    "{name} cut at {end} passes for whole"
                );
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
            try_load(&folder.put("image", &damaged));
        }
    }
}

#[test]
fn the_sample_image_cut_or_damaged_is_an_error_or_an_image() {
    let folder = Folder::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/nuclei_2d.tif");
    let bytes = std::fs::read(sample).unwrap();
    let mut random = Random(13);
    for _ in 0..150 {
        let cut = random.below(bytes.len());
        assert!(try_load(&folder.put("cut", &bytes[..cut])).is_none());
        let mut damaged = bytes.clone();
        mutate(&mut damaged, &mut random);
        try_load(&folder.put("damaged", &damaged));
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

fn over_limit(bytes: &[u8]) {
    let report = load_bytes(bytes).unwrap_err().report();
    assert!(
        report.contains("the limit") && report.contains("--max-bytes"),
        "{report}"
    );
}

#[test]
fn dimensions_beyond_the_limit_take_no_memory() {
    let side = 100_000;
    over_limit(&tiff(&[Page::grey(side, side, 8, &[0; 8])], None));
    over_limit(&tiff(&[Page::grey(u32::MAX - 8, 1, 16, &[0; 8])], None));

    // A tile as wide as it gets, for an image of one pixel.
    let tile = Page::grey(1, 1, 8, &[0; 8])
        .with(TILE_WIDTH, &[u32::MAX])
        .with(TILE_LENGTH, &[1]);
    over_limit(&tiff(&[tile], None));

    let mut png = png(&mut Random(14));
    png[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    // Its checksum is wrong now, or the limit is passed: either is an error before memory is taken.
    assert!(load_bytes(&png).is_err());

    let mut jpeg = jpeg(ExtendedColorType::L8, &[0; 128]);
    let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF; 4]);
    over_limit(&jpeg);
}

#[test]
fn a_png_of_true_but_enormous_size_is_refused() {
    // 30,000 x 30,000 zeros make a small file and 900 MB of pixels; only the header and the row filter bytes matter here.
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(kind);
        file.extend(data);
        file.extend(crc(&[kind, data].concat()).to_be_bytes());
    };
    chunk(b"IHDR", &[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 0, 0, 0, 0]);
    chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]);
    chunk(b"IEND", &[]);
    over_limit(&file);
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| {
            (c >> 1) ^ (0xEDB8_8320 & (c & 1).wrapping_neg())
        })
    })
}

#[test]
fn many_small_pages_on_the_same_bytes_are_summed_up() {
    // Each page alone is far below the limit, and all share one strip: 40 x 1 MB in a file of a few KB.
    let mut pages = vec![Page::grey(1000, 1000, 8, &vec![0; 1_000_000])];
    pages.extend(vec![
        Page::grey(1000, 1000, 8, &[])
            .with(STRIP_OFFSETS, &[8])
            .with(STRIP_BYTES, &[1_000_000]);
        40
    ]);
    over_limit(&tiff(&pages, None));
    assert!(load_bytes(&tiff(&pages[..10], None)).is_ok());
}

/// A page with the entry of the strips' offsets changed to `kind` and `count`, in a file of `length` bytes.
fn with_array(kind: u16, count: u32, length: usize) -> Vec<u8> {
    let mut file = tiff(&[Page::grey(4, 1, 8, &[0; 8])], None);
    file.resize(length, 0);
    let tag = STRIP_OFFSETS.to_le_bytes();
    let entry = file.windows(4).position(|w| w == [tag[0], tag[1], 4, 0]).unwrap();
    file[entry + 2..entry + 4].copy_from_slice(&kind.to_le_bytes());
    file[entry + 4..entry + 8].copy_from_slice(&count.to_le_bytes());
    file[entry + 8..entry + 12].copy_from_slice(&16_u32.to_le_bytes());
    file
}

#[test]
fn an_enormous_array_in_a_directory_is_refused_before_it_is_parsed() {
    over_limit(&with_array(4, 1_000_000, 4 << 20));
    let report = load_bytes(&with_array(4, u32::MAX, 4 << 10)).unwrap_err().report();
    assert!(
        report.ends_with("page 1: it ends before its data do (cut short or damaged)"),
        "{report}"
    );
}

#[test]
fn numbers_that_come_as_an_enormous_text_do_not_reach_the_decoder_which_would_print() {
    let report = load_bytes(&with_array(2, u32::MAX, 4 << 10)).unwrap_err().report();
    assert!(
        report.ends_with("page 1: its directory has a text where a number belongs"),
        "{report}"
    );
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
        let path = folder.put("image", &bytes);
        let error = read(&path, Budget::new(BUDGET), &Checkpoint::new(Arc::new(Stop))).unwrap_err();
        assert_eq!(error.report(), "enough");
    }
}
