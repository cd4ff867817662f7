//! The assemblers, driven step by step.

mod by_key;
mod by_time;
mod by_trace;
mod collect;
mod keyed_oracle;
mod options;
mod timed_oracle;

use std::time::Duration;

use super::assembler::Assembler;
use super::entry::Entry;
use super::group::Group;
use super::inputs::{Feed, Inputs, Way};
use super::missing::Missing;
use super::policy::{Policy, WhenFull};
use crate::flow::envelope::Trace;

/// As in a batch.
const BATCH: Policy = Policy {
    missing: Missing::Wait,
    timeout: None,
    max_pending: 4,
    when_full: WhenFull::Hold,
};

/// As where freshness counts.
const REALTIME: Policy = Policy {
    missing: Missing::Drop,
    timeout: Some(ms(100)),
    max_pending: 4,
    when_full: WhenFull::Evict,
};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Inputs called `a`, `b`, … of which each is fed by some producers, in order or not.
fn inputs(gates: usize, producers: &[&[u32]], in_order: bool) -> Inputs {
    let way = |producer: &u32| Way {
        producer: *producer,
        in_order,
    };
    let feed = |(nth, producers): (u8, &&[u32])| Feed {
        name: char::from(b'a' + nth).to_string().into(),
        ways: producers.iter().map(way).collect(),
    };
    Inputs::new(gates, (0..).zip(producers).map(feed).collect())
}

/// Something from producer 0 that comes when it happens.
fn entry(item: u32, number: u64, millis: u64) -> Entry<u32> {
    Entry {
        item,
        trace: Trace { producer: 0, number },
        time: Some(ms(millis)),
        arrived: ms(millis),
    }
}

fn items(group: &Group<u32>) -> Vec<Option<u32>> {
    group
        .slots
        .iter()
        .map(|slot| slot.as_ref().map(|entry| entry.item))
        .collect()
}

/// What is ready, without samples.
fn ready(join: &mut dyn Assembler<u32>) -> Vec<Vec<Option<u32>>> {
    std::iter::from_fn(|| join.pop_ready())
        .map(|group| items(&group))
        .collect()
}

/// What is ready, which is all complete.
fn pairs(join: &mut dyn Assembler<u32>) -> Vec<Vec<u32>> {
    let all = ready(join).into_iter();
    all.map(|group| group.into_iter().map(|item| item.expect("a complete group")).collect())
        .collect()
}
