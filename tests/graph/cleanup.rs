//! Removing operators.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use headwater::graph::{Declare, Graph, Operator, Slot};
use headwater::{Error, roi};

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

/// Edits its graph when it is dropped.
struct Parting {
    graph: Graph,
    parted: Arc<AtomicUsize>,
}

impl Operator for Parting {
    type Slots = ();

    fn slots(&self, _: &mut Declare<'_>) {}
}

impl Drop for Parting {
    fn drop(&mut self) {
        if self.graph.edit(|_| Ok(())).is_ok() {
            self.parted.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[test]
fn an_operator_of_a_failed_edit_that_edits_when_dropped_waited_for_itself() {
    let graph = Graph::new();
    let parted = Arc::new(AtomicUsize::new(0));
    let (done, finished) = mpsc::channel();
    let own = (graph.clone(), Arc::clone(&parted));
    // Not scoped: a thread that waits for itself could not be joined.
    let edits = move || {
        let (graph, parted) = own;
        let parting = || Parting {
            graph: graph.clone(),
            parted: Arc::clone(&parted),
        };
        let failed: Result<(), Error> = graph.edit(|e| {
            e.add(parting());
            Err(Error::msg("no"))
        });
        assert!(failed.is_err());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            graph.edit(|e| -> Result<(), Error> {
                e.add(parting());
                panic!("never mind")
            })
        }));
        assert!(panicked.is_err());
        // A part of an edit that failed, and an operator that an edit took out.
        let kept = graph.edit(|e| {
            let part: Result<(), Error> = e.edit(|e| {
                e.add(parting());
                Err(Error::msg("no"))
            });
            assert!(part.is_err());
            Ok(e.add(parting()))
        });
        let kept = kept.unwrap();
        let id = kept.clone();
        drop(kept);
        graph
            .edit(move |e| {
                let removed = e.remove(&id);
                drop(id);
                removed
            })
            .unwrap();
        done.send(()).unwrap();
    };
    let _edits = thread::Builder::new().spawn(edits).unwrap();
    finished
        .recv_timeout(Duration::from_secs(20))
        .expect("it waits for itself");
    assert_eq!(parted.load(Ordering::SeqCst), 4);
}

#[test]
fn an_operator_without_slots_stayed_when_it_was_removed() {
    struct Bare;
    impl Operator for Bare {
        type Slots = ();
        fn slots(&self, _: &mut Declare<'_>) {}
    }
    let world = World::new();
    let bare = world.add(Bare);
    world.edit(|e| e.remove(&bare)).unwrap();
    assert!(world.edit(|e| e.remove(&bare)).is_err(), "it is gone already");
    assert!(format!("{:?}", *world).starts_with("graph of 0 operators"));
}
