//! Several producers of different rates come together: by a key, by time, and in one log.
//!
//! A parcel office. Labels and weights of parcels come from two desks in different orders and belong together by the parcel's
//! number. A camera and a scale at the belt have clocks of their own and belong together by time, and so do the readings of the
//! belt's motor, of which there are many for each picture.

use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use headwater::Error;
use headwater::flow::{Flow, Report};

/// Numbers that come at a steady rate.
fn every(period: Duration, count: u64) -> impl Stream<Item = u64> + Send + Unpin {
    let ticks = stream::iter(0..count).then(move |n| async move {
        tokio::time::sleep(period).await;
        n
    });
    Box::pin(ticks)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn account(report: &Report, node: &str) -> String {
    let Some(node) = report.node(node) else {
        return String::new();
    };
    format!(
        "{} items in, {} groups out, {} without partners",
        node.taken, node.emitted, node.unmatched
    )
}

fn main() -> Result<(), Error> {
    let flow = Flow::batch().named("parcel office");

    // By key: the second desk is faster, begins with the last parcel, and has one that the first desk never sees.
    let labels = flow
        .produce("labels", every(ms(30), 12))
        .map("address", |n| (n, format!("{} Mill Lane", 7 * n + 1)));
    let weights = flow
        .produce("weights", every(ms(20), 13))
        .map("weigh", |n| (12 - n, 150 + 37 * n));
    let parcels = flow
        .join("parcels", (&labels, &weights))
        .by_key((|label| label.0, |weight| weight.0));
    let parcel_lines = parcels.map("parcel", |((number, address), (_, grams))| {
        format!("parcel {number:2}: {grams} g to {address}")
    });

    // By time: a picture each 80 ms, a measurement each 50 ms, the motor's speed each 10 ms.
    let pictures = flow
        .produce("camera", every(ms(80), 10))
        .stamp("taken at", |n| ms(80 * n));
    let scale = flow
        .produce("scale", every(ms(50), 17))
        .stamp("measured at", |n| ms(50 * n));
    let motor = flow
        .produce("motor", every(ms(10), 85))
        .map("speed", |n| 100 + (n * n) % 17)
        .stamp("turned at", {
            let mut nth = 0;
            move |_| {
                nth += 1;
                ms(10 * (nth - 1))
            }
        });
    let belt = flow
        .join("belt", (&pictures, &scale))
        .collect(&motor, ms(20))
        .by_time(ms(15));
    let belt_lines = belt.map("moment", |(picture, measured, speeds)| {
        let mean = speeds.iter().sum::<u64>() as f64 / speeds.len().max(1) as f64;
        format!(
            "  picture {picture}: scale's value {measured}, {} speeds, {mean:.1} on average",
            speeds.len()
        )
    });

    // Both in one log, as they come.
    flow.merge("log", [&parcel_lines.output(), &belt_lines.output()])
        .consume("print", |line| println!("{line}"));

    let report = flow.build()?.start().wait()?;
    println!("\nparcels: {}", account(&report, "parcels"));
    println!("belt:    {}", account(&report, "belt"));
    println!("all of it in {:.1?}", report.elapsed);
    Ok(())
}
