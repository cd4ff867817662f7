//! Y4M: clips of ffmpeg (`data/y4m.py` has made them), clips of our own, and clips that lie.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater::graph::Meta;
use headwater::io::y4m::{Chroma, ColourSpace, Frame, Header, Interlacing, Ratio, Reader, Settings, Writer};
use headwater::io::{Create, Format, Limit, Open, open};
use headwater::{Array, Checkpoint, DType, Error, Interrupt, roi};
use proptest::prelude::*;

use crate::support::{image, load, save};

const NEVER: Checkpoint = Checkpoint::never();

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/io/data/y4m")
        .join(name)
}

fn at(folder: &Path) -> String {
    folder.join("a.y4m").to_str().unwrap().to_owned()
}

fn frames(mut clip: Reader) -> Result<Vec<Frame>, Error> {
    std::iter::from_fn(|| clip.next_frame(&NEVER).transpose()).collect()
}

/// A clip in memory.
fn read(bytes: &[u8]) -> Result<Vec<Frame>, Error> {
    frames(Reader::new(
        "a.y4m",
        Cursor::new(bytes.to_vec()),
        Limit::bytes(1 << 20),
    )?)
}

fn refused(bytes: &[u8]) -> String {
    let report = read(bytes).expect_err("a refusal").report();
    assert!(report.contains("a.y4m"), "{report}");
    report
}

/// A clip of frames of 2 × 2 in grey.
const GREY: &[u8] = b"YUV4MPEG2 W2 H2 F25:1 Cmono\nFRAME\nabcdFRAME\nefgh";

const CLIPS: [(&str, f64, f64); 9] = [
    // Name, the greatest value of ffmpeg's colours and how far off ours may be: it computes in integers, and of more than 8 bits
    // the last are lost, so that its white is 65,296.
    ("420jpeg", 255.0, 1.0),
    ("420jpeg_full", 255.0, 1.0),
    ("422", 255.0, 1.0),
    ("444", 255.0, 1.0),
    ("411", 255.0, 1.0),
    ("420p10", 65_535.0, 4.0),
    ("444p12", 65_535.0, 16.0),
    ("mono", 255.0, 0.0),
    ("mono16", 65_535.0, 0.0),
];

