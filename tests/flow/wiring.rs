//! What is wrong with a flow is found before it runs, with the names of the nodes.

use futures::stream;
use headwater::flow::{Emitter, Flow, FlowBuilder, Port, Processor};
use headwater::{Error, ErrorKind};

use crate::{numbers, run};

/// One that hands everything on.
#[derive(Clone)]
struct Pass;

impl Processor for Pass {
    type Input = u64;
    type Output = u64;

    fn process(&mut self, input: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        output.emit(input);
        Ok(())
    }
}

#[track_caller]
fn assert_refused(flow: &FlowBuilder, expected: &str) {
    let error = flow.build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(error.brief(), format!("flow `flow` cannot run: {expected}"));
}

#[test]
fn v1_a_node_is_made_and_wired_in_two_steps() {
    let flow = Flow::batch();
    let pass = flow.processor("pass", Pass);
    let result = pass.collect("result");
    let _wired = pass.wire(&numbers(&flow, 3));
    run(&flow);
    assert_eq!(result.take(), [1, 2, 3]);
}

#[test]
fn v2_a_node_is_wired_once() {
    let flow = Flow::batch();
    let (first, second) = (numbers(&flow, 3), flow.produce("more", stream::iter([9])));
    let pass = flow.processor("pass", Pass).wire(&first).wire(&second).wire(&second);
    pass.consume("end", |_| ());
    assert_refused(
        &flow,
        "node `pass` is wired to `numbers`, and again to `more`; node `pass` is wired to `numbers`, and again to `more`",
    );
}

#[test]
fn v5_cycles_are_named() {
    let flow = Flow::batch();
    let source = numbers(&flow, 3);
    let (a, b, c) = (
        flow.processor("a", Pass),
        flow.processor("b", Pass),
        flow.processor("c", Pass),
    );
    let (b, c) = (b.wire(&a), c);
    let c = c.wire(&b);
    let _a = a.wire(&c);
    source.consume("end", |_| ());
    let error = flow.build().unwrap_err().brief();
    assert!(error.contains("`a` → `b` → `c` → `a` is a cycle"), "{error}");
}

#[test]
fn v5_a_node_wired_to_itself_is_a_cycle() {
    let flow = Flow::batch();
    numbers(&flow, 3).consume("end", |_| ());
    let a = flow.processor("a", Pass);
    let again = a.clone();
    let _a = a.wire(&again);
    let error = flow.build().unwrap_err().brief();
    assert!(error.contains("`a` → `a` is a cycle"), "{error}");
}

#[test]
fn v6_the_order_of_nodes_is_that_of_items_and_then_of_making() {
    let flow = Flow::batch();
    let late = flow.processor("late", Pass);
    let source = numbers(&flow, 1);
    let (left, right) = (source.process("left", |n| n), source.process("right", |n| n));
    let late = late.wire(&right);
    late.consume("end", |_| ());
    left.consume("other end", |_| ());
    let order = flow.build().unwrap();
    assert_eq!(order.nodes(), ["numbers", "left", "right", "late", "end", "other end"]);
}

#[test]
fn v7_v9_what_descends_from_no_producer_is_refused() {
    let flow = Flow::batch();
    numbers(&flow, 3).consume("end", |_| ());
    let a = flow.processor("a", Pass);
    a.consume("nothing", |_| ());
    assert_refused(
        &flow,
        "processor `a` is not wired to anything; consumer `nothing` descends from no producer",
    );
}

#[test]
fn v8_many_producers_and_none() {
    let flow = Flow::batch();
    let all = flow.merge("all", &[numbers(&flow, 3), flow.produce("more", stream::iter(10..=12))]);
    let result = all.collect("result");
    run(&flow);
    let mut items = result.take();
    let of = |from: u64| items.iter().copied().filter(|n| n / 10 == from).collect::<Vec<_>>();
    assert_eq!((of(0), of(1)), (vec![1, 2, 3], vec![10, 11, 12]), "each in its order");
    items.sort_unstable();
    assert_eq!(items, [1, 2, 3, 10, 11, 12]);

    assert_refused(&Flow::batch(), "it has no producer");
}

