//! Very many of everything.

use headwater::flow::{Flow, Node};

use crate::{numbers, run};

/// Fused nodes lie on the stack of one task: there is a bound on how many.
#[test]
fn a_thousand_nodes_in_a_row() {
    for (is_cheap, length) in [(true, 1000), (false, 200)] {
        let flow = Flow::batch();
        let mut node: Node<u64, u64> = numbers(&flow, 100).map("first", |n| n);
        for nth in 0..length {
            let name = format!("node {nth}");
            node = match is_cheap {
                true => node.map(name, |n| n + 1),
                false => node.process(name, |n| n + 1),
            };
        }
        let result = node.collect("end");
        let report = run(&flow);
        assert_eq!(result.take(), (length + 1..=length + 100).collect::<Vec<u64>>());
        let tasks = report.nodes.iter().filter(|node| node.fused_into.is_none()).count();
        assert!(!is_cheap || (10..100).contains(&tasks), "{tasks} tasks");
    }
}

#[test]
fn a_thousand_replicas() {
    let flow = Flow::batch();
    let work = numbers(&flow, 5000).process_async("work", |n| async move {
        tokio::task::yield_now().await;
        Ok(n)
    });
    let keyed = work
        .replicas(1000)
        .ordered()
        .process("keyed", |n| n)
        .replicas(300)
        .partition_by(|n| *n);
    let result = keyed.ordered().collect("end");
    run(&flow);
    assert_eq!(result.take(), (1..=5000).collect::<Vec<u64>>());
}

#[test]
fn a_hundred_producers_in_one() {
    let flow = Flow::batch();
    let producers: Vec<_> = (0..100_u64)
        .map(|nth| {
            flow.produce(
                format!("producer {nth}"),
                futures::stream::iter((0..nth).map(move |n| 1000 * nth + n)),
            )
        })
        .collect();
    let result = flow
        .merge("all", &producers)
        .process("work", |n| n)
        .replicas(3)
        .collect("end");
    run(&flow);
    let mut items = result.take();
    items.sort_unstable();
    let expected: Vec<_> = (0..100).flat_map(|nth| (0..nth).map(move |n| 1000 * nth + n)).collect();
    assert_eq!(items, expected);
}
