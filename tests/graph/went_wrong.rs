//! What once went wrong in asking and telling.

use std::future::{Future, IntoFuture};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use headwater::graph::{Data, Declare, Execute, Graph, GraphEventKind, Input, Operator, Output, PerLane, Setup, Slot};
use headwater::operators::BlockCache;
use headwater::{Array, Error, Roi, Runtime, roi};

use crate::common::*;
use crate::gated::Gated;

/// Hands a region on, as a part of whoever asks.
struct Through;

struct ThroughSlots {
    input: Input<Array>,
    output: Output<Array>,
}

impl Operator for Through {
    type Slots = ThroughSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ThroughSlots {
        ThroughSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ThroughSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    async fn execute(&self, slots: &ThroughSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.input, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}

#[test]
fn a_pinned_request_of_an_inline_output_stayed_cancelled() {
    let runtime = Runtime::builder().slots(2).compute_threads(2).build().unwrap();
    let graph = Graph::on(&runtime);
    let (gated, through) = (graph.add(Gated::new()), graph.add(Through));
    graph.edit(|e| e.connect(&gated.output, &through.input)).unwrap();
    let pinned = graph.snapshot().request(&through.output, roi![0..4]);
    let mut wait = Box::pin(pinned.clone().into_future());
    let waker = futures::task::noop_waker();
    let mut cx = std::task::Context::from_waker(&waker);
    assert!(wait.as_mut().poll(&mut cx).is_pending());
    until(|| gated.operator().begun.load(Ordering::SeqCst) == 1);
    drop(wait);
    let _ = pinned.cancel();
    until(|| gated.operator().dropped.load(Ordering::SeqCst) == 1);
    gated.operator().gate.add_permits(1);
    assert_eq!(values(&pinned.wait().unwrap()), [1; 4]);
}

#[test]
fn what_fills_a_buffer_ran_on_another_runtime_than_its_graph() {
    let runtime = Runtime::builder().slots(2).compute_threads(2).build().unwrap();
    let graph = Graph::on(&runtime);
    let gated = graph.add(Gated::new());
    let plain = gated.output.request(roi![0..4]);
    plain.submit();
    until(|| gated.operator().begun.load(Ordering::SeqCst) == 1);
    let without = runtime.snapshot().len();
    let filled = gated.output.request_into(roi![0..4], bytes(&[0; 4]));
    filled.submit();
    assert_eq!(runtime.snapshot().len(), without + 1);
    gated.operator().gate.add_permits(1);
    assert_eq!(values(&filled.wait().unwrap()), [1; 4]);
}

#[test]
fn a_slot_that_failed_instead_of_not_being_ready_was_not_news() {
    let world = World::new();
    let sum = world.add_named("sum", Sum::default());
    world.edit(|e| e.set(&sum.b, bytes(&[1, 2]))).unwrap();
    let mut events = world.subscribe();
    let unready = |batch: &headwater::graph::Batch| -> Vec<String> {
        let unready = batch.events.iter().filter_map(|event| match &event.kind {
            GraphEventKind::Unready(why) => Some(format!("{} {why}", event.path)),
            _ => None,
        });
        unready.collect()
    };
    world.edit(|e| e.set(&sum.a, bytes(&[1, 2, 3]))).unwrap();
    let told = unready(&events.try_next().unwrap());
    assert!(told.len() == 1 && told[0].starts_with("sum.output failed"), "{told:?}");
    // The same reason again is no difference.
    world.edit(|e| e.set(&sum.a, bytes(&[3, 2, 1]))).unwrap();
    assert_eq!(unready(&events.try_next().unwrap()), [""; 0]);
    // One that has failed from its first moment.
    world
        .edit(|e| {
            let late = e.add_named("late", Sum::default());
            e.set(&late.b, bytes(&[1, 2]))?;
            e.set(&late.a, bytes(&[1, 2, 3]))
        })
        .unwrap();
    let told = unready(&events.try_next().unwrap());
    assert!(told.len() == 1 && told[0].starts_with("late.output failed"), "{told:?}");
    // One that only waits for its inputs is as it came.
    world.add_named("bare", Sum::default());
    assert_eq!(unready(&events.try_next().unwrap()), [""; 0]);
}

/// Gives its level as a value, when it is asked.
struct Computed;

struct ComputedSlots {
    level: Input<u8>,
    output: Output<u8>,
}

impl Operator for Computed {
    type Slots = ComputedSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ComputedSlots {
        ComputedSlots {
            level: declare.default("level", 1),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ComputedSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(&slots.output)
    }

    async fn execute(&self, slots: &ComputedSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        Ok(Data::of(cx.value(&slots.level)?))
    }
}

#[test]
fn the_first_of_two_questions_for_a_value_ended_the_other() {
    let world = World::new();
    let computed = world.add(Computed);
    let (first, second) = (computed.output.get(), computed.output.get());
    assert_eq!(first.wait().unwrap(), 1);
    world.edit(|e| e.set(&computed.level, 2_u8)).unwrap();
    let error = second.wait().unwrap_err();
    assert!(error.is_stale(), "{}", error.report());
    assert_eq!(computed.output.get().wait().unwrap(), 2);
}

#[test]
fn an_element_that_closed_a_circle_failed_its_operator_for_ever() {
    let world = World::new();
    let (total, add) = (
        world.add_named("total", Total::default()),
        world.add_named("add", Add::default()),
    );
    world
        .edit(|e| {
            e.broadcast(&add.output, &total.images)?;
            // Nothing flows from the empty list to its operator's output yet.
            e.connect(&total.output, &add.input)
        })
        .unwrap();
    let error = world.edit(|e| e.push(&total.images)).unwrap_err();
    assert!(error.is_circular(), "{}", error.report());
    assert!(error.report().contains("`total.images"), "{}", error.report());
    assert_eq!(total.images.len(), 0);
    // An edit that goes on after the error has nothing half made in it.
    world
        .edit(|e| {
            assert!(e.resize(&total.images, 2).is_err());
            assert_eq!(e.keys(&total.images)?, []);
            e.disconnect(&add.input)?;
            e.set(&add.input, bytes(&[1, 2]))?;
            e.push(&total.images).map(|_| ())
        })
        .unwrap();
    assert_eq!(values(&total.output.request(roi![0..2]).wait().unwrap()), [2, 3]);
}

#[test]
fn a_lane_whose_operator_could_not_be_made_panicked_in_the_edit() {
    let world = World::new();
    let works = Arc::new(AtomicBool::new(true));
    let own = Arc::clone(&works);
    let lanes = world.add_named(
        "lanes",
        PerLane::new(move || {
            assert!(own.load(Ordering::SeqCst), "no operator today");
            Add::default()
        })
        .promote(["input"]),
    );
    let (inputs, outputs) = (lanes.list(|s| &s.input), lanes.list(|s| &s.output));
    world.edit(|e| e.set_all(&inputs, [bytes(&[1])])).unwrap();
    works.store(false, Ordering::SeqCst);
    world
        .edit(|e| {
            let (_, lane) = e.push(&inputs)?;
            e.set(&lane, bytes(&[2]))
        })
        .unwrap();
    let read = |nth: usize| outputs.at(nth).unwrap().request(roi![0..1]).wait();
    assert_eq!(values(&read(0).unwrap()), [2], "the others are as they were");
    let report = read(1).unwrap_err().report();
    assert!(
        report.contains("making the operator of lane 1: no operator today"),
        "{report}"
    );
    assert!(!outputs.readiness().is_ready());
    // The next edit of the lanes tries again.
    works.store(true, Ordering::SeqCst);
    world
        .edit(|e| {
            let (_, lane) = e.push(&inputs)?;
            e.set(&lane, bytes(&[3]))
        })
        .unwrap();
    assert_eq!(
        (values(&read(1).unwrap()), values(&read(2).unwrap())),
        (vec![3], vec![4])
    );
    assert!(outputs.readiness().is_ready(), "{}", outputs.readiness());
}
