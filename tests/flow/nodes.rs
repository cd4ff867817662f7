//! What nodes do with items.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt, StreamExt, stream};
use headwater::flow::{AsyncProcessor, Consumer, Controlled, Emitter, Flow, Port, Processor, Trace, Window};
use headwater::graph::Graph;
use headwater::operators::{ArraySource, Gaussian};
use headwater::{Array, Error, roi};

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

#[test]
fn v38_a_node_makes_none_one_or_several_items_of_each() {
    let flow = Flow::batch();
    let made = numbers(&flow, 100).flat_map("repeat", |n, output| (0..n % 3).for_each(|_| output.emit(n)));
    let result = made
        .process("own task", |n| n)
        .filter_map("even", |n| n.is_multiple_of(2).then_some(n))
        .collect("result");
    run(&flow);
    let repeated = (1..=100_u64).flat_map(|n| (0..n % 3).map(move |_| n));
    assert_eq!(
        result.take(),
        repeated.filter(|n| n.is_multiple_of(2)).collect::<Vec<_>>()
    );
}

#[test]
fn v51_what_is_derived_keeps_its_trace_and_time() {
    struct Traces(Arc<Mutex<Vec<(u64, String)>>>);
    impl Consumer for Traces {
        type Input = u64;

        fn consume(&mut self, input: u64, trace: Trace) -> Result<(), Error> {
            self.0.lock().unwrap().push((input, trace.to_string()));
            Ok(())
        }
    }
    let (seen, times) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let list = Arc::clone(&times);
    let flow = Flow::batch();
    let _first = flow.produce("first", stream::empty::<u64>());
    let stamped = numbers(&flow, 3).stamp("time", |n| Duration::from_secs(*n));
    let made = stamped
        .process("own task", |n| n * 10)
        .flat_map("see", move |n, output| {
            list.lock().unwrap().push(output.time());
            output.emit(n);
            output.emit(n + 1);
        });
    made.consumer("end", Traces(Arc::clone(&seen)));
    run(&flow);
    let expected = [
        (10, "1:1"),
        (11, "1:1"),
        (20, "1:2"),
        (21, "1:2"),
        (30, "1:3"),
        (31, "1:3"),
    ];
    assert_eq!(*seen.lock().unwrap(), expected.map(|(n, trace)| (n, trace.to_owned())));
    assert_eq!(*times.lock().unwrap(), [1, 2, 3].map(|n| Some(Duration::from_secs(n))));
}

#[test]
fn any_stream_is_a_producer_and_any_sink_a_consumer() {
    let (send, receive) = futures::channel::mpsc::channel(1);
    let (mut input, source) = futures::channel::mpsc::channel(1);
    let feeder = std::thread::spawn(move || {
        futures::executor::block_on(async move {
            for n in 0..100 {
                input.send(n).await.unwrap();
            }
        });
    });
    let drain = std::thread::spawn(|| futures::executor::block_on(receive.collect::<Vec<i32>>()));
    let flow = Flow::batch();
    flow.produce("stream", source).sink("sink", send);
    run(&flow);
    feeder.join().unwrap();
    assert_eq!(drain.join().unwrap(), (0..100).collect::<Vec<_>>());
}

#[test]
fn several_ports_each_with_its_type() {
    const EVEN: Port<u64> = Port::new("even");
    const NAMES: Port<String> = Port::new("names");
    struct Split;
    impl Processor for Split {
        type Input = u64;
        type Output = u64;

        fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            if n.is_multiple_of(2) {
                output.emit_to(EVEN, n);
            } else {
                output.emit(n);
            }
            output.emit_to(NAMES, n.to_string());
            // Nobody takes from this one.
            output.emit_to(Port::<u8>::new("nobody"), 1);
            Ok(())
        }
    }
    for is_cheap in [true, false] {
        let flow = Flow::batch();
        let split = numbers(&flow, 1000).processor("split", Split);
        let split = if is_cheap { split.cheap() } else { split };
        let (even, names) = (
            split.port(EVEN).map("even", |n| n).collect("evens"),
            split.port(NAMES).collect("names"),
        );
        let odd = split.collect("odd");
        let report = run(&flow);
        assert_eq!(even.take(), (1..=500).map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(odd.take(), (0..500).map(|n| n * 2 + 1).collect::<Vec<_>>());
        assert_eq!(names.take(), (1..=1000).map(|n: u64| n.to_string()).collect::<Vec<_>>());
        assert_eq!(report.node("split").unwrap().emitted, 2000);
    }
}

