//! Measuring and printing: ours, the copy and the peer in turn, and one row of what came out.

use std::hint::black_box;
use std::time::Instant;

use crate::peers::Peers;

/// How many threads work, for us and for the copy.
pub(crate) const THREADS: usize = 2;

/// What a run of the bench is asked to do.
pub(crate) struct Bench {
    /// How often each side of a row is timed.
    pub(crate) rounds: usize,
    /// Only rows whose name contains this.
    pub(crate) filter: String,
    pub(crate) peers: Peers,
}

/// In the place of a peer's time that nobody has measured: without the peer the row is left out.
pub(crate) const UNKNOWN: f64 = f64::NAN;

/// What a row is held against.
pub(crate) enum Goal {
    /// At most so many times as long as copying the same number of `f32`.
    Copies(f64),
    /// At least so many times faster than the peer; `quoted` is its time for an element where it cannot be run.
    Faster { than: &'static str, by: f64, quoted: f64 },
    /// At most so many times as long as the rival that is given.
    AtMost(f64),
}

impl Bench {
    pub(crate) fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter)
    }

    /// Times `ours` against copying `elements` of `f32`, in turn.
    pub(crate) fn against_copy(&self, name: &str, elements: usize, goal: f64, mut ours: impl FnMut()) {
        if !self.wants(name) {
            return;
        }
        let from = vec![1.0_f32; elements];
        let mut to = vec![0.0_f32; elements];
        let pairs = self.pairs(&mut ours, &mut || copy(&from, &mut to));
        report(name, elements, pairs, &Goal::Copies(goal), "copy");
    }

    /// Times `ours` against `rival`, in turn.
    pub(crate) fn against(
        &self,
        name: &str,
        elements: usize,
        goal: f64,
        mut ours: impl FnMut(),
        mut rival: impl FnMut(),
    ) {
        if self.wants(name) {
            let pairs = self.pairs(&mut ours, &mut rival);
            report(name, elements, pairs, &Goal::AtMost(goal), "rival");
        }
    }

    /// Times `ours` against a peer, in turn; `peer` returns its nanoseconds, or `None` if it is not there.
    pub(crate) fn against_peer(
        &self,
        name: &str,
        elements: usize,
        goal: Goal,
        mut ours: impl FnMut(),
        mut peer: impl FnMut() -> Option<f64>,
    ) {
        if !self.wants(name) {
            return;
        }
        let Goal::Faster { than, quoted, .. } = goal else {
            unreachable!("a peer is to be beaten")
        };
        ours();
        let mut who = than.to_owned();
        let is_there = peer().is_some();
        if !is_there && quoted.is_nan() {
            println!("{name:46} {than} is not installed, and no figure is known for it");
            return;
        }
        if !is_there {
            who.push_str(" (quoted)");
        }
        let quoted = quoted * elements as f64;
        let times = (0..self.rounds).map(|_| (time(&mut ours), peer().unwrap_or(quoted)));
        report(name, elements, times.collect(), &goal, &who);
    }

    fn pairs(&self, ours: &mut impl FnMut(), rival: &mut impl FnMut()) -> Vec<(f64, f64)> {
        ours();
        rival();
        (0..self.rounds)
            .map(|_| (time(&mut *ours), time(&mut *rival)))
            .collect()
    }
}

/// The heading of the table.
pub(crate) fn heading() {
    println!(
        "{:46} {:>9} {:>9} {:28} | {:>7} {:>15} {:>7}",
        "ns per element, medians", "ours", "peer", "", "ratio", "quartiles", "goal"
    );
}

fn report(name: &str, elements: usize, pairs: Vec<(f64, f64)>, goal: &Goal, who: &str) {
    let per = |time: f64| time / elements as f64;
    let side = |of: fn(&(f64, f64)) -> f64| quantile(pairs.iter().map(of).collect(), 0.5);
    let (limit, met): (f64, fn(f64, f64, f64) -> bool) = match *goal {
        Goal::Copies(limit) | Goal::AtMost(limit) => (limit, |_, worse, limit| worse <= limit),
        Goal::Faster { by, .. } => (by, |low, _, limit| low >= limit),
    };
    let ratios: Vec<f64> = pairs
        .iter()
        .map(|(ours, theirs)| match goal {
            Goal::Faster { .. } => theirs / ours,
            _ => ours / theirs,
        })
        .collect();
    let [low, middle, high] = [0.25, 0.5, 0.75].map(|at| quantile(ratios.clone(), at));
    println!(
        "{name:46} {:9.3} {:9.3} {who:28} | {middle:7.2} {low:7.2}-{high:7.2} {limit:7.2} {}",
        per(side(|pair| pair.0)),
        per(side(|pair| pair.1)),
        if met(low, high, limit) { "met" } else { "MISSED" },
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

/// `memcpy` by two threads.
fn copy(from: &[f32], to: &mut [f32]) {
    let (left, right) = to.split_at_mut(from.len() / THREADS);
    let (first, second) = from.split_at(left.len());
    rayon::join(|| left.copy_from_slice(first), || right.copy_from_slice(second));
    black_box(to);
}
