//! Which kinds of files are read, as what, and how the others are refused.

use std::io::Cursor;

use ::image::codecs::jpeg::JpegEncoder;
use ::image::{DynamicImage, ExtendedColorType, GrayAlphaImage, ImageFormat, RgbaImage};
use ::tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype};

use super::forge::*;
use super::*;

fn refused(bytes: &[u8], cause: &str) {
    let report = load_bytes(bytes).unwrap_err().report();
    assert!(
        report.starts_with("cannot read `") && report.contains(cause),
        "{report}"
    );
    assert!(!report.contains('\n'), "{report}");
}

fn samples(bytes: &[u8]) -> (String, Vec<usize>, Samples) {
    let image = load_bytes(bytes).unwrap();
    image.check().unwrap();
    (image.axes, image.shape, image.samples)
}

fn is(bytes: &[u8], axes: &str, shape: &[usize], expected: Samples) {
    assert_eq!(samples(bytes), (axes.to_owned(), shape.to_vec(), expected));
}

#[test]
fn strips_and_tiles_are_put_together() {
    let strips = Page::grey(2, 3, 8, &[])
        .with(ROWS_PER_STRIP, &[2])
        .chunks(&[&[1, 2, 3, 4], &[5, 6]]);
    is(
        &tiff(&[strips], None),
        "yx",
        &[3, 2],
        Samples::U8(vec![1, 2, 3, 4, 5, 6]),
    );

    // Two tiles of 2 x 2 for an image of 3 x 1: the rest is padding.
    let tiles = Page::grey(3, 1, 8, &[])
        .with(TILE_WIDTH, &[2])
        .with(TILE_LENGTH, &[2])
        .chunks(&[&[1, 2, 0, 0], &[3, 0, 0, 0]]);
    is(&tiff(&[tiles], None), "yx", &[1, 3], Samples::U8(vec![1, 2, 3]));
}

#[test]
fn planes_become_channels() {
    let page = Page::rgb(2, 1, &[])
        .with(PLANAR, &[2])
        .chunks(&[&[1, 2], &[10, 20], &[100, 200]]);
    let expected = vec![1, 10, 100, 2, 20, 200];
    is(
        &tiff(&[page.clone(), page], None),
        "zyxc",
        &[2, 1, 2, 3],
        Samples::U8([&expected[..], &expected].concat()),
    );
}

#[test]
fn alpha_is_dropped_from_tiff() {
    let rgba = Page::rgb(2, 1, &[1, 2, 3, 0, 4, 5, 6, 0])
        .with(SAMPLES, &[4])
        .with(BITS, &[8; 4])
        .with(EXTRA, &[2]);
    is(
        &tiff(&[rgba], None),
        "yxc",
        &[1, 2, 3],
        Samples::U8(vec![1, 2, 3, 4, 5, 6]),
    );

    let grey = Page::grey(2, 1, 16, &[1, 0, 9, 9, 2, 0, 9, 9])
        .with(SAMPLES, &[2])
        .with(BITS, &[16; 2])
        .with(FORMAT, &[1, 1])
        .with(EXTRA, &[1]);
    is(&tiff(&[grey], None), "yx", &[1, 2], Samples::U16(vec![1, 2]));

    let planar = Page::rgb(1, 1, &[])
        .with(SAMPLES, &[4])
        .with(BITS, &[8; 4])
        .with(EXTRA, &[2])
        .with(PLANAR, &[2])
        .chunks(&[&[1], &[2], &[3], &[0]]);
    is(&tiff(&[planar], None), "yxc", &[1, 1, 3], Samples::U8(vec![1, 2, 3]));
}

#[test]
fn white_is_zero_is_turned_round() {
    let page = Page::grey(2, 1, 8, &[0, 255]).with(PHOTOMETRIC, &[0]);
    is(&tiff(&[page], None), "yx", &[1, 2], Samples::U8(vec![255, 0]));
}

#[test]
fn big_endian_and_big_tiff_are_read() {
    let motorola = b"MM\0*\0\0\0\x0c\x12\x34\xab\xcd\0\x08\
        \x01\0\0\x03\0\0\0\x01\0\x02\0\0\x01\x01\0\x03\0\0\0\x01\0\x01\0\0\
        \x01\x02\0\x03\0\0\0\x01\0\x10\0\0\x01\x03\0\x03\0\0\0\x01\0\x01\0\0\
        \x01\x06\0\x03\0\0\0\x01\0\x01\0\0\x01\x11\0\x04\0\0\0\x01\0\0\0\x08\
        \x01\x15\0\x03\0\0\0\x01\0\x01\0\0\x01\x17\0\x04\0\0\0\x01\0\0\0\x04\0\0\0\0";
    is(motorola, "yx", &[1, 2], Samples::U16(vec![0x1234, 0xabcd]));

    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new_big(&mut file).unwrap();
    encoder.write_image::<colortype::Gray8>(2, 1, &[7, 8]).unwrap();
    is(file.get_ref(), "yx", &[1, 2], Samples::U8(vec![7, 8]));
}

