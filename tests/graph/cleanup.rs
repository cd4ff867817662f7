//! Removing operators.

use headwater::graph::Slot;
use headwater::roi;

use crate::common::*;

#[test]
fn g69_d27_what_still_feeds_others_is_not_removed() {
    let world = World::new();
    let (a, b) = (
        world.add_named("a", Add::default()),
        world.add_named("b", Add::default()),
    );
    world
        .edit(|e| {
            e.set(&a.input, bytes(&[1]))?;
            e.connect(&a.output, &b.input)
        })
        .unwrap();
    let error = world.edit(|e| e.remove(&a)).unwrap_err();
    assert_eq!(error.report(), "`a` cannot be removed: it still feeds `b.input`");
    assert_eq!(
        values(&b.output.request(roi![0..1]).wait().unwrap()),
        [3],
        "and nothing was half taken down"
    );
    world
        .edit(|e| {
            e.remove(&b)?;
            e.remove(&a)
        })
        .unwrap();
    assert!(!a.output.exists());
    let error = world.edit(|e| e.remove(&a)).unwrap_err();
    assert_eq!(error.report(), "operator 0 is not in the graph");
}

#[test]
fn d27_handles_of_what_was_removed_are_refused_and_never_mean_its_successor() {
    let world = World::new();
    let old = world.add(Add::default());
    world.edit(|e| e.set(&old.input, bytes(&[1]))).unwrap();
    let snapshot = world.snapshot();
    world.edit(|e| e.remove(&old)).unwrap();
    let new = world.add(Add::default());
    world.edit(|e| e.set(&new.input, bytes(&[7]))).unwrap();
    // The place is used again, under another name.
    assert!(new.output.id().to_string().ends_with(".1"), "{}", new.output.id());
    assert_ne!(old.output.id(), new.output.id());
    let error = old.output.request(roi![0..1]).wait().unwrap_err();
    assert!(error.report().contains("is not in the graph"), "{}", error.report());
    assert!(world.edit(|e| e.set(&old.offset, 1_u8)).is_err());
    assert!(world.edit(|e| e.connect(&old.output, &new.input)).is_err());
    // A snapshot from before still has it.
    assert_eq!(values(&snapshot.request(&old.output, roi![0..1]).wait().unwrap()), [2]);
}
