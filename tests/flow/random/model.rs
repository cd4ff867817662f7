//! What comes of a flow, one node after the other.

use super::case::{Bad, Case, Kind, Spec, Then, Work};
use super::dice::mix;

/// An item: its key and its value.
pub(super) type Plain = (u32, u64);

/// What a node has counted, and what came out by its ports.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) outputs: [Vec<Plain>; 3],
    pub(super) taken: u64,
    pub(super) failed: u64,
    pub(super) retried: u64,
    /// Whether the flow fails for one of its items.
    pub(super) fails: bool,
}

/// What the producer of this place makes as its so manieth item, counted from 1.
pub(super) fn source(node: usize, nth: u64) -> Plain {
    ((node as u32) * 8 + (nth % 7) as u32, mix(nth, 1 + node as u64))
}

/// What an attempt comes to: values by their ports, and whether it fails.
pub(super) fn attempt(work: &Work, node: usize, value: u64, nth: u32) -> (Vec<(usize, u64)>, bool) {
    let salt = 64 * node as u64;
    let mut emitted = Vec::new();
    if work.twice {
        emitted.push((0, mix(value, salt + 1)));
    }
    let fails = |bad: Bad| {
        let needs = match bad.heals {
            true => 1 + (mix(value, salt + 2) % 3) as u32,
            false => u32::MAX,
        };
        mix(value, salt + 3).is_multiple_of(bad.every) && nth <= needs
    };
    if work.bad.is_some_and(fails) {
        return (emitted, true);
    }
    let port = usize::from(work.splits && mix(value, salt + 4).is_multiple_of(2));
    emitted.push((port, mix(value, salt + 5)));
    (emitted, false)
}

pub(super) fn kept(node: usize, value: u64) -> bool {
    !mix(value, 64 * node as u64 + 6).is_multiple_of(3)
}

pub(super) fn copies(node: usize, value: u64) -> impl Iterator<Item = u64> {
    let salt = 64 * node as u64 + 7;
    (0..mix(value, salt) % 4).map(move |nth| mix(value, salt + 1 + nth))
}

pub(super) fn mapped(node: usize, value: u64) -> u64 {
    mix(value, 64 * node as u64 + 12)
}

/// The key of what a node makes without an item.
pub(super) fn own_key(node: usize) -> u32 {
    1000 + node as u32
}

pub(super) fn letter(node: usize, value: u64) -> u64 {
    mix(value, 64 * node as u64 + 13)
}

/// Of all nodes, if the producers make so many items.
pub(super) fn run(case: &Case, counts: &[u64]) -> Vec<Made> {
    let mut made: Vec<Made> = Vec::new();
    for (node, spec) in case.specs.iter().enumerate() {
        let stream = |input: &usize| {
            let stream = case.streams[*input];
            made[stream.node].outputs[stream.port].clone()
        };
        let next = match spec.kind {
            Kind::Produce { .. } => Made {
                outputs: [
                    (1..=counts[node]).map(|nth| source(node, nth)).collect(),
                    vec![],
                    vec![],
                ],
                ..Made::default()
            },
            Kind::Merge => one(spec.inputs.iter().flat_map(stream).collect(), |items| items),
            _ => processed(spec, node, stream(&spec.inputs[0])),
        };
        made.push(next);
    }
    made
}

/// A node that fails for nothing and has one output.
fn one(input: Vec<Plain>, change: impl FnOnce(Vec<Plain>) -> Vec<Plain>) -> Made {
    Made {
        taken: input.len() as u64,
        outputs: [change(input), vec![], vec![]],
        ..Made::default()
    }
}

fn processed(spec: &Spec, node: usize, input: Vec<Plain>) -> Made {
    let each = |change: &dyn Fn(u64) -> u64| input.iter().map(|(key, value)| (*key, change(*value))).collect();
    match spec.kind {
        Kind::Map | Kind::Control => one(input.clone(), |_| each(&|value| mapped(node, value))),
        Kind::Filter => one(input, |items| {
            items.into_iter().filter(|(_, value)| kept(node, *value)).collect()
        }),
        Kind::FlatMap => one(input, |items| {
            let all = |(key, value)| copies(node, value).map(move |copy| (key, copy));
            items.into_iter().flat_map(all).collect()
        }),
        Kind::Scan => one(input, |items| {
            let mut sum = 0_u64;
            let add = |(key, value): Plain| {
                sum = sum.wrapping_add(value);
                (key, sum)
            };
            items.into_iter().map(add).collect()
        }),
        Kind::Window { size, step } => one(input, |items| windows(&items, size, step)),
        Kind::Sum { .. } => one(input, |mut items| {
            let sum = items.iter().fold(0, |sum: u64, (_, value)| sum.wrapping_add(*value));
            items.push((own_key(node), sum));
            items
        }),
        Kind::Work(work) => worked(&work, node, input),
        Kind::Produce { .. } | Kind::Merge => unreachable!("no processors"),
    }
}

/// Windows, and what is in them one by one again. A shorter one at the end has what was in none before.
fn windows(items: &[Plain], size: usize, step: usize) -> Vec<Plain> {
    let mut out = Vec::new();
    let (mut start, mut covered) = (0, 0);
    while start + size <= items.len() {
        out.extend(&items[start..start + size]);
        covered = start + size;
        start += step;
    }
    if start < items.len() && covered < items.len() {
        out.extend(&items[start..]);
    }
    out
}

fn worked(work: &Work, node: usize, input: Vec<Plain>) -> Made {
    let mut made = Made {
        taken: input.len() as u64,
        ..Made::default()
    };
    let retries = work.bad.and_then(|bad| bad.retries);
    for (key, value) in input {
        for nth in 1.. {
            let (emitted, has_failed) = attempt(work, node, value, nth);
            if !has_failed || retries.is_none() {
                for (port, value) in emitted {
                    made.outputs[port].push((key, value));
                }
            }
            if !has_failed {
                break;
            }
            if nth <= retries.unwrap_or(0) {
                made.retried += 1;
                continue;
            }
            made.failed += 1;
            match work.bad.map(|bad| bad.then) {
                Some(Then::Letter) => made.outputs[2].push((key, letter(node, value))),
                Some(Then::Fail) => made.fails = true,
                Some(Then::Drop) | None => {}
            }
            break;
        }
    }
    made
}
