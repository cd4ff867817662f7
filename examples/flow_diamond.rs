//! One producer, two branches of different speed, and their results together again.
//!
//! The slow branch has three replicas that work side by side on kernels, and gives their results in order; the quick one lets
//! only some numbers through. The join pairs what was made of the same number. What the filter leaves without a partner is let go
//! of at once, so neither branch holds up the other and nothing collects.

use std::time::Instant;

use futures::stream;
use headwater::flow::Flow;
use headwater::{Checkpoint, Error};

/// How many steps it takes to get to 1, the longest way of all numbers up to `n` thousand.
fn longest_way(n: u64, checkpoint: &Checkpoint) -> Result<(u64, u32), Error> {
    let mut longest = (0, 0);
    for start in 1..n * 1_000 {
        if start % 1_000 == 0 {
            checkpoint.check()?;
        }
        let halve_or_triple = |x: &u64| (*x != 1).then(|| if x.is_multiple_of(2) { x / 2 } else { 3 * x + 1 });
        let steps = std::iter::successors(Some(start), halve_or_triple).count() as u32;
        if steps > longest.1 {
            longest = (start, steps);
        }
    }
    Ok(longest)
}

fn main() -> Result<(), Error> {
    let begun = Instant::now();
    let flow = Flow::batch().named("diamond");
    let numbers = flow.produce("numbers", stream::iter(1..=36_u64));

    let ways = numbers.kernel("longest way", longest_way).replicas(3).ordered();
    let thirds = numbers.filter("thirds", |n| n % 3 == 0);

    flow.join("pair", (&thirds, &ways))
        .by_trace()
        .consume("print", move |(n, (start, steps))| {
            println!(
                "{:>7.1?}: up to {n:2} thousand, {start:5} takes longest: {steps} steps",
                begun.elapsed()
            );
        });

    let report = flow.build()?.start().wait()?;
    for node in ["numbers", "longest way", "thirds", "pair"] {
        if let Some(node) = report.node(node) {
            let name = &node.name;
            println!(
                "{name:12} took {:3}, made {:3}, {:3} without partners",
                node.taken, node.emitted, node.unmatched
            );
        }
    }
    Ok(())
}
