//! Images and videos, from and to files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures::stream;
use headwater::flow::consume::{ClipWriter, ImageSequence};
use headwater::flow::produce::{ClipReader, ImageFiles, Planes, TryIter};
use headwater::flow::{Flow, Producer, Report};
use headwater::graph::Meta;
use headwater::io::y4m::{Chroma, Reader, Settings};
use headwater::io::{Create, Limit, open};
use headwater::{Array, Checkpoint, DType, Error};

use crate::{end, run, runtime};

const NEVER: Checkpoint = Checkpoint::never();

fn at(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

fn grey(value: u8) -> Array {
    Array::full("yx", &[4, 6], value).unwrap()
}

fn save(path: &str, image: &Array) {
    let meta = Meta::of(image);
    let sink = Create::new().create(path, &meta).unwrap();
    sink.write_region(&meta.roi(), image, &NEVER).unwrap();
    sink.finish(&NEVER).unwrap();
}

fn load(path: &str) -> Array {
    let source = open(path).unwrap();
    source.read(&source.meta().roi(), &NEVER).unwrap()
}

/// All that a producer makes, with its times.
fn made<P: Producer>(producer: P) -> Result<Vec<P::Item>, Error> {
    let flow = Flow::batch();
    let made = flow.produce("made", producer).collect("kept");
    let runtime = runtime(2);
    end(&flow.build().unwrap().run(&runtime))?;
    Ok(made.take())
}

/// The times that its items get.
fn times(producer: impl Producer) -> Vec<Option<Duration>> {
    let flow = Flow::batch();
    let times = flow
        .produce("made", producer)
        .flat_map("times", |_, output| output.emit(output.time()));
    let times = times.collect("kept");
    run(&flow);
    times.take()
}

#[test]
fn image_files_come_in_the_natural_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    for number in [10, 2, 1, 33] {
        save(&at(folder.path(), &format!("t{number}.png")), &grey(number));
    }
    fs::write(folder.path().join(".t3.png"), "hidden").unwrap();
    let pattern = at(folder.path(), "t*.png");
    let expected = [1, 2, 10, 33].map(grey);
    assert_eq!(made(ImageFiles::matching(&pattern)).unwrap(), expected);
    let paced = ImageFiles::matching(&pattern).interval(Duration::from_millis(40));
    assert_eq!(times(paced), [0, 40, 80, 120].map(|at| Some(Duration::from_millis(at))));
    assert_eq!(times(ImageFiles::matching(&pattern)), [None; 4]);
    let list = ["t33.png", "t1.png"].map(|name| at(folder.path(), name));
    assert_eq!(made(ImageFiles::new(list)).unwrap(), [33, 1].map(grey));
}

#[test]
fn image_files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = made(ImageFiles::matching(&at(folder.path(), "*.png")))
        .unwrap_err()
        .report();
    assert!(error.contains("*.png") && error.contains("no file matches"), "{error}");
    save(&at(folder.path(), "a1.png"), &grey(1));
    fs::write(folder.path().join("a2.png"), "no picture").unwrap();
    let error = made(ImageFiles::matching(&at(folder.path(), "a*.png")))
        .unwrap_err()
        .report();
    assert!(error.contains("a2.png"), "{error}");
}

#[test]
fn the_pages_of_a_tiff_come_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.tif");
    let pages: Vec<_> = (1..=5).map(grey).collect();
    let stack = Array::stack('z', &pages).unwrap().to_axes("zyx").unwrap();
    save(&path, &stack);
    assert_eq!(made(Planes::of(&path)).unwrap(), pages);
    let lines = made(Planes::of(&path).along('y')).unwrap();
    assert_eq!(
        (lines.len(), lines[0].axes().to_string(), lines[0].shape()),
        (4, "zx".to_owned(), &[5, 6][..])
    );
    let error = made(Planes::of(&path).along('t')).unwrap_err().report();
    assert!(error.contains("a.tif") && error.contains("no axis `t`"), "{error}");
    let single = at(folder.path(), "b.tif");
    save(&single, &grey(7));
    assert_eq!(made(Planes::of(&single)).unwrap(), [grey(7)]);
    assert!(
        made(Planes::of(at(folder.path(), "none.tif")))
            .unwrap_err()
            .report()
            .contains("none.tif")
    );
}

fn clip(path: &str, settings: Settings, pictures: Vec<Array>) -> Report {
    let flow = Flow::batch();
    let pictures = flow.produce("pictures", stream::iter(pictures));
    pictures.async_consumer("clip", ClipWriter::create(path, settings));
    run(&flow)
}

