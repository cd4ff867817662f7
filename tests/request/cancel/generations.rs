//! C21, C22: the generations of a repeatable request.

use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use headwater::{Cancel, Request, RequestState, check_cancelled};

use crate::support::*;

#[test]
fn c21_r027_cancelled_is_distinct_from_being_cancelled_oneself() {
    let rt = Rt::new(1);
    let target = Request::new(async { Ok(1) });
    let _ = target.cancel();
    let parent = Request::new(async move { target.await });
    let error = parent.wait().unwrap_err();
    assert!(error.is_cancelled() && !error.is_interrupted(), "{error:?}");
    // It was the other one that was cancelled: this one failed of it.
    assert_eq!(parent.state(), RequestState::Failed);
    rt.settle();
}

/// A repeatable request whose first generation blocks inside of its poll until let go.
struct Again {
    request: Request<usize>,
    inside: Latch,
    go_on: Latch,
    generations: Counter,
}

fn again(ignores: bool) -> Again {
    let (inside, go_on, generations) = (Latch::new(), Latch::new(), Counter::new());
    let request = Request::repeatable({
        let (inside, go_on, generations) = (inside.clone(), go_on.clone(), generations.clone());
        move || {
            let (inside, go_on, nth) = (inside.clone(), go_on.clone(), generations.add());
            async move {
                if nth == 0 {
                    inside.open();
                    go_on.wait();
                    if !ignores {
                        check_cancelled()?;
                    }
                }
                Ok(nth)
            }
        }
    });
    Again {
        request,
        inside,
        go_on,
        generations,
    }
}

#[test]
fn c21_p05_who_waits_for_a_cancelled_repeatable_one_gets_the_next_generation() {
    let rt = Rt::new(2);
    let Again {
        request,
        inside,
        go_on,
        generations,
    } = again(false);
    request.submit();
    inside.wait();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    let inner = request.clone();
    let waiting = thread(&rt, move || inner.wait());
    until("the thread waits", || request.info().waiters == 1);
    // Not before the old generation has really ended.
    assert_eq!(generations.get(), 1);
    go_on.open();
    assert_eq!(join(waiting).unwrap(), 1);
    assert_eq!(generations.get(), 2);
    rt.settle();
}

#[test]
fn c21_after_its_end_submit_await_and_wait_each_start_the_next_generation() {
    let rt = Rt::new(1);
    for how in 0..3 {
        let request = Request::repeatable(|| async { Ok(1) });
        assert_eq!(request.cancel(), Cancel::Cancelled);
        assert!(request.try_result().unwrap().unwrap_err().is_cancelled());
        match how {
            0 => request.submit(),
            1 => assert_eq!(futures::executor::block_on(request.clone().into_future()).unwrap(), 1),
            _ => assert_eq!(request.wait().unwrap(), 1),
        }
        until_state(&request, RequestState::Succeeded);
        assert!(!request.is_cancelled());
    }
    rt.settle();
}

#[test]
fn c21_callbacks_of_both_generations() {
    let rt = Rt::new(1);
    let log = Log::new();
    let request = Request::repeatable(|| async { Ok(1) });
    let (a, b) = (log.clone(), log.clone());
    request.on_cancelled(move || a.push("first cancelled"));
    assert_eq!(request.cancel(), Cancel::Cancelled);
    request.on_cancelled({
        let log = log.clone();
        move || log.push("late")
    });
    let next = request.clone().into_future();
    request.submit();
    request.on_finished(move |_| b.push("second finished"));
    assert_eq!(futures::executor::block_on(next).unwrap(), 1);
    until("all are told", || log.get().len() == 3);
    assert_eq!(log.get(), ["first cancelled", "late", "second finished"]);
    rt.settle();
}

#[test]
fn c22_p06_if_the_old_generation_finished_after_all_the_next_takes_its_value() {
    let rt = Rt::new(2);
    let Again {
        request,
        inside,
        go_on,
        generations,
    } = again(true);
    request.submit();
    inside.wait();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    let mut wait = request.clone().into_future();
    assert!(poll_once(&mut wait).is_pending());
    go_on.open();
    assert_eq!(futures::executor::block_on(wait).unwrap(), 0);
    assert_eq!(generations.get(), 1);
    assert!(!request.is_cancelled());
    rt.settle();
}

#[test]
fn c22_without_interest_a_stale_value_is_dropped() {
    let rt = Rt::new(2);
    let Again {
        request,
        inside,
        go_on,
        generations,
    } = again(true);
    request.submit();
    inside.wait();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    go_on.open();
    until_state(&request, RequestState::Cancelled);
    assert_eq!(request.wait().unwrap(), 1);
    assert_eq!(generations.get(), 2);
    rt.settle();
}

#[test]
fn c22_p05_p06_cancel_and_wait_in_a_random_history() {
    let rt = Rt::new(2);
    let running = Counter::new();
    let request = Request::repeatable({
        let running = running.clone();
        move || {
            let running = running.clone();
            async move {
                assert_eq!(running.add(), 0, "two generations at once");
                struct Leave(Counter);
                impl Drop for Leave {
                    fn drop(&mut self) {
                        self.0.sub();
                    }
                }
                let _leave = Leave(running);
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                std::future::pending::<()>().await;
                Ok(1)
            }
        }
    });
    let threads: Vec<_> = (0..3u64)
        .map(|seed| {
            let request = request.clone();
            thread(&rt, move || {
                let mut random = seed + 1;
                for _ in 0..300 {
                    random = random
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    let mut wait = request.clone().into_future();
                    match (random >> 33) % 3 {
                        0 => drop(request.cancel()),
                        1 => assert!(poll_once(&mut wait).is_pending()),
                        _ => {
                            let outcome = request.wait_timeout(Duration::from_micros(50));
                            assert!(
                                outcome.unwrap_err().is_timeout(),
                                "a cancellation that nobody here asked for"
                            );
                        }
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(join);
    let _ = request.cancel();
    rt.settle();
    assert_eq!(running.get(), 0);
}

#[test]
fn r045_a_cache_that_shares_repeatable_work_never_fails_an_innocent_waiter() {
    let rt = Rt::new(2);
    let value = Request::repeatable(|| async {
        tokio::task::yield_now().await;
        Ok(1)
    });
    let stop = Arc::new(AtomicBool::new(false));
    let (pest, over) = (value.clone(), Arc::clone(&stop));
    let canceller = thread(&rt, move || {
        while !over.load(Ordering::SeqCst) {
            let _ = pest.cancel();
        }
    });
    for _ in 0..200 {
        let inner = value.clone();
        assert_eq!(Request::new(async move { inner.await }).wait().unwrap(), 1);
    }
    stop.store(true, Ordering::SeqCst);
    join(canceller);
    rt.settle();
}
