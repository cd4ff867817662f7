//! Interest that comes and goes from several sides at once.

use std::future::IntoFuture;

use crate::request::request::Request;
use crate::request::shield::check_cancelled;
use crate::request::tests::world::{Count, Gate, World, explore, poll_once, thread};
use crate::runtime::cancel::Cancel;
use crate::sync::{Arc, Mutex};

/// P5: the last waiter leaves, the value arrives, somebody joins. The one who joins sees no cancellation.
#[test]
fn loom_p5_last_leave_beside_join_beside_complete() {
    explore(3, || {
        let world = World::new(1);
        let (runs, gate) = (Count::default(), Gate::default());
        let (counted, wait) = (runs.clone(), gate.clone());
        let request = world.repeatable(move || {
            let (nth, wait) = (counted.add(), wait.clone());
            async move {
                wait.await;
                Ok(nth)
            }
        });
        let mut first = request.clone().into_future();
        assert!(poll_once(&mut first).is_pending());
        let leaver = thread::spawn({
            let (world, request) = (world.clone(), request.clone());
            move || {
                let _ = request.cancel();
                drop(first);
                world.drain();
            }
        });
        let outside = thread::spawn({
            let world = world.clone();
            move || {
                gate.open();
                world.drain();
            }
        });
        let value = world
            .block_on(&request)
            .expect("a cancellation that this waiter did not ask for");
        leaver.join().unwrap();
        outside.join().unwrap();
        assert!(value < runs.get() && runs.get() <= 2);
        world.assert_quiet();
    });
}

/// P2: two of three waiters leave, in any order; the third gets the value of the one run.
#[test]
fn loom_p2_any_subset_of_waiters_leaves() {
    explore(3, || {
        let world = World::new(1);
        let (runs, gate) = (Count::default(), Gate::default());
        let (ran, wait) = (runs.clone(), gate.clone());
        let request = world.request(async move {
            ran.add();
            wait.await;
            Ok(7)
        });
        let mut last = request.clone().into_future();
        assert!(poll_once(&mut last).is_pending());
        let leavers = [(); 2].map(|()| {
            let mut wait = request.clone().into_future();
            assert!(poll_once(&mut wait).is_pending());
            let (world, request) = (world.clone(), request.clone());
            thread::spawn(move || {
                drop(wait);
                let answer = request.cancel();
                world.drain();
                answer
            })
        });
        gate.open();
        assert_eq!(world.block_on(last).unwrap(), 7);
        for leaver in leavers {
            assert_ne!(leaver.join().unwrap(), Cancel::Cancelled);
        }
        assert_eq!(runs.get(), 1);
        world.assert_quiet();
    });
}

/// P15: the parent is cancelled while somebody else comes to share its child: the child survives for that one. If nobody
/// came, it dies with its parent.
#[test]
fn loom_p15_parent_dies_beside_a_new_sharer_of_its_child() {
    explore(5, || {
        let world = World::new(1);
        let gate = Gate::default();
        let wait = gate.clone();
        let child = world.repeatable(move || {
            let wait = wait.clone();
            async move {
                wait.await;
                Ok(7)
            }
        });
        let shared = child.clone();
        let parent = world.request(async move { shared.await });
        parent.submit();
        world.drain();
        let canceller = thread::spawn({
            let (world, parent) = (world.clone(), parent.clone());
            move || {
                assert_eq!(parent.cancel(), Cancel::Cancelled);
                world.drain();
            }
        });
        let mut sharer = child.clone().into_future();
        assert!(poll_once(&mut sharer).is_pending());
        canceller.join().unwrap();
        world.drain();
        assert!(world.block_on(&parent).unwrap_err().is_cancelled());
        assert!(!child.is_cancelled());
        gate.open();
        assert_eq!(world.block_on(sharer).unwrap(), 7);
        world.assert_quiet();
    });
}

/// P15, the other half: parent and sharer both go, from two threads: the child dies, whoever was last.
#[test]
fn loom_p15_parent_and_sharer_both_die() {
    explore(5, || {
        let world = World::new(1);
        let child = world.request(async {
            std::future::pending::<()>().await;
            Ok(7)
        });
        let shared = child.clone();
        let parent = world.request(async move { shared.await });
        parent.submit();
        world.drain();
        let mut sharer = child.clone().into_future();
        assert!(poll_once(&mut sharer).is_pending());
        let canceller = thread::spawn({
            let (world, parent) = (world.clone(), parent.clone());
            move || {
                assert_eq!(parent.cancel(), Cancel::Cancelled);
                world.drain();
            }
        });
        drop(sharer);
        world.drain();
        canceller.join().unwrap();
        assert!(
            child.is_cancelled(),
            "the parent's cancellation did not outlive the sharer"
        );
        world.assert_quiet();
    });
}