#[test]
fn colours_are_those_that_ffmpeg_computes() {
    for (name, peak, off) in CLIPS {
        let clip = Reader::open(data(&format!("{name}.y4m")).to_str().unwrap()).unwrap();
        assert_eq!((clip.header().width(), clip.header().height()), (12, 6));
        assert_eq!(clip.header().rate(), Ratio::new(30_000, 1001));
        assert_eq!(clip.header().interlacing(), Interlacing::Progressive);
        let own_peak = f64::from((1_u32 << clip.header().colour_space().depth()) - 1);
        let expected = fs::read(data(&format!("{name}.rgb"))).unwrap();
        let expected: Vec<f64> = match peak as u32 {
            255 => expected.iter().map(|byte| f64::from(*byte)).collect(),
            _ => expected
                .as_chunks()
                .0
                .iter()
                .map(|word| f64::from(u16::from_le_bytes(*word)))
                .collect(),
        };
        let pictures = frames(clip).unwrap();
        assert_eq!(pictures.len(), 2);
        let pictures = pictures.iter().map(|frame| frame.to_array(&NEVER).unwrap());
        let ours = pictures.flat_map(|picture| {
            let picture = picture.cast(DType::F64).unwrap();
            picture.view::<f64>().unwrap().iter().copied().collect::<Vec<_>>()
        });
        let ours: Vec<f64> = ours.collect();
        assert_eq!(ours.len(), expected.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(&expected) {
            // In steps of our depth.
            let theirs = theirs * own_peak / peak;
            assert!((ours - theirs).abs() <= off + 0.5, "{name}: {ours} and {theirs}");
        }
    }
}

#[test]
fn a_clip_that_is_read_and_written_is_the_same_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    for (name, ..) in CLIPS {
        let path = data(&format!("{name}.y4m"));
        let mut clip = Reader::open(path.to_str().unwrap()).unwrap();
        let settings = Settings::like(clip.header()).replace(true);
        let mut copy = Writer::create(&at(folder.path()), settings).unwrap();
        while let Some(frame) = clip.next_frame(&NEVER).unwrap() {
            copy.write_frame(&frame, &NEVER).unwrap();
        }
        assert_eq!((clip.frames(), copy.frames()), (2, 2));
        let saved = copy.finish(&NEVER).unwrap();
        let (ours, theirs) = (fs::read(saved.path).unwrap(), fs::read(path).unwrap());
        assert_eq!(saved.bytes, theirs.len() as u64);
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn a_clip_is_an_image_with_an_axis_of_time() {
    for (name, ..) in CLIPS {
        let path = data(&format!("{name}.y4m"));
        let path = path.to_str().unwrap();
        let pictures = frames(Reader::open(path).unwrap()).unwrap();
        let pictures: Vec<_> = pictures.iter().map(|frame| frame.to_array(&NEVER).unwrap()).collect();
        let whole = Array::stack('t', &pictures).unwrap();
        let axes = if name.starts_with("mono") { "tyx" } else { "tyxc" };
        assert_eq!(load(path).unwrap(), whole.to_axes(axes).unwrap());
        let source = open(path).unwrap();
        let part = match axes {
            "tyx" => roi![1..2, 2..5, 3..4],
            _ => roi![1..2, 2..5, 3..4, 1..3],
        };
        let read = source.read(&part, &NEVER).unwrap();
        assert_eq!(read, whole.to_axes(axes).unwrap().slice(&part).unwrap());
    }
    let other = Open::new().axes("zxy".parse().unwrap());
    let turned = other.open(data("mono.y4m").to_str().unwrap()).unwrap();
    let read = turned.read(&roi![0..2, 0..6, 0..12], &NEVER).unwrap();
    assert_eq!(
        read.with_axes("tyx").unwrap(),
        load(data("mono.y4m").to_str().unwrap()).unwrap()
    );
}

#[test]
fn an_image_with_an_axis_of_time_is_written_as_a_clip() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path());
    for (axes, shape, dtype) in [("tyx", &[5, 4, 6][..], DType::U8), ("tyx", &[3, 4, 6], DType::U16)] {
        let image = image(axes, shape, dtype);
        save(&Create::new().replace(true), &path, &image, &Meta::of(&image)).unwrap();
        assert_eq!(load(&path).unwrap(), image);
    }
    let colours = Array::full("tyxc", &[3, 4, 6, 3], 200_u8).unwrap();
    save(&Create::new().replace(true), &path, &colours, &Meta::of(&colours)).unwrap();
    assert_eq!(load(&path).unwrap(), colours);
    let sink = Create::new().replace(true).create(&path, &Meta::of(&colours)).unwrap();
    let second = roi![1..2, 0..4, 0..6, 0..3];
    let error = sink
        .write_region(&second, &colours.slice(&second).unwrap(), &NEVER)
        .unwrap_err()
        .report();
    assert!(error.contains("frame 1 comes where frame 0 is due"), "{error}");
    let first = roi![0..1, 0..4, 0..6, 0..3];
    sink.write_region(&first, &colours.slice(&first).unwrap(), &NEVER)
        .unwrap();
    assert!(sink.finish(&NEVER).unwrap_err().report().contains("1 of its 3 frames"));
    let refused = |axes: &str, shape: &[usize], dtype| {
        let image = Array::zeros(axes, shape, dtype).unwrap();
        let created = Create::new().replace(true).create(&path, &Meta::of(&image));
        created.err().expect("a refusal").report()
    };
    assert!(refused("zyx", &[2, 3, 4], DType::U8).contains("tyxc"));
    assert!(refused("tyx", &[2, 3, 4], DType::F32).contains("normalise"));
    assert!(refused("tyxc", &[2, 3, 4, 2], DType::U8).contains("channels"));
    assert_eq!(
        Format::ALL
            .iter()
            .filter(|format| format.extensions().contains(&"y4m"))
            .count(),
        1
    );
}

