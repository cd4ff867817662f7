//! A chain of 100 operators: pulling through it, and a wave of dirt.

use headwater::graph::{Dirt, Graph};
use headwater::roi;

use crate::beside;
use crate::operators::chain;

const LEN: u64 = 100;

pub(crate) fn rows() {
    for (inline, limit) in [(true, 350.0), (false, 350.0)] {
        let graph = Graph::new();
        let chain = chain(&graph, LEN as usize, inline);
        let output = &chain[chain.len() - 1].output;
        let how = if inline {
            "handing on"
        } else {
            "each with a request of its own"
        };
        beside(
            &format!("pull of 4 × 4 through 100 operators, {how}"),
            Some(33_600.0),
            limit,
            200 * LEN,
            || {
                for _ in 0..200 {
                    let tile = output.request(roi![0..4, 0..4]).wait();
                    assert_eq!(tile.expect("a chain hands on").len(), 16);
                }
            },
        );
    }
    let graph = Graph::new();
    let chain = chain(&graph, LEN as usize, true);
    let input = &chain[0].input;
    beside(
        "dirty wave through 100 operators, everything",
        Some(13_300.0),
        70.0,
        200 * LEN,
        || {
            for _ in 0..200 {
                graph
                    .edit(|e| e.mark_dirty(input, Dirt::everything()))
                    .expect("the head is an input");
            }
        },
    );
    let mut at = 0;
    beside(
        "dirty wave through 100 operators, a region",
        Some(13_300.0),
        70.0,
        200 * LEN,
        || {
            for _ in 0..200 {
                at = (at + 1) % 60;
                let stroke = roi![at..at + 4, 7..9];
                graph
                    .edit(|e| e.mark_dirty(input, stroke))
                    .expect("the head is an input");
            }
        },
    );
}
