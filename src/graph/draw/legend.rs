//! What the signs of a picture mean, as far as they are in it.

use std::fmt::Write as _;

use crate::graph::draw::layout::Point;
use crate::graph::draw::plan::{Block, Plan, Port, Status};
use crate::graph::draw::svg::text;
use crate::graph::draw::text::width;

/// A sign from its middle or left end, how far behind that its meaning begins, and what it is.
type Entry = (&'static str, f64, &'static str);

const FROZEN: Entry = (
    "<rect x=\"-4.5\" y=\"-4.5\" width=\"9\" height=\"9\" class=\"frozen\"/>",
    9.0,
    "frozen",
);
const KEPT: [Entry; 3] = [
    (
        "<rect y=\"-3\" width=\"16\" height=\"6\" class=\"fresh\"/>",
        21.0,
        "kept",
    ),
    (
        "<rect y=\"-3\" width=\"16\" height=\"6\" class=\"outdated\"/>",
        21.0,
        "outdated",
    ),
    (
        "<rect y=\"-3\" width=\"16\" height=\"6\" class=\"missing\"/>",
        21.0,
        "not kept",
    ),
];
const WIRES: [Entry; 2] = [
    ("<path d=\"M0 0h22\" class=\"wire flow-ready\"/>", 28.0, "array"),
    ("<path d=\"M0 0h22\" class=\"wire value flow-ready\"/>", 28.0, "value"),
];
const STATUSES: [(Status, Entry); 3] = [
    (Status::Ready, ("<circle r=\"4.5\" class=\"ready\"/>", 9.0, "ready")),
    (
        Status::NotReady,
        ("<circle r=\"4.5\" class=\"notready\"/>", 9.0, "not ready"),
    ),
    (Status::Failed, ("<circle r=\"4.5\" class=\"failed\"/>", 9.0, "failed")),
];

/// Writes it in one line, from `at` on.
pub(super) fn legend(svg: &mut String, plan: &Plan, (mut x, y): Point) {
    let blocks = all(&plan.blocks);
    let ports = || {
        blocks
            .iter()
            .flat_map(|block| block.inputs.iter().chain(&block.outputs))
    };
    let any = |is: &dyn Fn(&Port) -> bool| ports().any(is);
    let statuses = STATUSES
        .iter()
        .filter(|(status, _)| any(&|port| port.status == *status));
    let frozen = [FROZEN].into_iter().filter(|_| any(&|port| port.is_frozen));
    let kept = KEPT.iter().filter(|_| blocks.iter().any(|block| block.kept.is_some()));
    let entries = statuses
        .map(|(_, entry)| *entry)
        .chain(frozen)
        .chain(kept.copied())
        .chain(WIRES);
    for (sign, wide, meaning) in entries {
        let _ = write!(svg, "<g transform=\"translate({x:.1} {y:.1})\">{sign}</g>");
        text(svg, (x + wide, y + 3.5), 10.0, "faint", "start", meaning);
        x += wide + width(meaning, 10.0) + 16.0;
    }
}

/// Blocks and those in them.
fn all(blocks: &[Block]) -> Vec<&Block> {
    blocks
        .iter()
        .flat_map(|block| [vec![block], all(&block.children)].concat())
        .collect()
}
