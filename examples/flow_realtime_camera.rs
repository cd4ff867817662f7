//! A camera that is faster than what looks at its pictures. In a realtime flow the freshest picture wins, the camera never waits,
//! and each picture that nobody looked at is accounted for, with the place where it was dropped. The same nodes in a batch flow
//! lose nothing, and hold the camera up.
//!
//! `cargo run --release --example flow_realtime_camera`

use std::time::{Duration, Instant};

use futures::stream;
use headwater::flow::consume::Void;
use headwater::flow::produce::Paced;
use headwater::flow::{Flow, FlowBuilder, Report};
use headwater::kernels::gaussian;
use headwater::{Array, Checkpoint, Error};

const RATE: f64 = 200.0;
const PICTURES: u32 = 160;

fn main() -> Result<(), Error> {
    println!("A camera of {RATE} pictures in a second, {PICTURES} of them; `smooth` takes 8 ms, `detect` 12 ms.");
    for (name, flow) in [("realtime", Flow::realtime()), ("batch", Flow::batch())] {
        let report = watch(&flow.named(name))?;
        tell(name, &report);
    }
    Ok(())
}

fn watch(flow: &FlowBuilder) -> Result<Report, Error> {
    let camera = flow.produce("camera", Paced::fps(stream::iter((0..PICTURES).map(picture)), RATE)?);
    // Fast enough for each picture: what is behind its neighbour does not slow it down.
    camera.consumer("record", Void::new()).depth(8);
    let smooth = camera.kernel("smooth", |picture, checkpoint| busy(8, &picture, checkpoint));
    let detected = smooth.kernel("detect", |picture, checkpoint| busy(12, &picture, checkpoint));
    detected.consumer("display", Void::new());
    flow.build()?.start().wait()
}

/// Grey noise of its own.
fn picture(number: u32) -> Array {
    let pixels = (0..128 * 128).map(|at: u32| (at.wrapping_mul(2_654_435_761) ^ number.wrapping_mul(40_503)) as u8);
    Array::from_vec("yx", &[128, 128], pixels.map(f32::from).collect()).expect("as many pixels as the shape has")
}

/// Smooths a picture for so many milliseconds, on whatever machine.
fn busy(milliseconds: u64, picture: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
    let begun = Instant::now();
    let mut smooth = gaussian(picture, 1.0, checkpoint)?;
    while begun.elapsed() < Duration::from_millis(milliseconds) {
        smooth = gaussian(&smooth, 1.0, checkpoint)?;
    }
    Ok(smooth)
}

fn tell(name: &str, report: &Report) {
    let camera = report.node("camera").expect("a node of the flow");
    println!(
        "\n{name}: {:.2?}, of which the camera was held up {:.2?}",
        report.elapsed, camera.blocked
    );
    println!(
        "{:>20}  {:>5} {:>6} {:>8}  {:>22}",
        "edge", "sent", "taken", "dropped", "age on arrival, median"
    );
    for edge in &report.edges {
        let (from, to) = (edge.from.join(", "), &edge.to);
        let age = report.node(to).map(|node| node.age.quantile(0.5)).unwrap_or_default();
        println!(
            "{:>20}  {:>5} {:>6} {:>8}  {:>22.1?}",
            format!("{from} → {to}"),
            edge.sent,
            edge.taken,
            edge.dropped,
            age
        );
    }
    let shown = report.node("display").map_or(0, |node| node.taken);
    let lost = report.dropped();
    println!(
        "{shown} of {PICTURES} pictures were displayed, {lost} were dropped: {} are missing",
        u64::from(PICTURES) - shown - lost
    );
}
