//! How a generation ends while others look on.

use crate::error::Error;
use crate::request::callbacks::Outcome;
use crate::request::finish::{Ending, finish};
use crate::request::make::put;
use crate::request::request::Retry;
use crate::request::run::claim;
use crate::request::tests::world::{Count, Gate, World, YieldNow, explore, poll_once, thread};
use crate::runtime::cancel::Cancel;
use std::future::IntoFuture;
use std::task::Poll;

/// P4: whoever joins while the request finishes gets the value; the workload has run once.
#[test]
fn loom_p4_finish_beside_join() {
    explore(3, || {
        let world = World::new(1);
        let runs = Count::default();
        let ran = runs.clone();
        let request = world.request(async move {
            ran.add();
            Ok(7)
        });
        request.submit();
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        let joiner = thread::spawn({
            let (world, request) = (world.clone(), request.clone());
            move || world.block_on(&request)
        });
        assert_eq!(world.block_on(&request).unwrap(), 7);
        assert_eq!(joiner.join().unwrap().unwrap(), 7);
        slot.join().unwrap();
        assert_eq!(runs.get(), 1);
        world.assert_quiet();
    });
}

/// P6: a turn that was given up long ago ends after the next generation has begun; it changes nothing.
#[test]
fn loom_p6_stale_completion_beside_the_next_generation() {
    explore(5, || {
        let world = World::new(1);
        let request = world.repeatable(|| async { Ok(7) });
        request.submit();
        let entry = world.engine.ready.pop().unwrap();
        let node = request.node();
        let turn = claim(&*node, entry.ticket).unwrap();
        let generation = turn.generation;
        assert_eq!(request.cancel(), Cancel::Cancelled);
        let stale = thread::spawn({
            let (node, world) = (request.node(), world.clone());
            move || {
                let _ = finish(&node, generation, Ending::Cancelled);
                world.drain();
                let _ = finish(&node, generation, Ending::Value(&mut |node| put(node, &mut Some(99))));
            }
        });
        assert_eq!(
            world.block_on(&request).unwrap(),
            7,
            "the value of a generation that had ended"
        );
        stale.join().unwrap();
        assert_eq!(request.try_result().unwrap().unwrap(), 7);
        drop((entry, turn));
        world.assert_quiet();
    });
}

/// C22: cancelled, wanted again, and then it finished after all: the next generation takes its value.
#[test]
fn loom_p6_late_value_beside_new_interest() {
    explore(3, || {
        let world = World::new(1);
        let runs = Count::default();
        let counted = runs.clone();
        let request = world.repeatable(move || {
            let nth = counted.add();
            async move { Ok(nth) }
        });
        request.submit();
        let canceller = thread::spawn({
            let (world, request) = (world.clone(), request.clone());
            move || {
                let _ = request.cancel();
                world.drain();
            }
        });
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        let value = world
            .block_on(&request)
            .expect("a cancellation that this waiter did not ask for");
        canceller.join().unwrap();
        slot.join().unwrap();
        assert_eq!(world.block_on(&request).unwrap(), value);
        assert!(value + 1 == runs.get(), "generation {value} of {}", runs.get());
        world.assert_quiet();
    });
}