#[test]
fn two_ports_of_one_name_have_one_type() {
    const ONE: Port<u64> = Port::new("port");
    const OTHER: Port<String> = Port::new("port");
    let flow = Flow::batch();
    let node = numbers(&flow, 1).process("node", |n| n);
    node.port(ONE).consume("one", |_| ());
    node.port(OTHER).consume("other", |_| ());
    let error = flow.build().unwrap_err().brief();
    assert!(
        error.contains("processor `node` has two ports called `port` of different types"),
        "{error}"
    );
}

/// Multiplies by what was said last.
#[derive(Clone)]
struct Times(u64);

impl Processor for Times {
    type Input = u64;
    type Output = u64;

    fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        output.emit(n * self.0);
        Ok(())
    }
}

impl Controlled for Times {
    type Control = u64;

    fn control(&mut self, factor: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        self.0 = factor;
        output.emit(0);
        Ok(())
    }
}

#[test]
fn a_control_input_reaches_every_replica_and_holds_nobody_up() {
    let (send, items) = futures::channel::mpsc::unbounded();
    let (say, controls) = futures::channel::mpsc::unbounded();
    let flow = Flow::batch();
    let factors = flow.produce("factors", controls);
    let node = flow
        .produce("items", items)
        .controlled("times", Times(1), &factors)
        .replicas(3);
    let result = node.collect("result");
    let runtime = crate::runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    (1..=10).for_each(|n| send.unbounded_send(n).unwrap());
    crate::until(|| result.len() == 10);
    say.unbounded_send(7).unwrap();
    // Each replica says that it has heard.
    crate::until(|| result.len() == 13);
    (1..=10).for_each(|n| send.unbounded_send(n).unwrap());
    // The main input ends, the control does not, and the node ends.
    drop(send);
    crate::until(|| running.figures().node("times").unwrap().replicas == 0);
    drop(say);
    crate::end(&running).unwrap();
    let mut items = result.take();
    items.sort_unstable();
    let mut expected: Vec<u64> = (1..=10).chain([0, 0, 0]).chain((1..=10).map(|n| n * 7)).collect();
    expected.sort_unstable();
    assert_eq!(items, expected);
}

