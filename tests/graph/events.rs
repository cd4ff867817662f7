//! What subscribers hear.

use headwater::graph::{Batch, GraphEventKind, Slot};
use headwater::roi;

use crate::common::*;

fn told(batch: &Batch) -> Vec<String> {
    let event = |event: &headwater::graph::GraphEvent| {
        let kind = match &event.kind {
            GraphEventKind::Dirty(dirt) => format!("dirty {dirt}"),
            GraphEventKind::Unready(why) => why.to_string(),
            GraphEventKind::Frozen(frozen) => format!("frozen {frozen}"),
            kind => format!("{kind:?}").to_lowercase(),
        };
        format!("{} {kind}", event.path)
    };
    batch.events.iter().map(event).collect()
}

#[test]
fn g09_g13_g63_g72_d17_one_batch_an_edit_in_a_fixed_order() {
    let world = World::new();
    let (a, b) = (
        world.add_named("a", Add::default()),
        world.add_named("b", Add::default()),
    );
    let mut events = world.subscribe();
    world
        .edit(|e| {
            e.connect(&a.output, &b.input)?;
            e.set(&a.input, bytes(&[1, 2, 3]))?;
            e.set(&a.input, bytes(&[4, 5, 6]))
        })
        .unwrap();
    let batch = events.try_next().unwrap();
    assert_eq!(batch.revision, world.revision());
    assert_eq!(
        told(&batch),
        [
            "a.input connected",
            "b.input connected",
            "a.input meta",
            "a.output meta",
            "b.input meta",
            "b.output meta",
            "a.input ready",
            "a.output ready",
            "b.input ready",
            "b.output ready",
            "a.input dirty everything",
            "a.output dirty everything",
            "b.input dirty everything",
            "b.output dirty everything",
        ]
    );
    world.edit(|e| e.write(&a.input, roi![1..2], &bytes(&[9]))).unwrap();
    assert_eq!(
        told(&events.try_next().unwrap()),
        [
            "a.input disconnected",
            "a.input connected",
            "a.input dirty 1..2",
            "a.output dirty 1..2",
            "b.input dirty 1..2",
            "b.output dirty 1..2",
        ]
    );
    world.edit(|e| e.disconnect(&b.input)).unwrap();
    assert_eq!(
        told(&events.try_next().unwrap()),
        [
            "b.input disconnected",
            "b.input not ready: `b.input` has neither a connection nor a value",
            "b.output not ready: `b.input` has neither a connection nor a value",
        ]
    );
    world.edit(|e| e.remove(&b)).unwrap();
    assert_eq!(
        told(&events.try_next().unwrap()),
        ["b.input removed", "b.offset removed", "b.output removed"]
    );
    assert!(events.try_next().is_none());
}

#[test]
fn g11_a_subscriber_that_is_gone_hears_nothing_and_a_graph_that_is_gone_ends_the_stream() {
    let world = World::new();
    let add = world.add(Add::default());
    drop(world.subscribe());
    let mut events = world.subscribe();
    world.edit(|e| e.set(&add.offset, 3_u8)).unwrap();
    drop((add, world));
    let heard: Vec<_> = std::iter::from_fn(|| futures::executor::block_on(events.next())).collect();
    assert_eq!(heard.len(), 1);
}

#[test]
fn g58_d21_dirt_never_disagrees_with_the_description() {
    let world = World::new();
    let (a, b) = (
        world.add_named("a", Dilate::default()),
        world.add_named("b", Dilate::default()),
    );
    world
        .edit(|e| {
            e.connect(&a.output, &b.input)?;
            e.set(&a.input, bytes(&[0; 10]))
        })
        .unwrap();
    let mut events = world.subscribe();
    world.edit(|e| e.mark_dirty(&a.input, roi![0..2])).unwrap();
    assert_eq!(
        told(&events.try_next().unwrap()),
        [
            "a.input dirty 0..2",
            "a.output dirty 0..3",
            "b.input dirty 0..3",
            "b.output dirty 0..4"
        ]
    );
    world
        .edit(|e| {
            e.mark_dirty(&a.input, roi![8..10])?;
            e.set(&a.input, bytes(&[0; 4]))
        })
        .unwrap();
    let batch = told(&events.try_next().unwrap());
    assert!(batch.contains(&"b.output meta".to_owned()) && batch.contains(&"b.output dirty everything".to_owned()));
    assert!(!b.output.is_ready() || b.output.meta().unwrap().shape() == [4]);
}

#[test]
fn freeze_and_thaw_the_union_of_what_was_missed() {
    let world = World::new();
    let (a, b) = (
        world.add_named("a", Add::default()),
        world.add_named("b", Add::default()),
    );
    world
        .edit(|e| {
            e.connect(&a.output, &b.input)?;
            e.set(&a.input, bytes(&[1; 8]))
        })
        .unwrap();
    world.edit(|e| e.freeze(&a.output)).unwrap();
    let mut events = world.subscribe();
    world.edit(|e| e.write(&a.input, roi![1..2], &bytes(&[9]))).unwrap();
    world.edit(|e| e.write(&a.input, roi![5..7], &bytes(&[9, 9]))).unwrap();
    assert_eq!(
        values(&b.output.request(roi![0..8]).wait().unwrap()),
        [3; 8],
        "what it was when it was frozen"
    );
    assert_eq!(values(&a.output.request(roi![0..2]).wait().unwrap()), [2, 2]);
    while let Some(batch) = events.try_next() {
        assert!(
            batch.events.iter().all(|event| !event.path.starts_with("b.")),
            "{:?}",
            told(&batch)
        );
    }
    world.edit(|e| e.thaw(&a.output)).unwrap();
    let batch = told(&events.try_next().unwrap());
    assert_eq!(
        batch,
        [
            "a.output frozen false",
            "a.output dirty 1..2; 5..7",
            "b.input dirty 1..2; 5..7",
            "b.output dirty 1..2; 5..7"
        ]
    );
    assert_eq!(
        values(&b.output.request(roi![0..8]).wait().unwrap()),
        [3, 11, 3, 3, 3, 11, 11, 3]
    );
}