/// ITU-R BT.601-7, 2.5, and ITU-T T.871, 7, as they are written there.
fn reference([r, g, b]: [f64; 3], full: bool) -> [f64; 3] {
    let luma = 0.299 * r + 0.587 * g + 0.114 * b;
    match full {
        true => [
            luma,
            -0.168_735_892 * r - 0.331_264_108 * g + 0.5 * b + 128.0,
            0.5 * r - 0.418_687_589 * g - 0.081_312_411 * b + 128.0,
        ],
        false => [
            219.0 * luma / 255.0 + 16.0,
            224.0 * (0.564_334_09 * (b - luma)) / 255.0 + 128.0,
            224.0 * (0.713_266_76 * (r - luma)) / 255.0 + 128.0,
        ],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn planes_are_the_means_of_what_the_standard_says(
        height in 1_usize..7, width in 1_usize..11, seed in any::<u32>(), full in any::<bool>(),
        chroma in prop::sample::select(vec![Chroma::C420, Chroma::C420Mpeg2, Chroma::C411, Chroma::C422, Chroma::C444]),
    ) {
        let value = |n: usize| (n as u32).wrapping_mul(2_654_435_761).wrapping_add(seed).wrapping_mul(40_503) >> 24;
        let values: Vec<u8> = (0..height * width * 3).map(|n| value(n) as u8).collect();
        let picture = Array::from_vec("yxc", &[height, width, 3], values.clone()).unwrap();
        let space = ColourSpace::new(chroma, 8).unwrap();
        let frame = Frame::of(&picture, space, full, &NEVER).unwrap();
        let (down, across) = match chroma { Chroma::C411 => (1, 4), Chroma::C422 => (1, 2), Chroma::C444 => (1, 1), _ => (2, 2) };
        for (nth, plane) in frame.planes().iter().enumerate() {
            let (down, across) = if nth == 0 { (1, 1) } else { (down, across) };
            let plane = plane.view::<u8>().unwrap();
            prop_assert_eq!(plane.shape(), [height.div_ceil(down), width.div_ceil(across)]);
            for (place, stored) in plane.indexed_iter() {
                let (mut sum, mut count) = (0.0, 0.0);
                for y in place[0] * down..height.min(place[0] * down + down) {
                    for x in place[1] * across..width.min(place[1] * across + across) {
                        let pixel = [0, 1, 2].map(|c| f64::from(values[(y * width + x) * 3 + c]));
                        sum += reference(pixel, full)[nth];
                        count += 1.0;
                    }
                }
                let expected = (sum / count).clamp(0.0, 255.0);
                prop_assert!((f64::from(*stored) - expected).abs() <= 0.501, "{stored} and {expected}");
            }
        }
        if chroma == Chroma::C444 {
            let back = frame.to_array(&NEVER).unwrap();
            let differences = back.view::<u8>().unwrap().iter().zip(&values).map(|(a, b)| a.abs_diff(*b)).max();
            prop_assert!(differences <= Some(3), "{differences:?}");
        }
    }

    #[test]
    fn no_beginning_is_a_panic(text in "(YUV4MPEG2)?( (W[0-9]{0,11}|H-?[0-9]{0,3}|F[0-9]{0,11}:?[0-9]?|I[ptbm?é]?|C(420|444|mono|420p)[a-z0-9]{0,4}|X[A-Z=]{0,9})){0,6}\n?(FRAME\n?)?.{0,40}") {
        if let Ok(frames) = read(text.as_bytes()) {
            prop_assert!(frames.iter().map(Frame::nbytes).sum::<usize>() <= text.len());
        }
    }
}

#[test]
fn grey_pictures_and_truths_are_stored_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::new().replace(true);
    let grey = image("yx", &[3, 5], DType::U8);
    let deep = image("yx", &[3, 5], DType::U16);
    let truths = Array::from_vec("xy", &[1, 2], vec![true, false]).unwrap();
    for (picture, expected) in [
        (&grey, grey.clone()),
        (&deep, deep.clone()),
        (&truths, Array::from_vec("yx", &[2, 1], vec![255_u8, 0]).unwrap()),
    ] {
        let mut clip = Writer::create(&at(folder.path()), settings.clone()).unwrap();
        clip.write(picture, &NEVER).unwrap();
        clip.finish(&NEVER).unwrap();
        let read = frames(Reader::open(&at(folder.path())).unwrap()).unwrap();
        assert_eq!(read[0].to_array(&NEVER).unwrap(), expected);
    }
    // In colour: without any.
    let space = ColourSpace::new(Chroma::C420Jpeg, 8).unwrap();
    let frame = Frame::of(&grey, space, false, &NEVER).unwrap();
    assert_eq!(frame.planes()[1], Array::full("yx", &[2, 3], 128_u8).unwrap());
    let back = frame.to_array(&NEVER).unwrap();
    let one = back.slice(&roi![0..3, 0..5, 1..2]).unwrap().to_axes("yx").unwrap();
    assert!(
        one.cast(DType::I16)
            .unwrap()
            .approx_eq(&grey.cast(DType::I16).unwrap(), 1.0)
    );
    let space = ColourSpace::new(Chroma::C444, 10).unwrap();
    let frame = Frame::of(&Array::full("yx", &[1, 1], u16::MAX).unwrap(), space, false, &NEVER).unwrap();
    assert_eq!(frame.luma(), &Array::full("yx", &[1, 1], 940_u16).unwrap());
    assert_eq!(
        frame.to_array(&NEVER).unwrap(),
        Array::full("yxc", &[1, 1, 3], 1023_u16).unwrap()
    );
}

