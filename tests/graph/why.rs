//! Explanations: why a region is not ready, dirty, or being computed, and for whom.

use std::sync::atomic::Ordering;

use headwater::graph::{Cause, Data, Declare, Dirt, Execute, Explanation, Meta, Operator, Output, Readiness, Setup};
use headwater::operators::BlockCache;
use headwater::{Array, DType, Error, Roi, roi};

use crate::common::*;
use crate::gated::Gated;

/// Each change as `path: cause`.
fn story(why: &Explanation) -> Vec<String> {
    why.changes.iter().map(ToString::to_string).collect()
}

#[test]
fn it_names_the_slots_between_a_slot_and_what_stands_in_its_way() {
    let world = World::new();
    let (first, second) = (
        world.add_named("first", Add::default()),
        world.add_named("second", Add::default()),
    );
    world.edit(|e| e.connect(&first.output, &second.input)).unwrap();
    let why = world.why(&second.output, roi![0..4]).unwrap();
    assert!(
        matches!(&why.readiness, Readiness::NotReady(reason) if reason.slot() == headwater::graph::Slot::id(&first.input))
    );
    let names: Vec<_> = why.obstacles.iter().map(|name| &**name).collect();
    assert_eq!(names, ["second.output", "second.input", "first.output", "first.input"]);
    assert!(
        why.to_string()
            .contains("`first.input` has neither a connection nor a value"),
        "{why}"
    );
}

#[test]
fn a_failed_setup_is_told_with_its_cause() {
    let world = World::new();
    let sum = world.add_named("sum", Sum::default());
    world
        .edit(|e| {
            e.set(&sum.a, bytes(&[1, 2]))?;
            e.set(&sum.b, bytes(&[1, 2, 3]))
        })
        .unwrap();
    let why = world.why(&sum.output, roi![0..2]).unwrap();
    assert!(matches!(why.readiness, Readiness::Failed(_)));
    assert!(why.to_string().contains("does not fit"), "{why}");
}

#[test]
fn dirt_is_followed_to_the_edit_that_made_it() {
    let world = World::new();
    let (first, second) = (
        world.add_named("first", Add::default()),
        world.add_named("second", Dilate::default()),
    );
    world
        .edit(|e| {
            e.set(&first.input, bytes(&[0; 100]))?;
            e.connect(&first.output, &second.input)
        })
        .unwrap();
    world
        .edit(|e| e.write(&first.input, roi![10..12], &bytes(&[5, 6])))
        .unwrap();
    let why = world.why(&second.output, roi![0..100]).unwrap();
    assert_eq!(why.changed, world.revision());
    assert_eq!(
        story(&why),
        [
            "`second.output`, 9..13: its operator looks at `second.input`, which changed",
            "`second.input`, 10..12: it gives what `first.output` gives, which changed",
            "`first.output`, 10..12: its operator looks at `first.input`, which changed",
            "`first.input`, 10..12: it was set",
        ]
    );
    // Another edit elsewhere: the region still says when and why it changed itself.
    world
        .edit(|e| e.write(&first.input, roi![50..51], &bytes(&[9])))
        .unwrap();
    let again = world.why(&second.output, roi![0..20]).unwrap();
    assert_eq!((again.changed, story(&again)), (why.changed, story(&why)));
    let untouched = world.why(&second.output, roi![70..80]).unwrap();
    assert!(untouched.changed < why.changed);
}

