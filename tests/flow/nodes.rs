//! What nodes do with items.

use headwater::flow::Flow;

use crate::{numbers, run};

#[test]
fn v19_a_chain_gives_every_item_in_order() {
    let flow = Flow::batch();
    let made = numbers(&flow, 10_000)
        .process("double", |n| n * 2)
        .map("increment", |n| n + 1)
        .filter("some", |n| n % 3 == 0)
        .collect("result");
    let report = run(&flow);
    let expected: Vec<_> = (1..=10_000_u64).map(|n| n * 2 + 1).filter(|n| n % 3 == 0).collect();
    assert_eq!(made.take(), expected);
    assert_eq!(report.node("double").unwrap().taken, 10_000);
    assert_eq!(report.node("some").unwrap().emitted, expected.len() as u64);
    assert_eq!(report.node("increment").unwrap().fused_into.as_deref(), Some("double"));
}
