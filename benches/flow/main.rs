//! What flows cost, beside chains of channels in the same run.
//!
//! `cargo bench --bench flow` prints the tables; `cargo bench --bench flow -- WORD` only the rows whose name contains WORD.
//!
//! The loads: numbers through three stages that do next to nothing, which shows what handing on costs; one number at a time
//! through empty stages, which shows how long a hop takes; pictures of a video through a stage that computes.

mod chains;
mod flows;
mod frames;
mod hop;
#[path = "../request/table.rs"]
mod table;

use std::time::{Duration, Instant};

/// Items of one round.
const ITEMS: u64 = 200_000;

fn wanted(name: &str) -> bool {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    filter.is_none_or(|filter| name.contains(&filter))
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// A row of the table, if it is wanted.
fn row(name: &str, units: u64, limit: Option<f64>, mut ours: impl FnMut(), mut peer: impl FnMut()) {
    if wanted(name) {
        let pairs = table::pairs(units, || timed(&mut ours), || timed(&mut peer));
        table::row(name, &pairs, limit);
    }
}

fn main() {
    table::head(
        "numbers through three stages, for each (limits: unfused 1/0.9, fused 1/5 of the chain of tokio's channels)",
    );
    for (depth, limit) in [(64, Some(1.0 / 0.9)), (1024, None), (8, None), (2, None)] {
        let ours = || flows::unfused(ITEMS, depth);
        row(
            &format!("tasks of their own / tokio mpsc, depth {depth}"),
            ITEMS,
            limit,
            ours,
            || {
                chains::tokio(ITEMS, depth);
            },
        );
    }
    let unfused = || flows::unfused(ITEMS, 64);
    row("tasks of their own / flume, depth 64", ITEMS, None, unfused, || {
        chains::flume(ITEMS, 64)
    });
    row(
        "tasks of their own / crossbeam threads, depth 64",
        ITEMS,
        None,
        unfused,
        || {
            chains::crossbeam(ITEMS, 64);
        },
    );
    let fused = || flows::fused(ITEMS);
    row("fused / tokio mpsc, depth 64", ITEMS, Some(1.0 / 5.0), fused, || {
        chains::tokio(ITEMS, 64)
    });
    row(
        "4 replicas in order / tokio mpsc, depth 64",
        ITEMS,
        None,
        || flows::ordered(ITEMS),
        || {
            chains::tokio(ITEMS, 64);
        },
    );
    table::head("one number at a time, for each hop (limit: 2 µs)");
    hop::rows();
    table::head("frames of 1920 × 1080 × 3 bytes, for each");
    frames::rows();
}
