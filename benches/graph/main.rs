//! What the graph costs, beside the figures of lazyflow and the request engine below it.
//!
//! `cargo bench --bench graph` prints the tables; `cargo bench --bench graph -- WORD` only the rows whose name contains WORD.
//! lazyflow's figures were measured with the original on a machine like the one that the goals were set on: a tiny block
//! pulled through a chain costs 33.6 µs for each operator, a dirty wave 13.3 µs. What has a peer in this process is measured
//! in turns with it.
//!
//! The loads: a viewer asks for a tile at the end of a chain, a brush stroke dirties one, a slider moves while a viewport
//! pans, and everybody looks at the same block.

mod chain;
mod commit;
mod operators;
mod readers;
mod slider;
#[path = "../request/table.rs"]
mod table;

use std::time::{Duration, Instant};

/// Rounds of one row.
const ROUNDS: usize = 25;

fn wanted(name: &str) -> bool {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    filter.is_none_or(|filter| name.contains(&filter))
}

/// Prints a figure of ours beside one of a peer that is not in this process: nanoseconds for each of `units`.
fn beside(name: &str, peer: Option<f64>, limit: f64, units: u64, mut work: impl FnMut()) {
    if !wanted(name) {
        return;
    }
    let mut rounds: Vec<f64> = (0..=ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_nanos() as f64 / units as f64
        })
        .skip(1)
        .collect();
    rounds.sort_by(f64::total_cmp);
    let quantile = |q: f64| rounds[((rounds.len() - 1) as f64 * q).round() as usize];
    let (low, median, high) = (quantile(0.25), quantile(0.5), quantile(0.75));
    let ratio = peer.map_or(String::new(), |peer| format!("1/{:.0} of {peer:.0} ns", peer / median));
    let verdict = if high <= limit { "met" } else { "MISSED" };
    println!("{name:<58} {median:>9.1} ns  {low:>8.1}–{high:<9.1} {ratio:<20} {limit:>9.1} {verdict}");
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn main() {
    println!(
        "{:<58} {:>12}  {:>18} {:<20} {:>9}",
        "", "ours", "quartiles", "lazyflow", "limit"
    );
    chain::rows();
    commit::rows();
    table::head("10,000 readers of one block, for each");
    readers::rows();
    slider::rows();
}