#[test]
fn v10_names_are_unique() {
    let flow = Flow::batch();
    numbers(&flow, 3).process("a", |n| n).consume("a", |_| ());
    let error = flow.build().unwrap_err().brief();
    assert!(
        error.contains("2 nodes are called `a`: tests/flow/wiring.rs:"),
        "{error}"
    );

    let flow = Flow::batch();
    numbers(&flow, 3).consume("", |_| ());
    assert_refused(&flow, "consumer `` has an empty name");
}

#[test]
fn v12_v34_what_is_one_value_cannot_have_replicas() {
    let flow = Flow::batch();
    numbers(&flow, 3)
        .processor("pass", Pass)
        .replicas(2)
        .consume("end", |_| ());
    assert_refused(
        &flow,
        "processor `pass` cannot have several replicas: it was made of one value; hand in a closure that makes one for each",
    );

    let flow = Flow::batch();
    let pass = numbers(&flow, 100).processor_with("pass", || Pass).replicas(2);
    let result = pass.collect("result");
    run(&flow);
    assert_eq!(result.len(), 100);
}

#[test]
fn v13_dead_ends_run() {
    let flow = Flow::batch();
    let _dead_end = numbers(&flow, 100).process("dead end", |n| n);
    let report = run(&flow);
    let node = report.node("dead end").unwrap();
    assert_eq!((node.taken, node.emitted), (100, 100));
}

#[test]
fn v14_a_flow_of_producers_alone_runs() {
    let flow = Flow::batch();
    let _source = numbers(&flow, 100);
    assert_eq!(run(&flow).node("numbers").unwrap().emitted, 100);
}

#[test]
fn v18_a_flow_is_built_once() {
    let flow = Flow::batch();
    let node = numbers(&flow, 1).process("node", |n| n);
    let _built = flow.build().unwrap();
    // What is done to it now is lost, and says so.
    let late = node.process("late", |n| n).replicas(3);
    late.dead_letters().consume("letters", |_| ());
    late.port(Port::<u64>::new("port")).consume("end", |_| ());
    let _again = flow.merge("merge", [&late, &node]).wire(&late);
    for _ in 0..2 {
        assert_eq!(flow.build().unwrap_err().brief(), "flow `flow` was built before");
    }
}

#[test]
fn an_output_is_merged_once() {
    let flow = Flow::batch();
    let source = numbers(&flow, 1);
    flow.merge("merge", [&source, &source]).consume("end", |_| ());
    assert_refused(&flow, "node `merge` is wired to `numbers` twice");
}

#[test]
fn settings_that_cannot_be_are_named() {
    let flow = Flow::batch();
    let node = numbers(&flow, 1)
        .process("none", |n| n)
        .replicas(0)
        .depth(0)
        .ordered_within(0);
    node.consume("end", |_| ());
    assert_refused(
        &flow,
        "processor `none` has 0 replicas; at least 1; processor `none` is ordered within 0 items; at least 1; \
         processor `none` has an edge for 0 items; at least 1",
    );
}

#[test]
fn nodes_of_two_flows_are_not_wired() {
    let (flow, other) = (Flow::batch(), Flow::batch());
    let _other = numbers(&other, 1);
    numbers(&flow, 1).consume("end", |_| ());
    let _pass = flow.processor("pass", Pass).wire(&_other);
    assert_refused(
        &flow,
        "node `pass` is wired to a node of another flow; processor `pass` is not wired to anything",
    );
}

#[test]
fn keyed_replicas_that_may_lose_items_cannot_be_ordered() {
    let flow = Flow::realtime();
    let node = numbers(&flow, 1)
        .process("keyed", |n| n)
        .replicas(2)
        .partition_by(|n| *n)
        .ordered();
    node.consume("end", |_| ());
    assert_refused(
        &flow,
        "processor `keyed` cannot be ordered: its items are partitioned by a key, and its input drops some; let it block",
    );
}
