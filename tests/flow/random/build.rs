//! Making a flow of a case.

use std::sync::{Arc, Mutex};

use futures::SinkExt as _;
use headwater::Error;
use headwater::flow::{
    Consumer, Failure, Flow, FlowBuilder, Node, NodeContext, Output, Overflow, Retry, Trace, Window,
};

use super::case::{Bad, Case, EdgeSpec, How, Kind, Replicas, Spec, Take, Then, Work};
use super::model::{kept, letter, mapped};
use super::nodes::{Listener, Pausing, SIDE, Source, Sum, Worker, copy};
use super::stage::{Item, Stage, name};

/// What a consumer has got, in the order in which it came.
pub(super) type Got = Arc<Mutex<Vec<Item>>>;

pub(super) fn build(case: &Case, stage: &Arc<Stage>) -> (FlowBuilder, Vec<Got>) {
    let flow = if case.is_realtime {
        Flow::realtime()
    } else {
        Flow::batch()
    };
    let mut build = Build {
        flow: flow.clone(),
        stage,
        outputs: Vec::new(),
    };
    for (node, spec) in case.specs.iter().enumerate() {
        build.node(node, spec);
    }
    let mut got = Vec::new();
    for (nth, end) in case.ends.iter().enumerate() {
        got.push(build.end(format!("end {nth}"), end.stream, end.take, end.edge));
    }
    (flow, got)
}

struct Build<'a> {
    flow: FlowBuilder,
    stage: &'a Arc<Stage>,
    outputs: Vec<Output<Item>>,
}

impl Build<'_> {
    fn node(&mut self, node: usize, spec: &Spec) {
        if let Kind::Produce {
            count,
            dawdles,
            breaks_at,
        } = spec.kind
        {
            let source = Source {
                stage: Arc::clone(self.stage),
                node,
                count,
                dawdles,
                breaks_at,
                made: 0,
            };
            self.outputs.push(self.flow.produce(name(node), source));
            return;
        }
        let made = self.made(node, spec);
        let made = replicas(set(made, spec.edge), spec.replicas);
        if let Some(bad) = spec.bad() {
            policy(&made, bad);
        }
        self.outputs.push(made.output());
        if spec.work().is_some_and(|work| work.splits) {
            self.outputs.push(made.port(SIDE));
        }
        if spec.bad().is_some_and(|bad| bad.then == Then::Letter) {
            let letters = made.dead_letters().map(format!("letters {node}"), move |dead| {
                dead.item.with(letter(node, dead.item.value))
            });
            // Also in a realtime flow.
            self.outputs.push(letters.overflow(Overflow::Block).output());
        }
    }

    fn made(&self, node: usize, spec: &Spec) -> Node<Item, Item> {
        let (name, stage) = (name(node), Arc::clone(self.stage));
        let input = &self.outputs[spec.inputs[0]];
        match spec.kind {
            Kind::Map => input.map(name, move |item| {
                stage.call(node);
                item.with(mapped(node, item.value))
            }),
            Kind::Filter => input.filter(name, move |item| {
                stage.call(node);
                kept(node, item.value)
            }),
            Kind::FlatMap => input.flat_map(name, move |item, output| copy(&stage, node, &item, output)),
            Kind::Scan => input.scan(name, 0_u64, move |sum, item| {
                stage.call(node);
                *sum = sum.wrapping_add(item.value);
                item.with(*sum)
            }),
            Kind::Window { size, step } => {
                let windows = input.window(format!("windows {node}"), Window::sliding(size, step));
                let windows = set(windows, spec.edge);
                // A node of its own kind behind it: for the rest, one that takes items.
                let flat = windows.flat_map(format!("items {node}"), |window: Vec<Item>, output| {
                    window.into_iter().for_each(|item| output.emit(item));
                });
                flat.map(name, |item| item)
            }
            Kind::Sum { cheap } => {
                let sum = Sum { stage, node, sum: 0 };
                let sum = input.processor(name, sum);
                if cheap { sum.cheap() } else { sum }
            }
            Kind::Merge => self.merge(node, spec),
            Kind::Control => {
                let control = &self.outputs[spec.inputs[1]];
                let listener = Listener { stage, node };
                input.controlled(name, listener, control)
            }
            Kind::Work(work) => self.work(node, work, input),
            Kind::Produce { .. } => unreachable!("made before"),
        }
    }

    fn merge(&self, node: usize, spec: &Spec) -> Node<Item, Item> {
        let inputs = spec.inputs.iter().map(|input| &self.outputs[*input]);
        self.flow.merge(name(node), inputs)
    }

    fn work(&self, node: usize, work: Work, input: &Output<Item>) -> Node<Item, Item> {
        let name = name(node);
        let worker = Worker {
            stage: Arc::clone(self.stage),
            node,
            work,
            failing: None,
        };
        match work.how {
            How::Sync => input.processor_with(name, move || worker.clone()),
            How::Cheap => input.processor(name, worker).cheap(),
            How::Async => input.async_processor_with(name, move || Pausing(worker.clone())),
            How::Kernel => {
                let kernel = move |item: Item, _: &headwater::Checkpoint| {
                    worker.stage.call(node);
                    let (emitted, has_failed) = super::model::attempt(&work, node, item.value, 1);
                    match (has_failed, work.bad) {
                        (false, _) => Ok(item.with(emitted[0].1)),
                        (true, Some(bad)) if bad.panics => panic!("planned"),
                        (true, _) => Err(Error::msg("planned")),
                    }
                };
                input.kernel(name, kernel)
            }
        }
    }

    fn end(&self, name: String, stream: usize, take: Take, edge: EdgeSpec) -> Got {
        let got = Got::default();
        let kept = Arc::clone(&got);
        let keep = move |item| kept.lock().unwrap().push(item);
        let output = &self.outputs[stream];
        match take {
            Take::Collect => {
                drop(set(output.consume(name, keep), edge).cheap());
            }
            Take::Consume => drop(set(output.consume(name, keep), edge)),
            Take::Async => {
                let keep = move |item| {
                    keep(item);
                    async {
                        tokio::task::yield_now().await;
                        Ok(())
                    }
                };
                drop(set(output.consume_async(name, keep), edge));
            }
            Take::Sink => {
                let sink = futures::sink::drain().with(move |item| {
                    keep(item);
                    futures::future::ready(Ok::<_, std::convert::Infallible>(()))
                });
                drop(set(output.sink(name, sink), edge));
            }
            Take::Replicas(replicas) => {
                let taker = Taker(Arc::clone(&got));
                let node = output.consumer_with(name, move || Taker(Arc::clone(&taker.0)));
                drop(set(node, edge).replicas(replicas));
            }
        }
        got
    }
}

