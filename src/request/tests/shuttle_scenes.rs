//! Scenes with several slots, waiters, cancellers and joiners, each played under many random schedules.
//!
//! A scene that deadlocks fails, and so does one that leaves a request behind. What a scene asserts stands outside of the
//! workloads, where no panic is caught.

use std::future::IntoFuture;
use std::time::Duration;

use futures::future::join_all;
use shuttle::rand::{Rng, thread_rng};

use crate::error::Error;
use crate::request::request::Request;
use crate::request::shield::check_cancelled;
use crate::request::tests::shuttle_stage::{odds, play, together};
use crate::request::tests::world::{Count, Gate, YieldNow, poll_once, thread};
use crate::runtime::cancel::Cancel;
use crate::runtime::info::RequestState;
use crate::sync::{Arc, Mutex};

/// P2, P4, P14: threads and requests wait, some leave, one cancels. One run, one outcome for all who stayed.
#[test]
fn shuttle_waiters_and_a_canceller() {
    play(2, |world| {
        let runs = Count::default();
        let ran = runs.clone();
        let request = world.request(async move {
            ran.add();
            YieldNow::default().await;
            YieldNow::default().await;
            Ok(7)
        });
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let request = request.clone();
                world.request(async move { request.await })
            })
            .collect();
        waiting.iter().for_each(Request::submit);
        let shared = request.clone();
        let outcomes = together(4, move |nth| match nth {
            0 => {
                let mut wait = shared.clone().into_future();
                let _ = poll_once(&mut wait);
                drop(wait);
                None
            }
            1 => {
                let _ = shared.cancel();
                None
            }
            _ => Some(shared.wait()),
        });
        let outcomes = outcomes.into_iter().flatten().chain(waiting.iter().map(Request::wait));
        let succeeded = request.wait().is_ok();
        for outcome in outcomes {
            assert_eq!(outcome.is_ok(), succeeded);
            assert!(outcome.is_ok() || outcome.is_err_and(|error| error.is_cancelled() && !error.is_interrupted()));
        }
        assert!(runs.get() <= 1);
    });
}

/// P5: cancelled, wanted again, cancelled … Whoever waits gets a value, whatever the others do.
#[test]
fn shuttle_generations() {
    play(2, |world| {
        let running = Count::default();
        let overlap = Count::default();
        let (inside, bad) = (running.clone(), overlap.clone());
        let request = world.repeatable(move || {
            let (inside, bad) = (inside.clone(), bad.clone());
            async move {
                let before = inside.add();
                YieldNow::default().await;
                if inside.get() != before + 1 {
                    bad.add();
                }
                Ok(7)
            }
        });
        let shared = request.clone();
        let waited = together(4, move |_| {
            let mut answers = Vec::new();
            for _ in 0..2 {
                match thread_rng().gen_range(0..4) {
                    0 => answers.push(shared.wait()),
                    1 => drop(shared.cancel()),
                    2 => shared.submit(),
                    _ => {
                        let mut wait = shared.clone().into_future();
                        let _ = poll_once(&mut wait);
                    }
                }
            }
            answers
        });
        for answer in waited.into_iter().flatten() {
            assert_eq!(answer.expect("a cancellation that this waiter did not ask for"), 7);
        }
        assert_eq!(request.wait().unwrap(), 7);
        assert_eq!(overlap.get(), 0, "two generations ran at once");
    });
}

/// A diamond of repeatable requests, cancelled here and there while two threads want its end.
#[test]
fn shuttle_diamond() {
    play(3, |world| {
        let source = world.repeatable(|| async {
            YieldNow::default().await;
            Ok(1)
        });
        let side = |weight: i32| {
            let source = source.clone();
            world.repeatable(move || {
                let source = source.clone();
                async move { Ok(source.await? * weight) }
            })
        };
        let (left, right) = (side(2), side(3));
        let (a, b) = (left.clone(), right.clone());
        let end = world.repeatable(move || {
            let (a, b) = (a.clone(), b.clone());
            async move {
                let both = join_all([a.into_future(), b.into_future()]).await;
                both.into_iter().sum::<Result<i32, Error>>()
            }
        });
        let parts = [source, left, right, end.clone()];
        let outcomes = together(4, move |nth| match nth {
            0 | 1 => Some(parts[3].wait()),
            _ => {
                let _ = parts[thread_rng().gen_range(0..4)].cancel();
                None
            }
        });
        for outcome in outcomes.into_iter().flatten() {
            assert_eq!(outcome.expect("a cancellation that this waiter did not ask for"), 5);
        }
        assert_eq!(end.wait().unwrap(), 5);
    });
}

