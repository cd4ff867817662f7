//! Side-by-side timing: ours and the peer take turns in one process (A B A B …), so that a machine whose speed drifts
//! slows both. What counts is the ratio of each pair: its median, and its quartiles as the range.

use std::time::Duration;

/// Pairs to take for one row.
const PAIRS: usize = 15;

/// Times of both sides, one pair for each round, in nanoseconds for each unit of work.
pub(crate) struct Pairs {
    ours: Vec<f64>,
    peer: Vec<f64>,
}

/// Runs `ours` and `peer` in turn, after one round that does not count. Each returns how long its `units` of work took.
pub(crate) fn pairs(units: u64, mut ours: impl FnMut() -> Duration, mut peer: impl FnMut() -> Duration) -> Pairs {
    let per_unit = |time: Duration| time.as_nanos() as f64 / units as f64;
    ours();
    peer();
    let mut pairs = Pairs {
        ours: Vec::new(),
        peer: Vec::new(),
    };
    for _ in 0..PAIRS {
        pairs.ours.push(per_unit(ours()));
        pairs.peer.push(per_unit(peer()));
    }
    pairs
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The head of the table that [`row`] prints.
pub(crate) fn head(title: &str) {
    println!("\n{title}");
    println!(
        "{:<58} {:>11} {:>11} {:>7} {:>15} {:>6}",
        "", "ours ns", "peer ns", "ratio", "quartiles", "limit"
    );
}

/// A line for a figure without a peer.
#[allow(dead_code, reason = "one of the benches that share this table has no such line")]
pub(crate) fn figure(name: &str, value: &str, limit: &str) {
    println!("{name:<58} {value:>23} {:>23} {limit}", "");
}

/// One line: ours, the peer, the ratio with its quartiles, and whether the worse quartile is within the limit.
pub(crate) fn row(name: &str, pairs: &Pairs, limit: Option<f64>) {
    let ratios = sorted(pairs.ours.iter().zip(&pairs.peer).map(|(ours, peer)| ours / peer));
    let (low, high) = (quantile(&ratios, 0.25), quantile(&ratios, 0.75));
    let verdict = match limit {
        None => String::new(),
        Some(limit) if high <= limit => format!("{limit:>6.2} met"),
        Some(limit) => format!("{limit:>6.2} MISSED"),
    };
    println!(
        "{name:<58} {:>11.1} {:>11.1} {:>7.2} {:>7.2}–{:<7.2} {verdict}",
        quantile(&sorted(pairs.ours.iter().copied()), 0.5),
        quantile(&sorted(pairs.peer.iter().copied()), 0.5),
        quantile(&ratios, 0.5),
        low,
        high,
    );
}
