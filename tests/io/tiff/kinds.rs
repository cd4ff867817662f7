//! Which kinds of files are read, as what, and how the others are refused.

use std::io::Cursor;

use headwater::io::open;
use headwater::{Array, Checkpoint, roi};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype};

use super::forge::*;
use super::{Folder, Random, load_bytes};

fn refused(bytes: &[u8], cause: &str) {
    let report = load_bytes(bytes).unwrap_err().report();
    assert!(
        report.starts_with("cannot read `") && report.contains(cause),
        "{report}"
    );
    assert!(!report.contains('\n'), "{report}");
}

fn is<T: headwater::array::Element>(bytes: &[u8], axes: &str, shape: &[usize], expected: Vec<T>) {
    assert_eq!(
        load_bytes(bytes).unwrap(),
        Array::from_vec(axes, shape, expected).unwrap()
    );
}

#[test]
fn strips_and_tiles_are_put_together() {
    let strips = Page::grey(2, 3, 8, &[])
        .with(ROWS_PER_STRIP, &[2])
        .chunks(&[&[1, 2, 3, 4], &[5, 6]]);
    is(&tiff(&[strips], None), "yx", &[3, 2], vec![1_u8, 2, 3, 4, 5, 6]);

    // Two tiles of 2 x 2 for an image of 3 x 1: the rest is padding.
    let tiles = Page::grey(3, 1, 8, &[])
        .with(TILE_WIDTH, &[2])
        .with(TILE_LENGTH, &[2])
        .chunks(&[&[1, 2, 0, 0], &[3, 0, 0, 0]]);
    is(&tiff(&[tiles], None), "yx", &[1, 3], vec![1_u8, 2, 3]);
}

#[test]
fn planes_become_channels_before_the_pixels() {
    let page = Page::rgb(2, 1, &[])
        .with(PLANAR, &[2])
        .chunks(&[&[1, 2], &[10, 20], &[100, 200]]);
    let expected: Vec<u8> = vec![1, 2, 10, 20, 100, 200];
    let file = tiff(&[page.clone(), page], None);
    is(&file, "zcyx", &[2, 3, 1, 2], [&expected[..], &expected].concat());
    let folder = Folder::new();
    let source = open(&folder.put("planar.tif", &file)).unwrap();
    let part = source
        .read(&roi![1..2, 1..3, 0..1, 1..2], &Checkpoint::never())
        .unwrap();
    assert_eq!(part, Array::from_vec("zcyx", &[1, 2, 1, 1], vec![20_u8, 200]).unwrap());
}

#[test]
fn all_samples_of_a_pixel_are_kept() {
    let rgba = Page::rgb(2, 1, &[1, 2, 3, 0, 4, 5, 6, 0])
        .with(SAMPLES, &[4])
        .with(BITS, &[8; 4])
        .with(FORMAT, &[1; 4])
        .with(EXTRA, &[2]);
    let file = tiff(&[rgba], None);
    is(&file, "yxc", &[1, 2, 4], vec![1_u8, 2, 3, 0, 4, 5, 6, 0]);
    let folder = Folder::new();
    let source = open(&folder.put("rgba.tif", &file)).unwrap();
    let part = source.read(&roi![0..1, 0..2, 1..3], &Checkpoint::never()).unwrap();
    assert_eq!(part, Array::from_vec("yxc", &[1, 2, 2], vec![2_u8, 3, 5, 6]).unwrap());
}

#[test]
fn white_is_zero_is_as_stored() {
    let page = Page::grey(2, 1, 8, &[0, 255]).with(PHOTOMETRIC, &[0]);
    is(&tiff(&[page], None), "yx", &[1, 2], vec![0_u8, 255]);
}

#[test]
fn truths_are_bits() {
    let page = Page::grey(10, 2, 1, &[0b1000_0001, 0b0100_0000, 0b0111_1110, 0b1000_0000]);
    let expected = [[1, 0, 0, 0, 0, 0, 0, 1, 0, 1], [0, 1, 1, 1, 1, 1, 1, 0, 1, 0]].concat();
    is(
        &tiff(&[page], None),
        "yx",
        &[2, 10],
        expected.iter().map(|bit| *bit == 1).collect(),
    );
}

#[test]
fn big_endian_and_big_tiff_are_read() {
    let motorola = b"MM\0*\0\0\0\x0c\x12\x34\xab\xcd\0\x08\
        \x01\0\0\x03\0\0\0\x01\0\x02\0\0\x01\x01\0\x03\0\0\0\x01\0\x01\0\0\
        \x01\x02\0\x03\0\0\0\x01\0\x10\0\0\x01\x03\0\x03\0\0\0\x01\0\x01\0\0\
        \x01\x06\0\x03\0\0\0\x01\0\x01\0\0\x01\x11\0\x04\0\0\0\x01\0\0\0\x08\
        \x01\x15\0\x03\0\0\0\x01\0\x01\0\0\x01\x17\0\x04\0\0\0\x01\0\0\0\x04\0\0\0\0";
    is(motorola, "yx", &[1, 2], vec![0x1234_u16, 0xabcd]);

    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new_big(&mut file).unwrap();
    encoder.write_image::<colortype::Gray8>(2, 1, &[7, 8]).unwrap();
    is(file.get_ref(), "yx", &[1, 2], vec![7_u8, 8]);
}