#[test]
fn opacity_is_dropped() {
    let bytes = b"YUV4MPEG2 W1 H1 C444alpha\nFRAME\n\xeb\x80\x80\x07";
    let frame = read(bytes).unwrap().remove(0);
    assert_eq!(frame.planes()[3], Array::full("yx", &[1, 1], 7_u8).unwrap());
    assert_eq!(
        frame.to_array(&NEVER).unwrap(),
        Array::full("yxc", &[1, 1, 3], 255_u8).unwrap()
    );
}

#[test]
fn parameters_are_kept_and_those_of_frames_read_over() {
    let text = "YUV4MPEG2 W4 H2 F0:0 Im A10:11 Cmono12 XFOO=1 Zother";
    let header = Header::parse(text).unwrap();
    assert_eq!(header.to_string(), text);
    assert_eq!((header.rate().value(), header.extra().len()), (None, 2));
    assert_eq!(header.colour_space(), ColourSpace::new(Chroma::Mono, 12).unwrap());
    assert_eq!(
        Header::parse("YUV4MPEG2 H2  W4").unwrap().to_string(),
        "YUV4MPEG2 W4 H2 F0:0 I? A0:0 C420"
    );
    let with = b"YUV4MPEG2 W2 H2 F25:1 Cmono\nFRAME Ip Xany\nabcdFRAME\nefgh";
    assert_eq!(read(with).unwrap(), read(GREY).unwrap());
    assert_eq!(read(with).unwrap().len(), 2);
    let folder = tempfile::tempdir().unwrap();
    fs::write(at(folder.path()), with).unwrap();
    let error = open(&at(folder.path())).err().unwrap().report();
    assert!(
        error.contains("a.y4m") && error.contains("one after the other"),
        "{error}"
    );
}

#[test]
fn a_clip_cut_short_anywhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path());
    let (start, frame) = (28, 10);
    for end in 0..GREY.len() {
        fs::write(&path, &GREY[..end]).unwrap();
        let whole = end >= start && (end - start) % frame == 0;
        let (streamed, stored) = (read(&GREY[..end]), Reader::open(&path).and_then(frames));
        let opened = load(&path);
        assert_eq!(
            (streamed.is_ok(), stored.is_ok(), opened.is_ok()),
            (whole, whole, whole),
            "cut at {end}"
        );
        for report in [streamed.err(), stored.err(), opened.err()]
            .into_iter()
            .flatten()
            .map(|e| e.report())
        {
            assert!(report.contains("a.y4m"), "{report}");
        }
    }
    let mut clip = Reader::new("a.y4m", Cursor::new(&GREY[..40]), Limit::default()).unwrap();
    assert!(clip.next_frame(&NEVER).unwrap().is_some());
    let error = clip.next_frame(&NEVER).unwrap_err().report();
    assert!(error.contains("frame 1 of `a.y4m`"), "{error}");
    assert_eq!(clip.next_frame(&NEVER).unwrap_err().report(), error, "and it stays so");
}

#[test]
fn what_a_header_claims_is_checked_before_memory_is_taken() {
    let cases = [
        ("", "empty"),
        ("YUV4MPEG W2 H2\n", "does not begin"),
        ("YUV4MPEG2 W2\n", "no height"),
        ("YUV4MPEG2 H2\n", "no width"),
        ("YUV4MPEG2 W0 H2\n", "width is `0`"),
        ("YUV4MPEG2 W2 H-2\n", "height is `-2`"),
        ("YUV4MPEG2 W2 H99999999999999999999\n", "height is"),
        ("YUV4MPEG2 W2 H2 C421\n", "`421` is not known"),
        ("YUV4MPEG2 W2 H2 C420p17\n", "17 bits"),
        ("YUV4MPEG2 W2 H2 C420p+9\n", "is not known"),
        ("YUV4MPEG2 W2 H2 C420jpegp10\n", "10 bits"),
        ("YUV4MPEG2 W2 H2 F25\n", "no fraction"),
        ("YUV4MPEG2 W2 H2 Ix\n", "interlacing"),
        ("YUV4MPEG2 W2147483648 H2147483648 C444p16\n", "the limit is 1.00 MiB"),
        ("YUV4MPEG2 W2000 H2000\nFRAME\n", "the limit is 1.00 MiB"),
        ("YUV4MPEG2 W2 H2 Cmono\nFRAMES\nabcd", "FRAME"),
        ("YUV4MPEG2 W2 H2 Cmono\nabcd", "cut short"),
    ];
    for (bytes, expected) in cases {
        let report = refused(bytes.as_bytes());
        assert!(report.contains(expected), "{bytes}: {report}");
    }
    refused(b"YUV4MPEG2 W2 H2 X\xff\n");
    assert!(refused(&[&GREY[..10], &[b'X'; 5000]].concat()).contains("4096"));
    // A file is known to be too short, whatever the limit is.
    let folder = tempfile::tempdir().unwrap();
    fs::write(at(folder.path()), "YUV4MPEG2 W2147483648 H2147483648 Cmono\nFRAME\n").unwrap();
    let all = Limit::bytes(u64::MAX);
    let report = Reader::open_with(&at(folder.path()), all).unwrap_err().report();
    assert!(report.contains("a.y4m") && report.contains("cut short"), "{report}");
    let opened = Open::new().limit(all).open(&at(folder.path()));
    assert!(opened.err().unwrap().report().contains("cut short"));
}

