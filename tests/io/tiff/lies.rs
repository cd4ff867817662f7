//! Each entry of a directory lies in turn: its type, its count, its value.

use headwater::io::{Limit, Open};

use super::forge::*;
use super::hostile::{seeds, try_load};
use super::{Folder, load_bytes};

const KINDS: [u16; 12] = [0, 1, 2, 3, 4, 5, 8, 12, 13, 16, 18, 0xffff];
const MOST: u64 = u64::MAX;
/// Counts and values; the file cuts them to the width that it has.
const LIES: [(u64, u64); 6] = [(0, 0), (1, 0), (1, MOST), (1 << 31, 8), (1 << 60, 8), (MOST, MOST)];

/// Where the entries of the first directory lie, and how long each is.
fn entries(file: &[u8]) -> (Vec<usize>, usize) {
    let number = |at: usize, size: usize| {
        let bytes = &file[at..at + size];
        bytes.iter().rev().fold(0, |n, byte| n << 8 | usize::from(*byte))
    };
    let (first, count_size, size) = match file[2] {
        b'+' => (number(8, 8), 8, 20),
        _ => (number(4, 4), 2, 12),
    };
    let count = number(first, count_size);
    ((0..count).map(|nth| first + count_size + nth * size).collect(), size)
}

#[test]
fn every_entry_may_lie_about_type_count_and_place() {
    let folder = Folder::new();
    let mut seen = 0;
    for (_, bytes) in seeds() {
        let (entries, size) = entries(&bytes);
        let wide = (size - 4) / 2;
        for at in entries {
            for kind in KINDS {
                for (count, value) in LIES {
                    let mut lie = bytes.clone();
                    lie[at + 2..at + 4].copy_from_slice(&kind.to_le_bytes());
                    lie[at + 4..at + 4 + wide].copy_from_slice(&count.to_le_bytes()[..wide]);
                    lie[at + 4 + wide..at + size].copy_from_slice(&value.to_le_bytes()[..wide]);
                    try_load(&folder.put("image.tif", &lie));
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 5000, "{seen}");
}

/// A BigTIFF of one directory of 4 x 1 bytes with the entries changed to `(tag, value)`, all of type LONG8.
fn big(changed: &[(u16, u64)]) -> Vec<u8> {
    let mut file = b"II+\0\x08\0\0\0\x18\0\0\0\0\0\0\0\x01\x02\x03\x04\0\0\0\0".to_vec();
    let mut entries = vec![
        (WIDTH, 4),
        (HEIGHT, 1),
        (BITS, 8),
        (COMPRESSION, 1),
        (STRIP_OFFSETS, 16),
        (STRIP_BYTES, 4),
    ];
    for (tag, value) in changed {
        entries.retain(|(own, _)| own != tag);
        entries.push((*tag, *value));
    }
    entries.sort();
    file.extend((entries.len() as u64).to_le_bytes());
    for (tag, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(16_u16.to_le_bytes());
        file.extend(1_u64.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 8]);
    file
}

fn refused(bytes: &[u8], cause: &str) {
    let report = load_bytes(bytes).unwrap_err().report();
    assert!(report.contains(cause) && report.contains("forged.tif"), "{report}");
}

#[test]
fn offsets_and_lengths_of_64_bits_may_lie() {
    assert!(load_bytes(&big(&[])).is_ok());
    refused(&big(&[(STRIP_OFFSETS, 1 << 63)]), "cut short");
    refused(&big(&[(STRIP_OFFSETS, u64::MAX - 3)]), "cut short");
    refused(
        &big(&[(COMPRESSION, 5), (STRIP_BYTES, 1 << 63)]),
        "bytes for 4 bytes of samples",
    );
    // More than the samples take is no matter where they are bare.
    assert!(load_bytes(&big(&[(STRIP_BYTES, 1 << 63)])).is_ok());
    // A strip that was never written.
    let zero = load_bytes(&big(&[(STRIP_BYTES, 0)])).unwrap();
    assert!(zero.view::<u8>().unwrap().iter().all(|sample| *sample == 0));
    refused(&big(&[(WIDTH, 1 << 40)]), "a length of 1099511627776 (damaged)");
    refused(&big(&[(TILE_WIDTH, 0), (TILE_LENGTH, 16)]), "have no pixels");
    refused(&big(&[(TILE_WIDTH, 16)]), "have no pixels");
}

#[test]
fn a_directory_of_more_entries_than_tags_is_damaged() {
    let mut file = big(&[]);
    file[24..32].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    refused(&file, "a directory of 1152921504606846976 entries (damaged)");
}

#[test]
fn more_pages_than_memory_allows_are_refused_before_they_take_it() {
    // Empty directories, one behind the other.
    let pages = 10_000_u32;
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    for page in 1..=pages {
        file.extend([0, 0]);
        let next = if page == pages { 0 } else { 8 + page * 6 };
        file.extend(next.to_le_bytes());
    }
    let folder = Folder::new();
    let path = folder.put("forged.tif", &file);
    let open = Open::new().limit(Limit::bytes(1 << 20)).open(&path);
    let report = open.err().unwrap().report();
    assert!(report.contains("the limit is 1.00 MiB"), "{report}");
}

#[test]
fn a_scale_that_is_its_own_page_ends() {
    const SUB_IFDS: u16 = 330;
    let page = Page::grey(2, 1, 8, &[1, 2]);
    // The only directory of the file lies behind two bytes of samples.
    let file = tiff(&[page.with(SUB_IFDS, &[10])], None);
    let folder = Folder::new();
    let path = folder.put("forged.tif", &file);
    let open = |scale: &str| Open::new().scale(scale).open(&path).err().unwrap().report();
    assert!(open("1").contains("lie over each other"), "{}", open("1"));
    assert!(open("4000000000").contains("it has no scale `4000000000`"));
}

#[test]
fn planes_that_are_missing_are_counted() {
    let page = Page::rgb(2, 1, &[]).with(PLANAR, &[2]).chunks(&[&[1, 2], &[10, 20]]);
    refused(&tiff(&[page], None), "2 strips or tiles where 3 belong");
}

#[test]
fn bits_that_are_not_supported_are_named_with_those_that_are() {
    for bits in [2, 4, 12, 24] {
        let page = Page::grey(8, 1, bits, &[0; 64]);
        refused(
            &tiff(&[page], None),
            &format!("{bits}-bit unsigned samples are not supported (1-, 8-,"),
        );
    }
}

#[test]
fn a_predictor_that_does_not_fit_the_samples_is_refused() {
    const PREDICTOR: u16 = 317;
    let packed = Page::grey(4, 1, 8, &[0; 8]).with(COMPRESSION, &[5]);
    let with = |predictor| tiff(&[packed.clone().with(PREDICTOR, &[predictor])], None);
    refused(&with(3), "a predictor of kind 3 for samples of type u8");
    refused(&with(9), "a predictor of kind 9");
}

#[test]
fn strips_that_unpack_to_more_than_they_hold_are_cut() {
    for (number, packed) in [
        (5, lzw(&[7; 4000])),
        (8, deflate(&[7; 4000])),
        (50000, zstd::bulk::compress(&[7; 4000], 1).unwrap()),
    ] {
        let page = Page::grey(4, 1, 8, &packed).with(COMPRESSION, &[number]);
        let image = load_bytes(&tiff(&[page], None)).unwrap();
        assert!(
            image.view::<u8>().unwrap().iter().all(|sample| *sample == 7),
            "{number}"
        );
    }
}

#[test]
fn strips_that_share_their_bytes_are_read() {
    let page = Page::grey(4, 2, 8, &[1, 2, 3, 4])
        .with(ROWS_PER_STRIP, &[1])
        .with(STRIP_OFFSETS, &[8, 8])
        .with(STRIP_BYTES, &[4, 4]);
    let image = load_bytes(&tiff(&[page], None)).unwrap();
    assert_eq!(
        image.view::<u8>().unwrap().iter().copied().collect::<Vec<_>>(),
        [1, 2, 3, 4, 1, 2, 3, 4]
    );
}

fn lzw(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    encoder.encode(bytes).unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
