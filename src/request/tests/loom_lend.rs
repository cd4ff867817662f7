//! Priorities lent while the queue moves.

use std::future::IntoFuture;

use crate::request::request::Request;
use crate::request::tests::world::{Count, Gate, World, explore, poll_once, thread};

/// An urgent waiter raises a request that is being taken out of the queue: it runs once, its turn is not lost.
#[test]
fn loom_p32_raise_beside_pop() {
    explore(5, || {
        let world = World::new(2);
        let runs = Count::default();
        let ran = runs.clone();
        let low = world.builder().priority(9).future(async move {
            ran.add();
            Ok(7)
        });
        low.submit();
        let wanted = low.clone();
        let high = world.builder().priority(-9).future(async move { wanted.await });
        let waiter = thread::spawn({
            let (world, high) = (world.clone(), high.clone());
            move || {
                high.submit();
                world.drain();
            }
        });
        world.drain();
        waiter.join().unwrap();
        world.drain();
        assert_eq!(high.try_result().expect("lost turn").unwrap(), 7);
        assert_eq!(runs.get(), 1);
        world.assert_quiet();
    });
}

fn never(world: &World, level: i32) -> Request<i32> {
    let request = world.builder().priority(level).future(async {
        std::future::pending::<()>().await;
        Ok(0)
    });
    request.submit();
    world.drain();
    request
}

fn waits_for(world: &World, level: i32, target: &Request<i32>) -> Request<i32> {
    let target = target.clone();
    world.builder().priority(level).future(async move { target.await })
}

fn level(request: &Request<i32>) -> i32 {
    request.head().lock().effective.level()
}

/// Two waiters of different urgency join the same request at once: what that one waits for gets the better priority.
#[test]
fn loom_p32_two_loans_through_one_chain() {
    explore(5, || {
        let world = World::new(2);
        let end = never(&world, 9);
        let middle = waits_for(&world, 8, &end);
        middle.submit();
        world.drain();
        assert_eq!(level(&end), 8);
        let [slow, fast] = [5, 1].map(|level| waits_for(&world, level, &middle));
        let (other, waiter) = (slow.clone(), world.clone());
        let other = thread::spawn(move || {
            other.submit();
            waiter.drain();
        });
        fast.submit();
        world.drain();
        other.join().unwrap();
        assert_eq!((level(&middle), level(&end)), (1, 1));
        let _ = fast.cancel();
        world.drain();
        assert_eq!((level(&middle), level(&end)), (5, 5), "the loan ends with the wait");
        [slow, middle, end].iter().for_each(|request| drop(request.cancel()));
        world.assert_quiet();
    });
}

/// A request is raised in the middle of the turn in which it begins to wait: the target hears of it.
#[test]
fn loom_p32_raise_beside_registration() {
    explore(5, || {
        let world = World::new(2);
        let end = never(&world, 9);
        let middle = waits_for(&world, 8, &end);
        middle.submit();
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        let urgent = waits_for(&world, 1, &middle);
        let mut wait = urgent.clone().into_future();
        assert!(poll_once(&mut wait).is_pending());
        world.drain();
        slot.join().unwrap();
        world.drain();
        assert_eq!((level(&middle), level(&end)), (1, 1));
        drop(wait);
        [urgent, middle, end].iter().for_each(|request| drop(request.cancel()));
        world.assert_quiet();
    });
}

/// The end of one loan races the beginning of another.
#[test]
fn loom_p32_loan_ends_beside_a_new_one() {
    explore(5, || {
        let world = World::new(2);
        let end = never(&world, 9);
        let middle = waits_for(&world, 8, &end);
        let gate = Gate::default();
        let (wait, done) = (middle.clone().into_future(), gate.clone());
        let old = world.builder().priority(1).future(async move {
            futures::future::select(wait, done).await;
            Ok(0)
        });
        old.submit();
        world.drain();
        assert_eq!((level(&middle), level(&end)), (1, 1));
        let leaver = thread::spawn({
            let world = world.clone();
            move || {
                gate.open();
                world.drain();
            }
        });
        let new = waits_for(&world, 3, &middle);
        new.submit();
        world.drain();
        leaver.join().unwrap();
        world.drain();
        assert_eq!((level(&middle), level(&end)), (3, 3));
        assert!(old.has_ended());
        [new, middle, end].iter().for_each(|request| drop(request.cancel()));
        world.assert_quiet();
    });
}