#[test]
fn compressed_tiff_is_read() {
    let expected = Random(4).words(40 * 30);
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
        is(file.get_ref(), "yx", &[30, 40], Samples::U16(expected.clone()));
    }
}

#[test]
fn jpeg_inside_of_tiff_is_read_if_it_fits_its_strip() {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 100)
        .encode(&[100; 16 * 8], 16, 8, ExtendedColorType::L8)
        .unwrap();
    let page = Page::grey(16, 8, 8, &jpeg).with(COMPRESSION, &[7]);
    is(&tiff(&[page], None), "yx", &[8, 16], Samples::U8(vec![100; 128]));

    let smaller = Page::grey(8, 8, 8, &jpeg).with(COMPRESSION, &[7]);
    refused(&tiff(&[smaller], None), "a JPEG of 16 x 8 in a strip or tile of 8 x 8");
}

#[test]
fn png_and_jpeg_are_told_apart_by_content_and_lose_their_alpha() {
    let encode = |image: DynamicImage, format| {
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    let rgba = RgbaImage::from_raw(2, 1, vec![1, 2, 3, 0, 4, 5, 6, 255]).unwrap();
    is(
        &encode(rgba.into(), ImageFormat::Png),
        "yxc",
        &[1, 2, 3],
        Samples::U8(vec![1, 2, 3, 4, 5, 6]),
    );
    let grey = GrayAlphaImage::from_raw(2, 1, vec![1, 0, 2, 255]).unwrap();
    is(
        &encode(grey.into(), ImageFormat::Png),
        "yx",
        &[1, 2],
        Samples::U8(vec![1, 2]),
    );

    let flat = |color, channels: usize| {
        let mut file = Vec::new();
        JpegEncoder::new(&mut file)
            .encode(&vec![77; 200 * channels], 20, 10, color)
            .unwrap();
        samples(&file)
    };
    assert_eq!(
        flat(ExtendedColorType::L8, 1),
        ("yx".to_owned(), vec![10, 20], Samples::U8(vec![77; 200]))
    );
    assert_eq!(
        flat(ExtendedColorType::Rgb8, 3),
        ("yxc".to_owned(), vec![10, 20, 3], Samples::U8(vec![77; 600]))
    );
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
fn kinds_that_are_not_supported_are_refused_by_name() {
    let grey = Page::grey(8, 1, 8, &[0; 64]);
    let tag = |tag, values: &[u32]| tiff(&[grey.clone().with(tag, values)], None);
    refused(&tag(PHOTOMETRIC, &[3]), "page 1: palette colours are not supported");
    refused(&tag(PHOTOMETRIC, &[5]), "CMYK colours are not supported");
    refused(&tag(PHOTOMETRIC, &[6]), "YCbCr colours are not supported");
    refused(&tag(PHOTOMETRIC, &[8]), "Lab colours are not supported");
    refused(&tag(FORMAT, &[2]), "8-bit signed samples are not supported");
    refused(&tag(BITS, &[1]), "1-bit unsigned samples are not supported");
    refused(&tag(BITS, &[12]), "12-bit unsigned samples are not supported");
    refused(&tag(BITS, &[32]), "32-bit unsigned samples are not supported");
    refused(&tag(COMPRESSION, &[34712]), "compression method");
    let double = grey.clone().with(BITS, &[64]).with(FORMAT, &[3]);
    refused(&tiff(&[double], None), "64-bit float samples are not supported");
    let bands = grey
        .clone()
        .with(SAMPLES, &[5])
        .with(BITS, &[8; 5])
        .with(FORMAT, &[1; 5]);
    refused(
        &tiff(&[bands], None),
        "5 samples per pixel of this kind are not supported",
    );
    let good_then_bad = [grey.clone(), grey.clone().with(PHOTOMETRIC, &[3])];
    refused(&tiff(&good_then_bad, None), "page 2: palette colours");
}

#[test]
fn what_is_no_image_is_refused_with_the_cause() {
    let folder = Folder::new();
    let report = |path: &Path| load(path).unwrap_err().report();
    let missing = folder.path("missing.tif");
    assert!(report(&missing).starts_with(&format!("cannot read `{}`: No such file", missing.display())));
    assert!(report(folder.0.path()).ends_with("it is a directory"));
    assert!(report(Path::new("/dev/zero")).ends_with("it is not a regular file"));
    assert!(report(&folder.put("file", b"").join("inside")).contains("Not a directory"));
    refused(b"", "the file is empty");
    refused(b"II", "neither TIFF, PNG nor JPEG");
    refused(b"GIF89a and so on", "neither TIFF, PNG nor JPEG");
}
