//! Edits: setup and dirt once each, in order, all or nothing.

use std::sync::Arc;

use headwater::graph::{Node, Slot};
use headwater::{Error, roi};

use crate::common::*;

#[test]
fn d06_g90_g91_one_edit_sets_up_once_with_all_new_values() {
    let world = World::new();
    let sum = world.add(Sum::default());
    world
        .edit(|e| {
            e.set(&sum.a, bytes(&[1, 2]))?;
            e.set(&sum.b, bytes(&[1, 2]))
        })
        .unwrap();
    let _ = sum.operator().calls.take();
    // Between the two, the shapes do not fit; nobody sees that.
    world
        .edit(|e| {
            e.set(&sum.a, bytes(&[1, 2, 3]))?;
            e.set(&sum.a, bytes(&[4, 5, 6]))?;
            e.set(&sum.b, bytes(&[1, 1, 1]))
        })
        .unwrap();
    assert_eq!(sum.operator().calls.take(), (1, 0, 0));
    assert_eq!(values(&sum.output.request(roi![0..3]).wait().unwrap()), [5, 6, 7]);
}

#[test]
fn g92_g93_edits_nest_and_a_failed_inner_one_is_undone_alone() {
    let world = World::new();
    let (a, b) = (world.add(Add::default()), world.add(Add::default()));
    let _ = (a.operator().calls.take(), b.operator().calls.take());
    world
        .edit(|e| {
            e.set(&a.input, bytes(&[1]))?;
            let inner: Result<(), Error> = e.edit(|e| {
                e.set(&a.input, bytes(&[9, 9]))?;
                e.connect(&a.output, &b.input)?;
                Err(Error::msg("changed my mind"))
            });
            assert!(inner.is_err());
            // An edit of the graph within the edit is a part of it, too.
            world.edit(|e| e.set(&a.offset, 5_u8))?;
            assert!(!a.output.is_ready(), "nobody sees it before the outermost is done");
            Ok(())
        })
        .unwrap();
    assert_eq!(values(&a.output.request(roi![0..1]).wait().unwrap()), [6]);
    assert!(!b.input.is_connected());
    assert_eq!((a.operator().calls.take().0, b.operator().calls.take().0), (1, 0));
}

#[test]
fn d16_a_failed_or_panicking_edit_leaves_nothing_behind() {
    let world = World::new();
    let add = world.add(Add::default());
    world.edit(|e| e.set(&add.input, bytes(&[1]))).unwrap();
    let (revision, mut events) = (world.revision(), world.subscribe());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        world.edit(|e| {
            e.set(&add.input, bytes(&[2]))?;
            if e.add(Add::default()).input.exists() {
                panic!("in the middle of an edit");
            }
            Ok(())
        })
    }));
    assert!(panicked.is_err());
    let lost = world.edit(|e| {
        let lost = e.add(Add::default());
        e.connect(&add.output, &lost.input)?;
        e.set(&add.offset, 100_u8)?;
        assert!(lost.input.exists());
        Err::<(), _>(Error::msg("no"))
    });
    assert!(lost.is_err());
    assert_eq!(world.revision(), revision);
    assert!(events.try_next().is_none());
    assert_eq!(values(&add.output.request(roi![0..1]).wait().unwrap()), [2]);
}

#[test]
fn d05_g18_stacked_diamonds_settle_in_linear_work() {
    let world = World::new();
    let depth = 30;
    let diamonds: Vec<Node<Sum>> = (0..depth).map(|_| world.add(Sum::default())).collect();
    world
        .edit(|e| {
            for pair in diamonds.windows(2) {
                e.connect(&pair[0].output, &pair[1].a)?;
                e.connect(&pair[0].output, &pair[1].b)?;
            }
            e.set(&diamonds[0].a, bytes(&[1, 0, 0]))
        })
        .unwrap();
    let calls = || {
        diamonds
            .iter()
            .map(|node| node.operator().calls.take())
            .collect::<Vec<_>>()
    };
    assert_eq!(calls(), vec![(1, 0, 0); depth]);
    world.edit(|e| e.mark_dirty(&diamonds[0].a, roi![1..2])).unwrap();
    assert_eq!(calls(), vec![(0, 1, 0); depth]);
    // One value doubled 29 times, shared on every level: each computes its region once.
    let last = diamonds[depth - 1].output.request(roi![0..2]).wait().unwrap();
    assert_eq!(values(&last), [0, 0]);
    assert_eq!(calls(), vec![(0, 0, 1); depth]);
}

#[test]
fn g23_g61_g75_optional_inputs_and_not_ready_outputs() {
    let world = World::new();
    let (sum, other) = (world.add(Sum::default()), world.add(Add::default()));
    world.edit(|e| e.set(&sum.a, bytes(&[1, 1]))).unwrap();
    assert_eq!(sum.operator().calls.take().0, 1, "ready without the optional input");
    world.edit(|e| e.connect(&other.output, &sum.b)).unwrap();
    assert_eq!(sum.operator().calls.take().0, 0, "connected, and still not ready");
    world.edit(|e| e.set(&other.input, bytes(&[2, 2]))).unwrap();
    assert_eq!(sum.operator().calls.take().0, 1);
    assert_eq!(values(&sum.output.request(roi![0..2]).wait().unwrap()), [4, 4]);
    world.edit(|e| e.disconnect(&sum.b)).unwrap();
    assert_eq!(values(&sum.output.request(roi![0..2]).wait().unwrap()), [1, 1]);
}

#[test]
fn d04_d24_a_failed_setup_is_the_state_of_its_outputs_until_an_edit_mends_it() {
    let world = World::new();
    let (sum, behind) = (world.add_named("sum", Sum::default()), world.add(Add::default()));
    world
        .edit(|e| {
            e.connect(&sum.output, &behind.input)?;
            e.set(&sum.a, bytes(&[1, 1]))?;
            e.set(&sum.b, bytes(&[1, 1, 1]))
        })
        .unwrap();
    let error = behind.output.request(roi![0..1]).wait().unwrap_err();
    assert!(
        error
            .report()
            .contains("the setup of `sum` failed: x (3) u8 does not fit x (2) u8"),
        "{}",
        error.report()
    );
    world.edit(|e| e.set(&sum.b, bytes(&[1, 2]))).unwrap();
    assert_eq!(values(&behind.output.request(roi![0..2]).wait().unwrap()), [3, 4]);
}

#[test]
fn g36_handles_do_not_keep_a_graph_alive() {
    let world = World::new();
    let add = world.add(Add::default());
    let calls = Arc::downgrade(&add.operator().calls);
    let input = add.input.clone();
    drop(add);
    drop(world);
    assert!(calls.upgrade().is_none());
    assert!(!input.is_ready() && input.request(roi![0..1]).wait().is_err());
}