#[test]
fn windows_by_count() {
    let windows = |window: Window, count| {
        let flow = Flow::batch();
        let result = numbers(&flow, count).window("window", window).collect("result");
        run(&flow);
        result.take()
    };
    assert_eq!(windows(Window::tumbling(3), 7), [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
    assert_eq!(windows(Window::tumbling(3), 0), Vec::<Vec<u64>>::new());
    assert_eq!(
        windows(Window::sliding(3, 1), 5),
        [vec![1, 2, 3], vec![2, 3, 4], vec![3, 4, 5]]
    );
    assert_eq!(
        windows(Window::sliding(3, 2), 6),
        [vec![1, 2, 3], vec![3, 4, 5], vec![5, 6]]
    );
    assert_eq!(windows(Window::sliding(2, 3), 8), [[1, 2], [4, 5], [7, 8]]);
    assert_eq!(windows(Window::sliding(4, 1), 2), [[1, 2]]);
    assert_eq!(windows(Window::tumbling(0), 2), [[1], [2]]);
}

#[test]
fn windows_by_time() {
    let windows = |window: Window, times: &'static [u64]| {
        let flow = Flow::batch();
        let items = flow.produce("times", stream::iter(times.iter().copied()));
        let stamped = items.stamp("stamp", |time| Duration::from_secs(*time));
        let result = stamped.window("window", window).collect("result");
        run(&flow);
        result.take()
    };
    let seconds = Duration::from_secs;
    let tumbling = Window::tumbling_time(seconds(10));
    assert_eq!(
        windows(tumbling, &[1, 9, 10, 19, 45, 46]),
        [vec![1, 9], vec![10, 19], vec![45, 46]]
    );
    // One that comes late is alone.
    assert_eq!(windows(tumbling, &[1, 12, 3, 13]), [vec![1], vec![3], vec![12, 13]]);
    let sliding = Window::sliding_time(seconds(10), seconds(5));
    assert_eq!(windows(sliding, &[1, 6, 12]), [vec![1, 6], vec![6, 12], vec![12]],);
}

#[test]
fn kernels_and_futures_make_items() {
    let flow = Flow::batch();
    let numbers = numbers(&flow, 200);
    let squares = numbers.kernel("square", |n, checkpoint| {
        checkpoint.check()?;
        Ok(n * n)
    });
    let squares = squares.replicas(3).ordered().collect("squares");
    let halves = numbers
        .process_async("half", |n| async move { Ok(n / 2) })
        .collect("halves");
    run(&flow);
    assert_eq!(squares.take(), (1..=200).map(|n| n * n).collect::<Vec<_>>());
    assert_eq!(halves.take(), (1..=200).map(|n| n / 2).collect::<Vec<_>>());
}

#[test]
fn a_node_asks_a_graph_for_regions() {
    let image = Array::full("yx", &[64, 64], 3.0_f32).unwrap();
    let graph = Graph::new();
    let (raw, blur) = (graph.add(ArraySource::new(image)), graph.add(Gaussian::new(1.0)));
    graph.edit(|e| e.connect(&raw.output, &blur.input)).unwrap();
    let flow = Flow::batch();
    let tiles = flow.produce("tiles", stream::iter((0..8).map(|n| roi![n * 8..n * 8 + 8, 0..64])));
    let output = blur.output.clone();
    let blurred = tiles.process_async("blur", move |roi| {
        let request = output.request(roi);
        async move { request.await }
    });
    let result = blurred.replicas(2).ordered().collect("result");
    run(&flow);
    let tiles = result.take();
    assert_eq!(tiles.len(), 8);
    for tile in tiles {
        assert_eq!(tile.shape(), [8, 64]);
        assert!(
            tile.view::<f32>()
                .unwrap()
                .iter()
                .all(|value| (value - 3.0).abs() < 1e-4)
        );
    }
}

#[test]
fn items_are_moved_to_one_taker_and_cloned_for_several() {
    #[derive(Debug)]
    struct Counted(Arc<Mutex<usize>>);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            *self.0.lock().unwrap() += 1;
            Self(Arc::clone(&self.0))
        }
    }
    let clones = Arc::new(Mutex::new(0));
    let make = || {
        let clones = Arc::clone(&clones);
        stream::iter((0..100).map(move |_| Counted(Arc::clone(&clones))))
    };
    let flow = Flow::batch();
    let node = flow
        .produce("items", make())
        .process("one", |item| item)
        .replicas(2)
        .ordered();
    node.map("two", |item| item)
        .process("three", |item| item)
        .consume("end", drop);
    run(&flow);
    assert_eq!(*clones.lock().unwrap(), 0);

    let flow = Flow::batch();
    let items = flow.produce("items", make());
    (0..3).for_each(|nth| drop(items.consume(format!("end {nth}"), drop)));
    run(&flow);
    assert_eq!(*clones.lock().unwrap(), 200, "the last of three gets the item itself");
}

#[test]
fn controls_are_not_lost_in_a_realtime_flow_and_may_come_before_items_in_order() {
    for make in [Flow::batch, Flow::realtime] {
        let flow = make();
        let factors = flow.produce("factors", stream::iter(2..=40));
        let items = numbers(&flow, 30).controlled("times", Times(1), &factors);
        let items = items.replicas(2).ordered().overflow(headwater::flow::Overflow::Block);
        let result = items.consume("end", |_| ()).overflow(headwater::flow::Overflow::Block);
        drop(result);
        let report = run(&flow);
        let edge = report.edge("factors", "times").unwrap();
        assert_eq!((edge.dropped, edge.overflow), (0, headwater::flow::Overflow::Block));
        assert_eq!(report.edge("numbers", "times").unwrap().taken, 30);
    }
}

#[test]
fn a_controlled_node_has_no_dead_letters() {
    let flow = Flow::batch();
    let factors = flow.produce("factors", stream::iter([2]));
    let node = numbers(&flow, 1).controlled("times", Times(1), &factors);
    node.dead_letters().consume("letters", |_| ());
    let error = flow.build().unwrap_err().brief();
    assert!(
        error.contains("processor `times` has a control input, and cannot have an output for dead letters"),
        "{error}"
    );
}

#[test]
fn a_processor_waits_for_room() {
    struct Burst;
    impl AsyncProcessor for Burst {
        type Input = u64;
        type Output = u64;

        async fn process(&mut self, count: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            for n in 0..count {
                output.emit(n);
                output.room().await;
            }
            Ok(())
        }
    }
    let flow = Flow::batch();
    let burst = flow
        .produce("one", stream::iter([5000]))
        .async_processor("burst", Burst);
    let seen = burst.process("slow", |n| n).depth(3).collect("result");
    let report = run(&flow);
    assert_eq!(seen.take(), (0..5000).collect::<Vec<_>>());
    assert!(report.node("burst").unwrap().latency.count() == 1);
}
