//! A video through a filter: each frame is read, what is bright in it is found and boxed, and some of the frames become a contact
//! sheet.
//!
//! `cargo run --release --features io --example flow_video`

use std::time::Instant;

use futures::stream;
use headwater::flow::consume::{ClipWriter, Lines};
use headwater::flow::produce::ClipReader;
use headwater::flow::{Flow, process};
use headwater::graph::Meta;
use headwater::io::Create;
use headwater::io::y4m::Settings;
use headwater::kernels::{ContactSheet, DrawBoxes, Interpolation, Rectangle, gaussian};
use headwater::roi::nonzero_bounding_box;
use headwater::{Array, Checkpoint, DType, Error};

const HEIGHT: usize = 180;
const WIDTH: usize = 320;
const FRAMES: u32 = 48;

fn main() -> Result<(), Error> {
    let folder = std::env::temp_dir().join("headwater-flow-video");
    std::fs::create_dir_all(&folder)?;
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (clip, sheet) = (at("ball.y4m"), at("sheet.png"));

    // A video to begin with: each frame is a kernel's, two are drawn at a time, and they are written in their order.
    let begun = Instant::now();
    let flow = Flow::batch().named("film");
    let drawn = flow.produce("numbers", stream::iter(0..FRAMES)).kernel("draw", draw);
    let settings = Settings::new().rate(24, 1).replace(true);
    drawn
        .replicas(2)
        .ordered()
        .async_consumer("clip", ClipWriter::create(&clip, settings));
    flow.build()?.start().wait()?;
    let bytes = std::fs::metadata(&clip)?.len();
    println!(
        "{clip}: {FRAMES} frames of {WIDTH} × {HEIGHT}, {} KiB, in {:.1?}",
        bytes >> 10,
        begun.elapsed()
    );

    let flow = Flow::batch().named("look");
    let found = flow.produce("read", ClipReader::open(&clip)).kernel("find", find);
    let mut number = 0;
    let some = found.replicas(2).ordered().filter("each fourth", move |_| {
        number += 1;
        number % 4 == 1
    });
    let places = some.flat_map("places", |(_, boxes), output| {
        let seconds = output.time().unwrap_or_default().as_secs_f64();
        boxes
            .iter()
            .for_each(|found| output.emit(format!("{seconds:4.2} s: y {:?}, x {:?}", found.y(), found.x())));
    });
    places.consumer("terminal", Lines::stdout());
    let boxed = some.kernel("box", process::draw_boxes(DrawBoxes::new([255, 60, 0]).thickness(3)));
    let small = boxed.kernel("shrink", process::resize(90, 160, Interpolation::Linear));
    let thumbnails = small.collect("thumbnails");
    let report = flow.build()?.start().wait()?;

    for node in ["find", "box", "shrink"].iter().filter_map(|name| report.node(name)) {
        println!(
            "{:>8}: {:2} frames, half of them within {:.1?}",
            node.name,
            node.taken,
            node.latency.quantile(0.5)
        );
    }
    println!(
        "{:.0} frames in a second",
        f64::from(FRAMES) / report.elapsed.as_secs_f64()
    );

    let never = Checkpoint::never();
    let picture = ContactSheet::new(4)
        .gap(4)
        .background(255.0)
        .apply(&thumbnails.take(), &never)?;
    let meta = Meta::of(&picture);
    let file = Create::new().replace(true).create(&sheet, &meta)?;
    file.write_region(&meta.roi(), &picture, &never)?;
    println!("{}", file.finish(&never)?.path.display());
    Ok(())
}

/// A ball that bounces over a slope in colour.
fn draw(number: u32, _checkpoint: &Checkpoint) -> Result<Array, Error> {
    let phase = f64::from(number) / f64::from(FRAMES);
    let height = (phase * 3.0 * std::f64::consts::PI).sin().abs();
    let (y, x) = (155.0 - 120.0 * height, 30.0 + 260.0 * phase);
    let pixel = |at: usize| {
        let (row, column) = ((at / WIDTH) as f64, (at % WIDTH) as f64);
        let inside = (row - y).hypot(column - x) < 16.0;
        let slope = [40.0 + row / 4.0, 60.0 + column / 5.0, 110.0 - row / 4.0];
        let colour = if inside { [250.0, 240.0, 200.0] } else { slope };
        colour.map(|part| part as u8)
    };
    Array::from_vec(
        "yxc",
        &[HEIGHT, WIDTH, 3],
        (0..HEIGHT * WIDTH).flat_map(pixel).collect(),
    )
}

/// What is bright: green, which is most of what eyes see, smoothed and compared with a threshold.
fn find(frame: Array, checkpoint: &Checkpoint) -> Result<(Array, Vec<Rectangle>), Error> {
    let green = frame
        .slice(&headwater::roi![0..HEIGHT, 0..WIDTH, 1..2])?
        .to_axes("yx")?;
    let smooth = gaussian(&green.cast(DType::F32)?, 1.0, checkpoint)?;
    let bright = smooth.view::<f32>()?.mapv(|value| value > 170.0);
    // With some room around it.
    let range = |range: std::ops::Range<usize>| range.start as i64 - 6..range.end as i64 + 6;
    let boxes =
        nonzero_bounding_box(&bright)?.map(|found| Rectangle::new(range(found.range(0)), range(found.range(1))));
    Ok((frame, boxes.into_iter().collect::<Result<_, _>>()?))
}
