//! Measuring and printing: ours and the peer in turn, and one row of what came out.

use std::time::Instant;

/// What a run of the bench is asked to do.
pub(crate) struct Bench {
    /// How often each side of a row is timed.
    pub(crate) rounds: usize,
    /// Only rows whose name contains this.
    pub(crate) filter: String,
}

/// What a row is held against.
pub(crate) struct Goal {
    pub(crate) than: &'static str,
    /// At least so many times faster.
    pub(crate) by: f64,
}

/// The heading of the table.
pub(crate) fn heading() {
    println!(
        "{:34} {:>7} {:>7} {:22} | {:>6} {:>13} {:>6}",
        "MB/s of samples, medians", "ours", "peer", "", "ratio", "quartiles", "goal"
    );
}

impl Bench {
    pub(crate) fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter)
    }

    /// Times `ours` against a peer, in turn, in nanoseconds; `peer` is `None` if it is not there.
    pub(crate) fn against(
        &self,
        name: &str,
        bytes: usize,
        goal: &Goal,
        mut ours: impl FnMut() -> f64,
        mut peer: impl FnMut() -> Option<f64>,
    ) {
        if !self.wants(name) {
            return;
        }
        ours();
        if peer().is_none() {
            println!("{name:34} {} is not installed: left out", goal.than);
            return;
        }
        let pairs: Vec<_> = (0..self.rounds).filter_map(|_| Some((ours(), peer()?))).collect();
        report(name, bytes, &pairs, goal);
    }
}

fn report(name: &str, bytes: usize, pairs: &[(f64, f64)], goal: &Goal) {
    let rate = |of: fn(&(f64, f64)) -> f64| bytes as f64 * 1e3 / quantile(pairs.iter().map(of).collect(), 0.5);
    let ratios: Vec<f64> = pairs.iter().map(|(ours, theirs)| theirs / ours).collect();
    let [low, middle, high] = [0.25, 0.5, 0.75].map(|at| quantile(ratios.clone(), at));
    println!(
        "{name:34} {:7.0} {:7.0} {:22} | {middle:6.2} {low:6.2}-{high:6.2} {:6.2} {}",
        rate(|pair| pair.0),
        rate(|pair| pair.1),
        goal.than,
        goal.by,
        if low >= goal.by { "met" } else { "MISSED" },
    );
}

/// Nanoseconds.
pub(crate) fn time(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_nanos() as f64
}

fn quantile(mut values: Vec<f64>, at: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * at).round() as usize]
}