/// A parent is cancelled while it enters the wait for its child: no edge is left behind, the child does not live on.
#[test]
fn loom_cancel_wave_beside_registration() {
    explore(5, || {
        let world = World::new(1);
        let child = world.request(async {
            std::future::pending::<()>().await;
            Ok(7)
        });
        child.submit();
        world.drain();
        let awaited = child.clone();
        let parent = world.request(async move { awaited.await });
        parent.submit();
        let canceller = thread::spawn({
            let (world, parent) = (world.clone(), parent.clone());
            move || {
                assert_eq!(parent.cancel(), Cancel::Cancelled);
                world.drain();
            }
        });
        world.drain();
        canceller.join().unwrap();
        world.drain();
        assert!(parent.has_ended());
        assert_eq!(
            child.head().lock().live,
            0,
            "a cancelled request still counts as interested"
        );
        let _ = child.cancel();
        world.assert_quiet();
    });
}

/// C14, C19: a child that is made while its creator is being cancelled is cancelled too, seen by the wave or not.
#[test]
fn loom_c19_make_beside_cancel_of_the_creator() {
    explore(5, || {
        let world = World::new(1);
        let kept: Arc<Mutex<Option<Request<i32>>>> = Arc::default();
        let keep = Arc::clone(&kept);
        let unborn = Count::default();
        let alive = unborn.clone();
        let parent = world.request(async move {
            let told = check_cancelled().is_err();
            let child = Request::new(async {
                std::future::pending::<()>().await;
                Ok(1)
            });
            if told && !child.is_cancelled() {
                alive.add();
            }
            child.submit();
            let previous = keep.lock().replace(child);
            drop(previous);
            Ok(2)
        });
        parent.submit();
        let canceller = thread::spawn({
            let (world, parent) = (world.clone(), parent.clone());
            move || {
                let answer = parent.cancel();
                world.drain();
                answer
            }
        });
        world.drain();
        let answer = canceller.join().unwrap();
        world.drain();
        assert_eq!(unborn.get(), 0, "made by a cancelled request, and not cancelled");
        let child = kept.lock().take();
        if let Some(child) = child {
            assert_eq!(child.is_cancelled(), answer == Cancel::Cancelled, "{answer:?}");
            let _ = child.cancel();
        }
        world.assert_quiet();
    });
}

/// C8: the last handle of a request that lives by its waiters goes while the last waiter does, and while somebody takes a new
/// handle from a weak one. Whoever got one gets the value; if nobody did, the request ends.
#[test]
fn loom_c8_last_handle_beside_join() {
    explore(5, || {
        let world = World::new(1);
        let gate = Gate::default();
        let wait = gate.clone();
        let request = world.repeatable(move || {
            let wait = wait.clone();
            async move {
                wait.await;
                Ok(7)
            }
        });
        let weak = request.downgrade();
        let mut wait = request.into_future();
        assert!(poll_once(&mut wait).is_pending());
        let leaver = thread::spawn({
            let world = world.clone();
            move || {
                drop(wait);
                world.drain();
            }
        });
        if let Some(request) = weak.upgrade() {
            gate.open();
            assert_eq!(
                world
                    .block_on(&request)
                    .expect("a cancellation that this waiter did not ask for"),
                7
            );
        }
        leaver.join().unwrap();
        world.assert_quiet();
        assert!(weak.upgrade().is_none(), "nobody holds it");
    });
}

/// C13: a cancellation that waits for the last waiter is not forgotten when a joiner brings the next generation about.
#[test]
fn loom_c13_cancel_beside_restart() {
    explore(5, || {
        let world = World::new(1);
        let request = world.repeatable(|| async {
            std::future::pending::<()>().await;
            Ok(7)
        });
        request.submit();
        world.drain();
        assert_eq!(request.cancel(), Cancel::Cancelled);
        let mut wait = request.clone().into_future();
        assert!(poll_once(&mut wait).is_pending());
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        assert_eq!(request.cancel(), Cancel::Pending { waiters: 1 });
        drop(wait);
        world.drain();
        slot.join().unwrap();
        world.drain();
        assert!(
            request.has_ended(),
            "nobody waits, it was cancelled, and it is {:?}",
            request.state()
        );
        world.assert_quiet();
    });
}