/// C30, C33: subscribers from several threads, one of them makes more work. Each is called once.
#[test]
fn shuttle_callbacks() {
    play(2, |world| {
        let (told, later) = (Count::default(), Arc::<Mutex<Vec<Request<()>>>>::default());
        let request = world.request(async {
            YieldNow::default().await;
            Ok(7)
        });
        request.submit();
        let (shared, tell, count) = (request.clone(), told.clone(), Arc::clone(&later));
        let cancelled = together(4, move |nth| match nth {
            0 => shared.cancel() == Cancel::Cancelled,
            _ => {
                let (tell, count) = (tell.clone(), Arc::clone(&count));
                shared.on_done(move |_| {
                    tell.add();
                    let more = Request::new(async { Ok(()) });
                    more.submit();
                    count.lock().push(more);
                });
                false
            }
        });
        let outcome = request.wait();
        assert_eq!(outcome.is_err(), cancelled[0]);
        assert_eq!(told.get(), 3);
        let made = std::mem::take(&mut *later.lock());
        assert!(
            made.iter().all(|more| more.wait().is_ok()),
            "cancelled with the request that had ended"
        );
    });
}

/// A fan that is cancelled, or not, at any moment: all of it ends.
#[test]
fn shuttle_fan() {
    play(3, |world| {
        let ended = Count::default();
        let end = ended.clone();
        let parent = world.request(async move {
            let children: Vec<_> = (0..6)
                .map(|nth| {
                    let child = Request::new(async move {
                        YieldNow::default().await;
                        Ok(nth)
                    });
                    let end = end.clone();
                    child.on_done(move |_| {
                        end.add();
                    });
                    if nth % 2 == 0 {
                        child.submit();
                    }
                    child
                })
                .collect();
            let all = join_all(children.iter().map(IntoFuture::into_future)).await;
            all.into_iter().sum::<Result<i32, Error>>()
        });
        let shared = parent.clone();
        let outcomes = together(2, move |nth| match nth {
            0 => {
                shared.submit();
                shared.wait().is_ok()
            }
            _ => shared.cancel() != Cancel::Cancelled,
        });
        if outcomes[1] {
            assert!(outcomes[0] && parent.wait().unwrap() == 15);
        } else {
            assert!(parent.wait().unwrap_err().is_cancelled());
        }
    });
}

/// P32: urgent waiters come and go along a chain; in the end all loans are paid back and everything ran once.
#[test]
fn shuttle_loans() {
    play(2, |world| {
        let gate = Gate::default();
        let runs = Count::default();
        let (wait, ran) = (gate.clone(), runs.clone());
        let mut chain = vec![world.builder().priority(9).future(async move {
            ran.add();
            wait.await;
            Ok(0)
        })];
        for _ in 0..2 {
            let (below, ran) = (chain.last().unwrap().clone(), runs.clone());
            chain.push(world.builder().priority(9).future(async move {
                ran.add();
                Ok(below.await? + 1)
            }));
        }
        chain.iter().for_each(Request::submit);
        let urgent: Vec<_> = (0..3)
            .map(|nth| {
                let below = chain[nth].clone();
                world.builder().priority(nth as i32).future(async move {
                    let mut wait = below.into_future();
                    let _ = futures::poll!(&mut wait);
                    YieldNow::default().await;
                    Ok(0)
                })
            })
            .collect();
        let waiters = urgent.clone();
        together(3, move |nth| {
            waiters[nth].submit();
            assert!(waiters[nth].wait().is_ok());
        });
        let level = |request: &Request<i32>| request.head().lock().effective.level();
        if chain.iter().all(|request| request.state() == RequestState::Suspended) {
            assert!(
                chain.iter().all(|request| level(request) == 9),
                "a loan outlived its wait"
            );
        }
        gate.open();
        assert_eq!(chain[2].wait().unwrap(), 2);
        assert_eq!(runs.get(), 3);
    });
}

/// C24: a time of grace that ends at any moment beside waiters that come and go.
#[test]
fn shuttle_grace() {
    play(2, |world| {
        let gate = Gate::default();
        let wait = gate.clone();
        let request = world.builder().grace(Duration::from_secs(3_600)).repeatable(move || {
            let wait = wait.clone();
            async move {
                wait.await;
                Ok(7)
            }
        });
        request.submit();
        let (shared, stage, opened) = (request.clone(), world.clone(), gate.clone());
        let outcomes = together(4, move |nth| match nth {
            0 => Some(shared.wait()),
            1 => {
                let _ = shared.cancel();
                stage.fire();
                None
            }
            2 => {
                let mut wait = shared.clone().into_future();
                let _ = poll_once(&mut wait);
                drop(wait);
                stage.fire();
                None
            }
            _ => {
                opened.open();
                None
            }
        });
        for outcome in outcomes.into_iter().flatten() {
            assert_eq!(outcome.expect("a cancellation that this waiter did not ask for"), 7);
        }
        assert_eq!(request.wait().unwrap(), 7);
    });
}

/// C10: time-outs leave no trace: once all of them have passed, a cancellation takes effect at once.
#[test]
fn shuttle_timeouts() {
    play(2, |world| {
        let request = world.request(async {
            std::future::pending::<()>().await;
            Ok(7)
        });
        request.submit();
        let (shared, stage) = (request.clone(), world.clone());
        let outcomes = together(3, move |nth| match nth {
            0 => shared.wait_timeout(Duration::ZERO),
            1 => stage.block_on(shared.timeout(Duration::ZERO)),
            _ => {
                let shared = shared.clone();
                stage
                    .request(async move { shared.timeout(Duration::ZERO).await })
                    .wait()
            }
        });
        assert!(outcomes.into_iter().all(|outcome| outcome.unwrap_err().is_timeout()));
        assert_eq!(request.cancel(), Cancel::Cancelled);
        assert!(request.wait().unwrap_err().is_cancelled());
    });
}