#[test]
fn every_kind_of_edit_is_told_by_its_name() {
    let world = World::new();
    let (raw, other, sum) = (
        world.add_named("raw", Add::default()),
        world.add_named("other", Add::default()),
        world.add_named("sum", Sum::default()),
    );
    let last = |roi| {
        let why = world.why(&sum.output, roi).unwrap();
        let change = why.changes.last().unwrap().clone();
        (change.path.to_string(), change.cause)
    };
    world
        .edit(|e| {
            e.set(&raw.input, bytes(&[0; 9]))?;
            e.set(&other.input, bytes(&[0; 9]))?;
            e.connect(&raw.output, &sum.a)
        })
        .unwrap();
    world.edit(|e| e.connect(&other.output, &sum.b)).unwrap();
    let (path, cause) = last(roi![0..9]);
    assert!(path == "sum.b" && matches!(cause, Cause::Connected), "{path} {cause}");
    world.edit(|e| e.set(&raw.offset, 7_u8)).unwrap();
    let (path, cause) = last(roi![0..9]);
    assert!(path == "raw.offset" && matches!(cause, Cause::Set), "{path} {cause}");
    world.edit(|e| e.disconnect(&raw.offset)).unwrap();
    let (path, cause) = last(roi![0..9]);
    assert!(path == "raw.offset" && matches!(cause, Cause::Reset), "{path} {cause}");
    world
        .edit(|e| e.mark_dirty(&raw.output, Dirt::from(roi![2..3])))
        .unwrap();
    let (path, cause) = last(roi![0..9]);
    assert!(path == "raw.output" && matches!(cause, Cause::Marked), "{path} {cause}");
    world.edit(|e| e.freeze(&sum.a)).unwrap();
    let frozen = world.revision();
    world.edit(|e| e.set(&raw.offset, 9_u8)).unwrap();
    let why = world.why(&sum.a, roi![0..9]).unwrap();
    assert_eq!(why.frozen.map(|since| since.number()), Some(frozen.number() - 1));
    assert!(why.changed < frozen);
    world.edit(|e| e.thaw(&sum.a)).unwrap();
    let (path, cause) = last(roi![0..9]);
    assert!(path == "sum.a" && matches!(cause, Cause::Thawed), "{path} {cause}");
}

#[test]
fn what_runs_is_told_with_those_whom_it_runs_for() {
    let world = World::new();
    let (gated, tail) = (
        world.add_named("gated", Gated::new()),
        world.add_named("tail", Add::default()),
    );
    world.edit(|e| e.connect(&gated.output, &tail.input)).unwrap();
    let gate = std::sync::Arc::clone(&gated.operator().gate);
    let question = tail.output.request(roi![0..4]);
    question.submit();
    until(|| gated.operator().begun.load(Ordering::SeqCst) == 1);
    // What runs in the stack of its waiter has begun before the wait for it is entered.
    let now = || world.why(&gated.output, roi![2..9]).unwrap();
    let is_for_question = |info: &headwater::RequestInfo| info.id == question.id();
    until(|| {
        let mut running = now().computing.into_iter();
        running.any(|one| one.waited_for_by.iter().any(is_for_question))
    });
    let why = now();
    let [computing] = &why.computing[..] else {
        panic!("{why}")
    };
    assert_eq!((computing.roi, computing.is_outdated), (roi![0..4], false));
    assert_eq!(computing.request.name.as_deref(), Some("gated"));
    assert_eq!(
        computing.waited_for_by.first().and_then(|info| info.name.as_deref()),
        Some("tail")
    );
    assert!(
        computing.waited_for_by.iter().any(|info| info.id == question.id()),
        "{why}"
    );
    assert!(world.why(&gated.output, roi![4..9]).unwrap().computing.is_empty());
    assert_eq!(world.why(&tail.output, roi![0..1]).unwrap().questions, [roi![0..4]]);
    // The question says where it was asked.
    assert!(why.to_string().contains("why.rs"), "{why}");
    gate.add_permits(1);
    question.wait().unwrap();
    let why = world.why(&gated.output, roi![0..4]).unwrap();
    assert!(why.computing.is_empty() && why.questions.is_empty(), "{why}");
}

#[test]
fn what_runs_for_a_snapshot_is_told_to_be_outdated() {
    let world = World::new();
    let gated = world.add_named("gated", Gated::new());
    let question = world.snapshot().request(&gated.output, roi![0..4]);
    question.submit();
    until(|| gated.operator().begun.load(Ordering::SeqCst) == 1);
    world.edit(|e| e.set(&gated.level, 2_u8)).unwrap();
    let why = world.why(&gated.output, roi![0..4]).unwrap();
    assert!(matches!(&why.computing[..], [one] if one.is_outdated), "{why}");
    gated.operator().gate.add_permits(1);
    assert_eq!(values(&question.wait().unwrap()), [1; 4]);
}

