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

/// Keeps an image that it has from the beginning; panics when it is written to through its other input.
struct Fragile;

struct FragileSlots {
    image: Input<Array>,
    input: Input<Array>,
}

impl Operator for Fragile {
    type Slots = FragileSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> FragileSlots {
        FragileSlots {
            image: declare.default("image", bytes(&[1, 2, 3])),
            input: declare.optional("input"),
        }
    }

    fn write(&self, _: &FragileSlots, _: &Execute, _: Roi, _: &Array) -> Result<(), Error> {
        panic!("it fell")
    }
}

#[test]
fn what_was_written_did_not_reach_what_had_been_computed_from_it() {
    let world = World::new();
    let (source, before) = (world.add(Add::default()), world.add(BlockCache::new().block([2])));
    let (add, after) = (
        world.add_named("add", Add::default()),
        world.add_named("after", BlockCache::new().block([2])),
    );
    world
        .edit(|e| {
            e.set(&source.input, bytes(&[0, 1, 2, 3]))?;
            e.connect(&source.output, &before.input)?;
            e.connect(&before.output, &add.input)?;
            e.connect(&add.output, &after.input)
        })
        .unwrap();
    let whole = roi![0..4];
    assert_eq!(values(&after.output.request(whole).wait().unwrap()), [2, 3, 4, 5]);
    let _ = source.operator().calls.take();
    let (asked, elsewhere) = (after.output.request(roi![1..3]), after.output.request(roi![0..1]));
    assert_eq!(values(&asked.wait().unwrap()), [3, 4]);
    let stamp = |snapshot: &headwater::graph::Snapshot| snapshot.stamp(&after.output, &roi![2..4]).unwrap();
    let old = stamp(&world.snapshot());
    let mut events = world.subscribe();
    world
        .edit(|e| e.write(&before.input, roi![2..4], &bytes(&[50, 60])))
        .unwrap();
    assert!(stamp(&world.snapshot()) > old);
    let batch = events.try_next().unwrap();
    let told = batch
        .events
        .iter()
        .map(|event| format!("{} {:?}", event.path, event.kind));
    assert_eq!(
        told.filter(|told| told.starts_with("after")).collect::<Vec<_>>(),
        ["after.input Dirty(2..4)", "after.output Dirty(2..4)"]
    );
    assert_eq!(values(&after.output.request(whole).wait().unwrap()), [2, 3, 51, 61]);
    assert_eq!(values(&elsewhere.wait().unwrap()), [2]);
    assert_eq!(source.operator().calls.take().2, 0, "what was written is kept");
}

#[test]
fn a_slot_that_holds_its_default_could_not_be_written_into() {
    let world = World::new();
    let fragile = world.add_named("fragile", Fragile);
    world
        .edit(|e| e.write(&fragile.image, roi![1..2], &bytes(&[9])))
        .unwrap();
    assert_eq!(values(&fragile.image.value().unwrap()), [1, 9, 3]);
    let sideways = Array::from_vec("y", &[1], vec![0_u8]).unwrap();
    let error = world
        .edit(|e| e.write(&fragile.image, roi![1..2], &sideways))
        .unwrap_err();
    assert!(
        error.report().starts_with("writing 1..2 of `fragile.image`"),
        "{}",
        error.report()
    );
}

#[test]
fn what_was_written_with_other_axes_was_taken() {
    let world = World::new();
    let (add, cache) = (
        world.add_named("add", Add::default()),
        world.add(BlockCache::new().block([2])),
    );
    world
        .edit(|e| {
            e.set(&add.input, bytes(&[1, 2]))?;
            e.connect(&add.output, &cache.input)
        })
        .unwrap();
    let sideways = Array::from_vec("y", &[2], vec![0_u8; 2]).unwrap();
    let error = world
        .edit(|e| e.write(&cache.input, roi![0..2], &sideways))
        .unwrap_err();
    assert!(
        error.report().contains("does not fit 0..2 of `BlockCache.input`"),
        "{}",
        error.report()
    );
}

#[test]
fn what_nobody_keeps_was_written_without_an_error() {
    let world = World::new();
    let (first, second) = (
        world.add_named("first", Add::default()),
        world.add_named("second", Add::default()),
    );
    world
        .edit(|e| {
            e.set(&first.input, bytes(&[1, 2]))?;
            e.connect(&first.output, &second.input)
        })
        .unwrap();
    let write = || world.edit(|e| e.write(&first.output, roi![0..2], &bytes(&[0, 0])));
    assert_eq!(
        write().unwrap_err().report(),
        "writing 0..2 of `first.output`: `second.input` cannot be written to: its operator keeps no data"
    );
    // One that keeps it is enough.
    let cache = world.add(BlockCache::new().block([2]));
    world.edit(|e| e.connect(&first.output, &cache.input)).unwrap();
    write().unwrap();
    assert_eq!(values(&cache.output.request(roi![0..2]).wait().unwrap()), [0, 0]);
}

#[test]
fn a_write_that_panicked_kept_the_others_from_theirs() {
    let world = World::new();
    let add = world.add(Add::default());
    let first = world.add(BlockCache::new().block([2]));
    let fragile = world.add_named("fragile", Fragile);
    let second = world.add(BlockCache::new().block([2]));
    world
        .edit(|e| {
            e.set(&add.input, bytes(&[1, 2]))?;
            e.connect(&add.output, &first.input)?;
            e.connect(&add.output, &fragile.input)?;
            e.connect(&add.output, &second.input)
        })
        .unwrap();
    let before = world.revision();
    let error = world
        .edit(|e| e.write(&add.output, roi![0..2], &bytes(&[7, 8])))
        .unwrap_err();
    assert!(error.is_panic(), "{}", error.report());
    assert!(
        error
            .report()
            .contains("`fragile.input` did not take what was written: it fell"),
        "{}",
        error.report()
    );
    assert!(world.revision() > before, "it is published");
    for cache in [&first, &second] {
        assert_eq!(values(&cache.output.request(roi![0..2]).wait().unwrap()), [7, 8]);
    }
    world.edit(|_| Ok(())).unwrap();
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