/// P14: a worker finishes, somebody cancels, somebody waits. One outcome, the same for all, told once.
#[test]
fn loom_p14_cancel_beside_complete_beside_join() {
    explore(3, || {
        let world = World::new(1);
        let (succeeded, cancelled) = (Count::default(), Count::default());
        let request = world.request(async { Ok(7) });
        let (yes, no) = (succeeded.clone(), cancelled.clone());
        request.on_done(move |outcome| {
            match outcome {
                Outcome::Succeeded(_) => yes.add(),
                Outcome::Cancelled => no.add(),
                Outcome::Failed(error) => unreachable!("{error:?}"),
            };
        });
        request.submit();
        let canceller = thread::spawn({
            let (world, request) = (world.clone(), request.clone());
            move || {
                let answer = request.cancel();
                world.drain();
                answer
            }
        });
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        let waited = world.block_on(&request);
        let answer = canceller.join().unwrap();
        slot.join().unwrap();
        match (&waited, answer) {
            (Ok(7), Cancel::Pending { waiters: 1 } | Cancel::Ended) => {
                assert_eq!((succeeded.get(), cancelled.get()), (1, 0));
            }
            (Err(error), Cancel::Cancelled) if error.is_cancelled() && !error.is_interrupted() => {
                assert_eq!((succeeded.get(), cancelled.get()), (0, 1));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(request.try_result().unwrap().is_ok(), waited.is_ok());
        assert_eq!(
            request.cancel(),
            if waited.is_ok() {
                Cancel::Ended
            } else {
                Cancel::Cancelled
            }
        );
        world.assert_quiet();
    });
}

/// A wake-up that comes while the workload is being polled leads to another poll.
#[test]
fn loom_p16_wake_during_the_turn() {
    explore(5, || {
        let world = World::new(1);
        let gate = Gate::default();
        let wait = gate.clone();
        let request = world.request(async move {
            wait.await;
            YieldNow::default().await;
            Ok(7)
        });
        request.submit();
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        let outside = thread::spawn({
            let world = world.clone();
            move || {
                gate.open();
                world.drain();
            }
        });
        slot.join().unwrap();
        outside.join().unwrap();
        assert_eq!(request.try_result().expect("lost wake-up").unwrap(), 7);
        world.assert_quiet();
    });
}

/// Who retries a failed request and who joins it meet in one new generation, or the joiner sees the old failure.
#[test]
fn loom_retry_beside_join() {
    explore(3, || {
        let world = World::new(1);
        let runs = Count::default();
        let counted = runs.clone();
        let request = world.repeatable(move || {
            let nth = counted.add();
            async move {
                match nth {
                    0 => Err(Error::msg("the first time")),
                    nth => Ok(nth),
                }
            }
        });
        assert!(world.block_on(&request).is_err());
        let retriers = [(); 2].map(|()| {
            let (world, request) = (world.clone(), request.clone());
            thread::spawn(move || {
                let answer = request.retry();
                world.drain();
                answer
            })
        });
        let joined = world.block_on(&request);
        let answers = retriers.map(|retrier| retrier.join().unwrap());
        assert!(joined.is_err() || joined.is_ok_and(|nth| nth == 1));
        assert_eq!(answers.iter().filter(|answer| **answer == Retry::Started).count(), 1);
        assert_eq!(runs.get(), 2);
        assert_eq!(world.block_on(&request).unwrap(), 1);
        world.assert_quiet();
    });
}

/// Who has run a failing generation in its own stack gives back the interest of that generation, not of the next one.
#[test]
fn loom_retry_beside_the_end_of_a_lease() {
    explore(5, || {
        let world = World::new(1);
        let (runs, gate) = (Count::default(), Gate::default());
        let (counted, wait) = (runs.clone(), gate.clone());
        let request = world.repeatable(move || {
            let (nth, wait) = (counted.add(), wait.clone());
            async move {
                if nth == 0 {
                    return Err(Error::msg("the first time"));
                }
                wait.await;
                Ok(nth)
            }
        });
        let leader = thread::spawn({
            let request = request.clone();
            move || {
                let mut wait = request.into_future();
                let first = poll_once(&mut wait);
                (first, wait)
            }
        });
        let mut wait = None;
        if request.retry() == Retry::Started {
            let mut joined = request.clone().into_future();
            assert!(poll_once(&mut joined).is_pending());
            wait = Some(joined);
        }
        let (first, lead) = leader.join().unwrap();
        if let Some(wait) = wait {
            drop(lead);
            let answer = request.cancel();
            assert!(
                matches!(answer, Cancel::Pending { waiters: 1 }),
                "a live wait was forgotten: {answer:?}"
            );
            gate.open();
            assert_eq!(world.block_on(wait).unwrap(), 1);
        } else {
            assert!(matches!(first, Poll::Ready(Err(_))));
        }
        world.assert_quiet();
    });
}

/// C30, C31: a subscriber is called once, whether it came before the end or after it; the earlier one before any later wait
/// returns.
#[test]
fn loom_c31_subscribe_beside_finish() {
    explore(5, || {
        let world = World::new(1);
        let called = Count::default();
        let request = world.request(async { Ok(7) });
        request.submit();
        let slot = thread::spawn({
            let world = world.clone();
            move || world.drain()
        });
        let seen = called.clone();
        request.on_finished(move |_| {
            seen.add();
        });
        assert_eq!(world.block_on(&request).unwrap(), 7);
        assert_eq!(
            called.get(),
            1,
            "the wait began after the subscription and returned before the callback"
        );
        slot.join().unwrap();
        assert_eq!(called.get(), 1);
        world.assert_quiet();
    });
}