struct Taker(Got);

impl Consumer for Taker {
    type Input = Item;

    fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        Ok(())
    }

    fn consume(&mut self, item: Item, _trace: Trace) -> Result<(), Error> {
        self.0.lock().unwrap().push(item);
        Ok(())
    }
}

fn set<O>(node: Node<Item, O>, edge: EdgeSpec) -> Node<Item, O> {
    let mut node = node;
    if let Some(depth) = edge.depth {
        node = node.depth(depth);
    }
    if let Some(bytes) = edge.bytes {
        node = node.bytes(bytes, |item| item.value % 16);
    }
    if let Some(overflow) = edge.overflow {
        node = node.overflow(overflow);
    }
    node
}

fn replicas(node: Node<Item, Item>, replicas: Replicas) -> Node<Item, Item> {
    match replicas {
        Replicas::One => node,
        Replicas::Alone(window) => node.ordered_within(window),
        Replicas::Compete(count) => node.replicas(count),
        Replicas::Ordered(count, window) => node.replicas(count).ordered_within(window),
        Replicas::Keyed(count) => node.replicas(count).partition_by(|item| item.key),
        Replicas::KeyedOrdered(count, window) => node
            .replicas(count)
            .partition_by(|item| item.key)
            .ordered_within(window),
    }
}

fn policy(node: &Node<Item, Item>, bad: Bad) {
    let policy = match bad.then {
        Then::Fail | Then::Letter => Failure::fail(),
        Then::Drop => Failure::drop(),
    };
    let policy = match bad.retries {
        Some(times) => policy.retry(Retry::times(times)),
        None => policy,
    };
    drop(node.clone().on_failure(policy));
}
