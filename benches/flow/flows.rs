//! Ours.

use std::sync::OnceLock;

use futures::stream;
use headwater::Runtime;
use headwater::flow::Flow;

/// As wide as the peer's runtime.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::builder().slots(2).compute_threads(2).build().unwrap())
}

pub(crate) fn expected(items: u64) -> u64 {
    (0..items).map(|n| n + 3).sum()
}

pub(crate) fn unfused(items: u64, depth: usize) {
    let flow = Flow::batch();
    let one = flow
        .produce("numbers", stream::iter(0..items))
        .process("one", |n| n + 1)
        .depth(depth);
    let two = one.process("two", |n| n + 1).depth(depth);
    let three = two.process("three", |n| n + 1).depth(depth);
    let (send, receive) = std::sync::mpsc::channel();
    let mut sum = 0;
    three
        .consume("sum", move |n| {
            sum += n;
            if n == items + 2 {
                send.send(sum).unwrap();
            }
        })
        .depth(depth);
    flow.build().unwrap().run(runtime()).wait().unwrap();
    assert_eq!(receive.recv().unwrap(), expected(items));
}

pub(crate) fn fused(items: u64) {
    let flow = Flow::batch();
    let one = flow.produce("numbers", stream::iter(0..items)).map("one", |n| n + 1);
    let (send, receive) = std::sync::mpsc::channel();
    let mut sum = 0;
    one.map("two", |n| n + 1)
        .map("three", |n| n + 1)
        .consume("sum", move |n| {
            sum += n;
            if n == items + 2 {
                send.send(sum).unwrap();
            }
        })
        .cheap();
    flow.build().unwrap().run(runtime()).wait().unwrap();
    assert_eq!(receive.recv().unwrap(), expected(items));
}

pub(crate) fn ordered(items: u64) {
    let flow = Flow::batch();
    let numbers = flow.produce("numbers", stream::iter(0..items));
    let three = numbers.process("three", |n| n + 3).replicas(4).ordered_within(256);
    let mut next = 3;
    three.consume("in order", move |n| {
        assert_eq!(n, next);
        next += 1;
    });
    flow.build().unwrap().run(runtime()).wait().unwrap();
}