#[test]
fn a_cache_tells_what_it_keeps() {
    let world = World::new();
    let (add, cache) = (
        world.add_named("add", Add::default()),
        world.add_named("cache", BlockCache::new().block([10])),
    );
    world
        .edit(|e| {
            e.set(&add.input, bytes(&[0; 100]))?;
            e.connect(&add.output, &cache.input)
        })
        .unwrap();
    cache.output.request(roi![0..40]).wait().unwrap();
    world
        .edit(|e| e.write(&add.input, roi![5..15], &bytes(&[1; 10])))
        .unwrap();
    let why = world.why(&cache.output, roi![0..100]).unwrap();
    let kept = why.kept.unwrap();
    assert_eq!((kept.fresh, kept.outdated, kept.missing), (2, 2, 6));
    assert!(why.to_string().contains("2 of 10 blocks kept, 2 outdated"), "{why}");
    assert_eq!(world.why(&add.output, roi![0..9]).unwrap().kept, None);
}

#[test]
fn what_a_cache_keeps_of_something_huge_is_told_at_once() {
    let world = World::new();
    let huge = world.add(Huge);
    let cache = world.add(BlockCache::new().block([1, 1]));
    world.edit(|e| e.connect(&*huge, &cache.input)).unwrap();
    cache.output.request(roi![5..7, 0..2]).wait().unwrap();
    let kept = world
        .why(&cache.output, huge.meta().unwrap().roi())
        .unwrap()
        .kept
        .unwrap();
    assert_eq!((kept.fresh, kept.outdated, kept.total()), (4, 0, 1 << 60));
    assert!(world.to_svg().contains("4 of 1152921504606846976 blocks"));
}

/// An image of 2^60 zeros.
struct Huge;

impl Operator for Huge {
    type Slots = Output<Array>;

    fn slots(&self, declare: &mut Declare<'_>) -> Output<Array> {
        declare.output("output")
    }

    fn setup(&self, output: &Output<Array>, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(output, Meta::new([1 << 30, 1 << 30].into(), DType::U8, "yx")?)
    }

    async fn execute(&self, _: &Output<Array>, _: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(Array::zeros("yx", roi.shape().as_slice(), DType::U8)?.into())
    }
}

#[test]
fn a_region_that_reaches_out_or_a_slot_that_is_gone_is_refused() {
    let world = World::new();
    let add = world.add_named("add", Add::default());
    world.edit(|e| e.set(&add.input, bytes(&[0; 4]))).unwrap();
    let error = world.why(&add.output, roi![0..5]).unwrap_err().report();
    assert!(error.contains("reaches out of `add.output`"), "{error}");
    let other = World::new();
    assert!(
        other
            .why(&add.output, roi![0..1])
            .unwrap_err()
            .report()
            .contains("another graph")
    );
    world.edit(|e| e.remove(&add)).unwrap();
    assert!(world.why(&add.output, roi![0..1]).is_err());
}

#[test]
fn lists_and_values_are_explained_as_a_whole() {
    let world = World::new();
    let (total, add) = (
        world.add_named("total", Total::default()),
        world.add_named("add", Add::default()),
    );
    let why = world.why(&total.images, roi![]).unwrap();
    assert!(why.to_string().contains("the list `total.images` is empty"), "{why}");
    let (_, lane) = world.edit(|e| e.push(&total.images)).unwrap();
    let why = world.why(&total.output, roi![0..1]).unwrap();
    assert_eq!(
        why.obstacles.last().map(|name| &**name),
        Some("total.images[0]"),
        "{why}"
    );
    world.edit(|e| e.set(&lane, bytes(&[3]))).unwrap();
    world.edit(|e| e.set(&add.offset, 3_u8)).unwrap();
    let why = world.why(&add.offset, roi![0..1]).unwrap();
    assert_eq!((why.roi.rank(), why.changed), (0, world.revision()));
    assert_eq!(story(&why), ["`add.offset`: it was set"]);
}