#[test]
fn a_frame_of_another_size_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut clip = Writer::create(&at(folder.path()), Settings::new()).unwrap();
    let grey = image("yx", &[2, 4], DType::U8);
    clip.write(&grey, &NEVER).unwrap();
    let mut refused = |axes: &str, shape: &[usize], dtype| {
        let other = Array::zeros(axes, shape, dtype).unwrap();
        let report = clip.write(&other, &NEVER).unwrap_err().report();
        assert!(report.contains("frame 1 of") && report.contains("a.y4m"), "{report}");
        report
    };
    let report = refused("yx", &[2, 6], DType::U8);
    assert!(
        report.contains("6 × 2 `mono`") && report.contains("4 × 2 `mono`"),
        "{report}"
    );
    assert!(refused("yxc", &[2, 4, 3], DType::U8).contains("420jpeg"));
    assert!(refused("yx", &[2, 4], DType::U16).contains("mono16"));
    assert!(refused("yx", &[2, 4], DType::F32).contains("u8"));
    assert!(refused("zyx", &[3, 2, 4], DType::U8).contains("axes"));
    assert!(refused("yx", &[0, 4], DType::U8).contains("no pixels"));
    clip.write(&grey, &NEVER).unwrap();
    clip.finish(&NEVER).unwrap();
    assert_eq!(
        load(&at(folder.path())).unwrap(),
        Array::stack('t', &[grey.clone(), grey]).unwrap()
    );
}

#[test]
fn a_clip_has_its_name_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path());
    let grey = image("yx", &[2, 4], DType::U8);
    let begin = |settings| Writer::create(&path, settings);
    let mut clip = begin(Settings::new()).unwrap();
    clip.write(&grey, &NEVER).unwrap();
    assert!(!Path::new(&path).exists());
    drop(clip);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing is left behind"
    );
    let error = begin(Settings::new()).unwrap().finish(&NEVER).unwrap_err().report();
    assert!(error.contains("no frame"), "{error}");
    fs::write(&path, "older").unwrap();
    assert!(begin(Settings::new()).unwrap_err().report().contains("a.y4m"));
    let mut clip = begin(Settings::new().replace(true)).unwrap();
    clip.write(&grey, &NEVER).unwrap();
    let stop = Checkpoint::new(Arc::new(Stop));
    assert_eq!(clip.write(&grey, &stop).unwrap_err().chain().last().unwrap(), "enough");
    assert!(clip.write(&grey, &NEVER).is_err(), "half a frame would follow");
    assert!(clip.finish(&NEVER).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"older");
}

struct Stop;

impl Interrupt for Stop {
    fn interrupted(&self) -> Option<Error> {
        Some(Error::msg("enough"))
    }
}

#[test]
fn reading_and_converting_stop() {
    let stop = Checkpoint::new(Arc::new(Stop));
    let mut clip = Reader::new("a.y4m", Cursor::new(GREY), Limit::default()).unwrap();
    assert!(clip.next_frame(&stop).unwrap_err().report().contains("enough"));
    let picture = Array::full("yxc", &[4, 4, 3], 9_u8).unwrap();
    let space = ColourSpace::new(Chroma::C444, 8).unwrap();
    assert_eq!(Frame::of(&picture, space, false, &stop).unwrap_err().report(), "enough");
    let frame = Frame::of(&picture, space, false, &NEVER).unwrap();
    assert_eq!(frame.to_array(&stop).unwrap_err().report(), "enough");
}

#[test]
fn colours_do_not_depend_on_threads() {
    let picture = image("yxc", &[301, 407, 3], DType::U8);
    let space = ColourSpace::new(Chroma::C420Jpeg, 8).unwrap();
    let both = || {
        let frame = Frame::of(&picture, space, false, &NEVER).unwrap();
        let back = frame.to_array(&NEVER).unwrap();
        (frame, back)
    };
    let several = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert_eq!(several.install(both), both());
}