#[test]
fn a_video_is_written_and_read_with_the_times_of_its_frames() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.y4m");
    let colours: Vec<_> = (0..4)
        .map(|n| Array::full("yxc", &[4, 6, 3], 50_u8 * n).unwrap())
        .collect();
    clip(
        &path,
        Settings::new().rate(30_000, 1001).chroma(Chroma::C444),
        colours.clone(),
    );
    assert_eq!(made(ClipReader::open(&path)).unwrap(), colours);
    let nanoseconds = [0, 33_366_666, 66_733_333, 100_100_000];
    assert_eq!(
        times(ClipReader::open(&path)),
        nanoseconds.map(|at| Some(Duration::from_nanos(at)))
    );
    let luma = made(ClipReader::open(&path).grey()).unwrap();
    assert_eq!(luma[0], grey(16));
    // From a stream, and without a rate.
    let bytes = b"YUV4MPEG2 W1 H1 Cmono\nFRAME\naFRAME\nb".as_slice();
    let stream = || ClipReader::of(Reader::new("pipe", bytes, Limit::default()).unwrap());
    let pixel = |value: u8| Array::full("yx", &[1, 1], value).unwrap();
    assert_eq!(made(stream()).unwrap(), [pixel(b'a'), pixel(b'b')]);
    assert_eq!(times(stream()), [None; 2]);
}

#[test]
fn a_video_that_is_cut_short_fails_the_flow_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.y4m");
    clip(&path, Settings::new(), [1, 2, 3].map(grey).to_vec());
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let error = made(ClipReader::open(&path)).unwrap_err().report();
    assert!(error.contains("frame 2 of") && error.contains("a.y4m"), "{error}");
    assert!(
        made(ClipReader::open(at(folder.path(), "b.y4m")))
            .unwrap_err()
            .report()
            .contains("b.y4m")
    );
}

#[test]
fn of_a_flow_that_fails_no_video_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.y4m");
    let fails = |pictures: Vec<Result<Array, Error>>| {
        let flow = Flow::batch();
        let pictures = flow.produce("pictures", TryIter::new(pictures.into_iter()));
        pictures.async_consumer("clip", ClipWriter::create(&path, Settings::new()));
        let runtime = runtime(2);
        let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err().report();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{error}");
        error
    };
    assert!(fails(vec![Ok(grey(1)), Err(Error::msg("enough"))]).contains("enough"));
    let large = Array::zeros("yx", &[5, 6], DType::U8).unwrap();
    let error = fails(vec![Ok(grey(1)), Ok(large)]);
    assert!(error.contains("6 × 5") && error.contains("6 × 4"), "{error}");
}

#[test]
fn a_video_without_frames_is_no_file_and_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(folder.path(), "a.y4m");
    clip(&path, Settings::new(), Vec::new());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    clip(&path, Settings::new(), vec![grey(1)]);
    clip(&path, Settings::new().replace(true), Vec::new());
    assert_eq!(made(ClipReader::open(&path).grey()).unwrap(), [grey(1)]);
}

fn sequence(sequence: ImageSequence, pictures: Vec<Array>) -> Result<Report, Error> {
    let flow = Flow::batch();
    let pictures = flow.produce("pictures", stream::iter(pictures));
    pictures.async_consumer("files", sequence);
    let runtime = runtime(2);
    end(&flow.build().unwrap().run(&runtime))
}

#[test]
fn each_picture_gets_a_file_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = at(folder.path(), "frame-{:03}.png");
    let pictures = vec![grey(1), grey(2)];
    sequence(ImageSequence::new(&pattern).unwrap(), pictures.clone()).unwrap();
    for (name, value) in [("frame-000.png", 1), ("frame-001.png", 2)] {
        assert_eq!(load(&at(folder.path(), name)), grey(value));
    }
    let later = ImageSequence::new(&at(folder.path(), "{}.png")).unwrap().first(99);
    sequence(later, pictures.clone()).unwrap();
    assert!(folder.path().join("99.png").exists() && folder.path().join("100.png").exists());
    // What is there stays, unless it may go.
    let error = sequence(ImageSequence::new(&pattern).unwrap(), vec![grey(9)])
        .unwrap_err()
        .report();
    assert!(
        error.contains("frame-000.png") && error.contains("not to be replaced"),
        "{error}"
    );
    assert_eq!(load(&at(folder.path(), "frame-000.png")), grey(1));
    let replacing = ImageSequence::new(&pattern)
        .unwrap()
        .created(Create::new().replace(true));
    sequence(replacing, vec![grey(9)]).unwrap();
    assert_eq!(load(&at(folder.path(), "frame-000.png")), grey(9));
}

#[test]
fn names_have_one_place_for_a_number() {
    for pattern in [
        "a.png",
        "{.png",
        "}{.png",
        "{x}.png",
        "{:5}.png",
        "{:0}.png",
        "{:099}.png",
        "{}{}.png",
        "{:05}}.png",
    ] {
        let error = ImageSequence::new(pattern).unwrap_err().report();
        assert!(error.contains(pattern), "{error}");
    }
}