/// P34: requests that wait for each other at random. With a circle, everybody gets an answer; without one, no false alarm.
#[test]
fn shuttle_circles() {
    play(2, |world| {
        const SIZE: usize = 4;
        let all: Arc<Mutex<Vec<Request<u32>>>> = Arc::default();
        let acyclic = odds(2);
        let made: Vec<_> = (0..SIZE)
            .map(|nth| {
                let targets: Vec<usize> = (0..thread_rng().gen_range(0..3))
                    .map(|_| match acyclic {
                        true => thread_rng().gen_range(nth..SIZE) + 1,
                        false => thread_rng().gen_range(0..SIZE),
                    })
                    .filter(|target| *target < SIZE)
                    .collect();
                let others = Arc::clone(&all);
                world.request(async move {
                    let targets: Vec<_> = {
                        let others = others.lock();
                        targets.iter().map(|target| others[*target].clone()).collect()
                    };
                    let answers = join_all(targets.iter().map(IntoFuture::into_future)).await;
                    answers.into_iter().sum::<Result<u32, Error>>()
                })
            })
            .collect();
        *all.lock() = made.clone();
        let shared = made.clone();
        together(2, move |half| {
            shared.iter().skip(half * SIZE / 2).for_each(Request::submit)
        });
        for request in &made {
            match request.wait() {
                Ok(_) => {}
                Err(error) => assert!(!acyclic && error.is_circular(), "{}", error.report()),
            }
        }
        let left = std::mem::take(&mut *all.lock());
        drop(left);
    });
}

/// C43: the runtime shuts down under load. Every wait returns.
#[test]
fn shuttle_shutdown() {
    play(2, |world| {
        let source = world.repeatable(|| async {
            YieldNow::default().await;
            YieldNow::default().await;
            Ok(1)
        });
        let (shared, stage) = (source.clone(), world.clone());
        let outcomes = together(4, move |nth| match nth {
            0 => {
                stage.engine.close();
                while !stage.engine.live().is_empty() {
                    stage.engine.live().into_iter().for_each(|task| task.shut_down(false));
                    thread::yield_now();
                }
                None
            }
            1 => {
                let _ = shared.cancel();
                Some(shared.wait())
            }
            _ => {
                let below = shared.clone();
                let above = stage.request(async move { below.await });
                above.submit();
                Some(above.wait())
            }
        });
        for outcome in outcomes.into_iter().flatten() {
            assert!(outcome.is_ok() || outcome.is_err_and(|error| error.is_shut_down()));
        }
    });
}

/// C29: a failed request is retried from several sides while others join and cancel.
#[test]
fn shuttle_retry() {
    play(2, |world| {
        let runs = Count::default();
        let counted = runs.clone();
        let request = world.repeatable(move || {
            let nth = counted.add();
            async move {
                YieldNow::default().await;
                match nth {
                    0 => Err(Error::msg("the first time")),
                    nth => Ok(nth),
                }
            }
        });
        let shared = request.clone();
        let outcomes = together(4, move |nth| match nth {
            0 | 1 => {
                let first = shared.wait();
                let _ = shared.retry();
                Some((first, shared.wait()))
            }
            2 => {
                let _ = shared.cancel();
                None
            }
            _ => {
                shared.submit();
                None
            }
        });
        for (first, second) in outcomes.into_iter().flatten() {
            assert!(first.is_ok() || first.is_err_and(|error| !error.is_cancelled()));
            assert!(second.is_ok());
        }
        assert_eq!(request.wait().unwrap() + 1, runs.get());
    });
}

/// C14, C19: a tree that grows while it is cancelled. Nothing of it stays alive.
#[test]
fn shuttle_growing_tree() {
    fn grow(depth: u32) -> Request<u32> {
        Request::new(async move {
            if depth == 0 {
                std::future::pending::<()>().await;
            }
            let children = [grow(depth - 1), grow(depth - 1)];
            children[0].submit();
            YieldNow::default().await;
            check_cancelled()?;
            let all = join_all(children.iter().map(IntoFuture::into_future)).await;
            all.into_iter().sum::<Result<u32, Error>>()
        })
    }
    play(3, |world| {
        let root = world.request(async { grow(2).await });
        root.submit();
        let shared = root.clone();
        together(2, move |nth| match nth {
            0 => {
                thread::yield_now();
                let _ = shared.cancel();
            }
            _ => {
                let mut wait = shared.clone().into_future();
                let _ = poll_once(&mut wait);
            }
        });
        let _ = root.cancel();
        assert!(root.wait().unwrap_err().is_cancelled());
    });
}