#[test]
fn compressed_tiff_is_read() {
    let mut random = Random(4);
    let expected: Vec<u16> = (0..40 * 30).map(|_| random.next() as u16).collect();
    for (compression, predictor) in [
        (Compression::Lzw, Predictor::None),
        (Compression::Lzw, Predictor::Horizontal),
        (Compression::Deflate(DeflateLevel::Fast), Predictor::Horizontal),
        (Compression::Packbits, Predictor::None),
    ] {
        let mut file = Cursor::new(Vec::new());
        let encoder = TiffEncoder::new(&mut file).unwrap();
        let mut encoder = encoder.with_compression(compression).with_predictor(predictor);
        encoder.write_image::<colortype::Gray16>(40, 30, &expected).unwrap();
        is(file.get_ref(), "yx", &[30, 40], expected.clone());
    }
}

#[test]
fn jpeg_inside_of_tiff_is_read_if_it_fits_its_strip() {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 100)
        .encode(&[100; 16 * 8], 16, 8, ExtendedColorType::L8)
        .unwrap();
    let page = Page::grey(16, 8, 8, &jpeg).with(COMPRESSION, &[7]);
    is(&tiff(&[page], None), "yx", &[8, 16], vec![100_u8; 128]);

    let smaller = Page::grey(8, 8, 8, &jpeg).with(COMPRESSION, &[7]);
    refused(&tiff(&[smaller], None), "a JPEG of 16 x 8 in a strip or tile of 8 x 8");
}

#[test]
fn pages_that_do_not_agree_are_named() {
    let first = Page::grey(2, 1, 8, &[1, 2]);
    let wide = Page::grey(3, 1, 8, &[1, 2, 3]);
    refused(
        &tiff(&[first.clone(), first.clone(), wide], None),
        "page 3 is 1 x 3 u8 grey, page 1 is 1 x 2 u8 grey",
    );
    let deep = Page::grey(2, 1, 16, &[1, 2, 3, 4]);
    refused(
        &tiff(&[first.clone(), deep], None),
        "page 2 is 1 x 2 u16 grey, page 1 is 1 x 2 u8 grey",
    );
    let colour = Page::rgb(2, 1, &[1; 6]);
    refused(&tiff(&[first, colour], None), "page 2 is 1 x 2 u8 RGB");
}

#[test]
fn smaller_copies_of_a_page_are_passed_over() {
    let page = Page::grey(2, 1, 8, &[1, 2]);
    let copy = Page::grey(1, 1, 8, &[9]).with(254, &[1]);
    let file = tiff(&[page.clone(), copy.clone(), page, copy], None);
    is(&file, "zyx", &[2, 1, 2], vec![1_u8, 2, 1, 2]);
}

#[test]
fn tiles_that_were_never_written_are_zero() {
    let page = Page::grey(4, 2, 8, &[])
        .with(TILE_WIDTH, &[2])
        .with(TILE_LENGTH, &[2])
        .with(TILE_OFFSETS, &[0, 8])
        .with(TILE_BYTES, &[0, 4])
        .chunks(&[&[1, 2, 3, 4]]);
    is(&tiff(&[page], None), "yx", &[2, 4], vec![0_u8, 0, 1, 2, 0, 0, 3, 4]);
}

#[test]
fn of_a_palette_the_numbers_are_read() {
    let page = Page::grey(4, 1, 8, &[7, 0, 255, 3]).with(PHOTOMETRIC, &[3]);
    is(&tiff(&[page], None), "yx", &[1, 4], vec![7_u8, 0, 255, 3]);
}

#[test]
fn kinds_that_are_not_supported_are_refused_by_name() {
    let grey = Page::grey(8, 1, 8, &[0; 64]);
    let tag = |tag, values: &[u32]| tiff(&[grey.clone().with(tag, values)], None);
    refused(&tag(PHOTOMETRIC, &[5]), "page 1: CMYK colours are not supported");
    refused(&tag(PHOTOMETRIC, &[6]), "YCbCr colours are not supported");
    refused(&tag(PHOTOMETRIC, &[8]), "Lab colours are not supported");
    refused(&tag(FORMAT, &[5]), "8-bit complex samples are not supported");
    refused(&tag(BITS, &[12]), "12-bit unsigned samples are not supported");
    refused(&tag(COMPRESSION, &[34712]), "compression method");
    refused(&tag(WIDTH, &[0]), "it has no pixels");
    let half = grey.clone().with(BITS, &[16]).with(FORMAT, &[3]);
    refused(&tiff(&[half], None), "16-bit float samples are not supported");
    let mixed = grey.clone().with(SAMPLES, &[2]).with(BITS, &[8, 16]);
    refused(&tiff(&[mixed], None), "samples of a pixel that differ in type");
    let good_then_bad = [grey.clone(), grey.clone().with(PHOTOMETRIC, &[5])];
    refused(&tiff(&good_then_bad, None), "page 2: CMYK colours");
}
