//! Locks: C41, R82–R91.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use headwater::{Error, Request, RequestContext, RequestLock, RequestLockGuard, RequestState, Runtime, shield};
use tokio::sync::oneshot;

use crate::{runtime, until, until_empty};

type Log = Arc<Mutex<Vec<u32>>>;

/// One poll by nobody in particular.
fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn log(log: &Log, entry: u32) {
    log.lock().unwrap().push(entry);
}

fn entries(log: &Log) -> Vec<u32> {
    log.lock().unwrap().clone()
}

fn waits_for_lock<T: Clone + Send + Sync + 'static>(request: &Request<T>) -> bool {
    request.state() == RequestState::Suspended && !request.info().waits_for_locks.is_empty()
}

/// A request that takes the lock, says so, and ends.
fn taker(rt: &Runtime, lock: &RequestLock<()>, served: &Log, name: u32, priority: i32) -> Request<()> {
    let (lock, served) = (lock.clone(), Arc::clone(served));
    let request = Request::builder().on(rt).priority(priority).future(async move {
        let _guard = lock.lock().await?;
        log(&served, name);
        Ok(())
    });
    request.submit();
    request
}

#[test]
fn c41_r82_requests_tasks_and_threads_exclude_each_other() -> Result<(), Error> {
    const EACH: usize = 40;
    let rt = runtime(2)?;
    let lock = RequestLock::new(Vec::new());
    let inside = Arc::new(AtomicUsize::new(0));
    let host = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let append = {
        let inside = Arc::clone(&inside);
        move |list: &mut Vec<usize>, entry| {
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
            list.push(entry);
            inside.fetch_sub(1, Ordering::SeqCst);
        }
    };
    let requests: Vec<_> = (0..EACH)
        .map(|nth| {
            let (lock, append) = (lock.clone(), append.clone());
            let request = Request::builder().on(&rt).future(async move {
                let mut guard = lock.lock().await?;
                tokio::task::yield_now().await;
                append(&mut guard, nth);
                Ok(())
            });
            request.submit();
            request
        })
        .collect();
    let tasks: Vec<_> = (0..EACH)
        .map(|nth| {
            let (lock, append) = (lock.clone(), append.clone());
            host.spawn(async move { append(&mut lock.lock().await.unwrap(), EACH + nth) })
        })
        .collect();
    std::thread::scope(|scope| {
        for nth in 0..EACH {
            let (lock, append) = (lock.clone(), append.clone());
            scope.spawn(move || append(&mut lock.lock_wait().unwrap(), 2 * EACH + nth));
        }
    });
    requests.iter().try_for_each(Request::wait)?;
    tasks.into_iter().for_each(|task| host.block_on(task).unwrap());
    let mut all = lock.lock_wait()?.clone();
    all.sort_unstable();
    assert_eq!(all, (0..3 * EACH).collect::<Vec<_>>());
    assert!(!lock.is_locked());
    until_empty(&rt);
    Ok(())
}

#[test]
fn r83_the_holder_cannot_take_it_again() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let request = Request::builder().on(&rt).future(async move {
        let guard = lock.lock().await?;
        let second = lock.try_lock().is_some();
        let timed = lock
            .lock_timeout(Duration::from_millis(1))
            .await
            .unwrap_err()
            .is_timeout();
        drop(guard);
        Ok((second, timed, lock.try_lock().is_some()))
    });
    assert_eq!(request.wait()?, (false, true, true));
    until_empty(&rt);
    Ok(())
}

#[test]
fn r84_any_party_may_release_in_two_rings_of_a_thousand() -> Result<(), Error> {
    let rt = runtime(2)?;
    let lock = RequestLock::new(0_u32);
    // Each request takes the lock and gives the guard to one that only releases it.
    let makers: Vec<_> = (0..1_000)
        .map(|_| {
            let lock = lock.clone();
            let (give, take) = oneshot::channel::<RequestLockGuard<u32>>();
            let releaser = Request::builder().on(&rt).future(async move {
                if let Ok(mut guard) = take.await {
                    *guard += 1;
                }
                Ok(())
            });
            let owner = Request::builder().on(&rt).future(async move {
                let _ = give.send(lock.lock().await?);
                Ok(())
            });
            releaser.submit();
            owner.submit();
            (owner, releaser)
        })
        .collect();
    for (owner, releaser) in makers {
        owner.wait()?;
        releaser.wait()?;
    }
    assert_eq!(*lock.lock_wait()?, 1_000);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r85_waiting_requests_are_served_by_priority() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let served = Log::default();
    let held = lock.lock_wait()?;
    let requests: Vec<_> = (0..6)
        .rev()
        .map(|nth| taker(&rt, &lock, &served, nth, nth as i32))
        .collect();
    until(|| requests.iter().all(waits_for_lock));
    drop(held);
    requests.iter().try_for_each(Request::wait)?;
    assert_eq!(entries(&served), [0, 1, 2, 3, 4, 5]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r86_who_comes_again_and_again_overtakes_nobody_twice() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let served = Log::default();
    let held = lock.lock_wait()?;
    let greedy = {
        let (lock, served) = (lock.clone(), Arc::clone(&served));
        Request::builder().on(&rt).priority(-9).future(async move {
            for _ in 0..5 {
                let _guard = lock.lock().await?;
                log(&served, 0);
            }
            Ok(())
        })
    };
    greedy.submit();
    let modest: Vec<_> = (1..4).map(|nth| taker(&rt, &lock, &served, nth, 0)).collect();
    until(|| waits_for_lock(&greedy) && modest.iter().all(waits_for_lock));
    drop(held);
    greedy.wait()?;
    modest.iter().try_for_each(Request::wait)?;
    // The batch of four; then it is alone.
    assert_eq!(entries(&served), [0, 1, 2, 3, 0, 0, 0, 0]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r87_neither_kind_starves_the_other() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let served = Log::default();
    let held = lock.lock_wait()?;
    let mut first = pin!(lock.lock());
    assert!(poll(first.as_mut()).is_pending());
    let low = taker(&rt, &lock, &served, 2, 5);
    until(|| waits_for_lock(&low));
    let mut second = pin!(lock.lock());
    assert!(poll(second.as_mut()).is_pending());
    let high = taker(&rt, &lock, &served, 1, -5);
    until(|| waits_for_lock(&high));
    drop(held);
    let Poll::Ready(guard) = poll(first.as_mut()) else {
        panic!("the first to come is the first to go")
    };
    drop(guard?);
    let Poll::Ready(guard) = poll(second.as_mut()) else {
        panic!("it came before the most urgent request")
    };
    assert!(entries(&served).is_empty());
    drop(guard?);
    low.wait()?;
    high.wait()?;
    assert_eq!(entries(&served), [1, 2]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r88_r89_a_cancelled_waiter_ends_at_once_and_the_lock_stays_usable() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let held = lock.lock_wait()?;
    let (say, cleaned) = mpsc::channel();
    let waiter = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            let outcome = lock.lock().await.map(drop);
            let _ = say.send(outcome.as_ref().is_err_and(Error::is_interrupted));
            outcome
        })
    };
    waiter.submit();
    until(|| waits_for_lock(&waiter));
    let _ = waiter.cancel();
    // Before anybody released it (R40), and in its own code (C16).
    assert!(waiter.wait().unwrap_err().is_cancelled());
    assert_eq!(cleaned.recv(), Ok(true));
    assert!(lock.is_locked());
    drop(held);
    assert!(!lock.is_locked());
    drop(lock.lock_wait()?);
    until_empty(&rt);
    Ok(())
}

#[test]
fn r89_cancelled_right_after_the_grant_it_passes_the_lock_on() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let served = Log::default();
    let held = lock.lock_wait()?;
    let first = taker(&rt, &lock, &served, 1, 0);
    until(|| waits_for_lock(&first));
    let next = taker(&rt, &lock, &served, 2, 0);
    until(|| waits_for_lock(&next));
    // The only slot is busy, so whoever is granted the lock does not get to know yet.
    let (in_slot, is_in_slot) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel::<()>();
    let plug = Request::builder().on(&rt).future(async move {
        let _ = in_slot.send(());
        let _ = may_leave.recv();
        Ok(())
    });
    plug.submit();
    let _ = is_in_slot.recv();
    drop(held);
    assert_eq!(first.state(), RequestState::Queued);
    let _ = first.cancel();
    let _ = leave.send(());
    next.wait()?;
    assert!(first.wait().unwrap_err().is_cancelled());
    assert_eq!(entries(&served), [2]);
    until(|| !lock.is_locked());
    until_empty(&rt);
    Ok(())
}

#[test]
fn r89_a_waiter_that_is_dropped_with_the_grant_passes_it_on() -> Result<(), Error> {
    let lock = RequestLock::new(());
    let held = lock.lock_wait()?;
    let mut first = Box::pin(lock.lock());
    let mut second = Box::pin(lock.lock());
    let mut third = Box::pin(lock.lock());
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    assert!(poll(third.as_mut()).is_pending());
    drop(second); // still queued
    drop(held);
    assert!(poll(third.as_mut()).is_pending());
    drop(first); // granted
    assert!(matches!(poll(third.as_mut()), Poll::Ready(Ok(_))));
    drop(third);
    assert!(!lock.is_locked());
    Ok(())
}

#[test]
fn r89_a_time_out_leaves_no_trace() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(()).named("the lock");
    let held = lock.lock_wait()?;
    let error = lock.lock_wait_timeout(Duration::from_millis(1)).unwrap_err();
    assert!(
        error.is_timeout() && error.report().contains("the lock"),
        "{}",
        error.report()
    );
    let in_request = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            let error = lock.lock_timeout(Duration::from_millis(1)).await.map(drop).unwrap_err();
            Ok(error.is_timeout())
        })
    };
    assert!(in_request.wait()?);
    let past = RequestContext::current().with_deadline(Instant::now());
    let late = Request::builder().on(&rt).context(past).future({
        let lock = lock.clone();
        async move { Ok(lock.lock().await.map(drop).unwrap_err().is_timeout()) }
    });
    late.submit();
    until(|| late.has_ended());
    assert!(late.wait()?);
    drop(held);
    assert!(!lock.is_locked());
    until_empty(&rt);
    Ok(())
}

#[test]
fn r89_r90_a_cancelled_request_may_still_try() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let (say, heard) = mpsc::channel();
    let request = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            let _ = headwater::cancellable(std::future::pending::<()>()).await;
            // A wait is over at once even if the lock is free; trying, and waiting in a shield, are for clean-ups.
            let waited = lock.lock().await.map(drop).unwrap_err().is_interrupted();
            let tried = lock.try_lock().is_some();
            let shielded = shield(lock.lock()).await.is_ok();
            let _ = say.send((waited, tried, shielded));
            Ok(())
        })
    };
    request.submit();
    until(|| request.state() == RequestState::Suspended);
    let _ = request.cancel();
    assert!(request.wait().unwrap_err().is_cancelled());
    assert_eq!(heard.recv(), Ok((true, true, true)));
    until(|| !lock.is_locked());
    until_empty(&rt);
    Ok(())
}

#[test]
fn c41_a_shield_keeps_its_place_in_the_queue() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(0);
    let held = lock.lock_wait()?;
    let request = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            *shield(lock.lock()).await? += 1;
            Ok(())
        })
    };
    request.submit();
    until(|| waits_for_lock(&request));
    let _ = request.cancel();
    until(|| waits_for_lock(&request));
    drop(held);
    assert!(request.wait().unwrap_err().is_cancelled());
    assert_eq!(*lock.lock_wait()?, 1);
    until_empty(&rt);
    Ok(())
}

/// A request that takes `first`, says so, waits for `gate`, and then takes `second` if there is one.
fn holder(
    rt: &Runtime,
    priority: i32,
    first: &RequestLock<()>,
    second: Option<&RequestLock<()>>,
) -> (Request<()>, oneshot::Sender<()>) {
    let (open, gate) = oneshot::channel::<()>();
    let (first, second) = (first.clone(), second.cloned());
    let request = Request::builder().on(rt).priority(priority).future(async move {
        let _first = first.lock().await?;
        let _second = match &second {
            Some(second) => Some(second.lock().await?),
            None => None,
        };
        let _ = gate.await;
        Ok(())
    });
    request.submit();
    (request, open)
}

#[test]
fn c35_the_best_waiter_lends_its_priority_through_locks() -> Result<(), Error> {
    let rt = runtime(2)?;
    let (one, two) = (RequestLock::new(()), RequestLock::new(()));
    let served = Log::default();
    let (low, open_low) = holder(&rt, 9, &one, None);
    until(|| one.is_locked() && low.state() == RequestState::Suspended);
    let (middle, open_middle) = holder(&rt, 8, &two, Some(&one));
    until(|| waits_for_lock(&middle));
    let level = |request: &Request<()>| request.info().priority.level();
    until(|| level(&low) == 8);
    let urgent = taker(&rt, &two, &served, 1, -3);
    until(|| waits_for_lock(&urgent));
    until(|| (level(&low), level(&middle)) == (-3, -3));
    // The loan ends with the hand-over …
    let _ = open_low.send(());
    low.wait()?;
    until(|| level(&middle) == -3 && middle.info().waits_for_locks.is_empty());
    // … and with the wait.
    let _ = urgent.cancel();
    assert!(urgent.wait().unwrap_err().is_cancelled());
    until(|| level(&middle) == 8);
    let _ = open_middle.send(());
    middle.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn c35_the_new_holder_gets_the_loan_of_those_who_are_left() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let served = Log::default();
    let held = lock.lock_wait()?;
    let (low, open) = holder(&rt, 9, &lock, None);
    until(|| waits_for_lock(&low));
    drop(held);
    until(|| low.info().waits_for_locks.is_empty());
    let urgent = taker(&rt, &lock, &served, 1, -3);
    until(|| low.info().priority.level() == -3);
    let _ = open.send(());
    urgent.wait()?;
    low.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn c35_a_waiter_that_becomes_more_urgent_moves_up() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(());
    let served = Log::default();
    let held = lock.lock_wait()?;
    let first = taker(&rt, &lock, &served, 1, 1);
    let second = taker(&rt, &lock, &served, 2, 2);
    until(|| waits_for_lock(&first) && waits_for_lock(&second));
    let wants_second = {
        let second = second.clone();
        Request::builder()
            .on(&rt)
            .priority(-1)
            .future(async move { second.await })
    };
    wants_second.submit();
    until(|| second.info().priority.level() == -1);
    // The loan reaches the lock a moment after the snapshot shows it; a turn of the only slot is after that.
    until(|| wants_second.state() == RequestState::Suspended);
    drop(held);
    wants_second.wait()?;
    first.wait()?;
    assert_eq!(entries(&served), [2, 1]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c35_two_requests_that_hold_what_the_other_wants_lend_without_end_but_not_for_ever() -> Result<(), Error> {
    let rt = runtime(2)?;
    let (one, two) = (RequestLock::new(()), RequestLock::new(()));
    let (opens, gates): (Vec<_>, Vec<_>) = (0..2).map(|_| oneshot::channel::<()>()).unzip();
    let requests: Vec<_> = [(&one, &two), (&two, &one)]
        .into_iter()
        .zip(gates)
        .enumerate()
        .map(|(nth, ((mine, other), gate))| {
            let (mine, other) = (mine.clone(), other.clone());
            let request = Request::builder().on(&rt).priority(nth as i32).future(async move {
                let _mine = mine.lock().await?;
                let _ = gate.await;
                let _other = other.lock().await?;
                Ok(())
            });
            request.submit();
            request
        })
        .collect();
    until(|| one.is_locked() && two.is_locked());
    for open in opens {
        let _ = open.send(());
    }
    until(|| requests.iter().all(waits_for_lock));
    assert!(requests.iter().all(|request| request.info().priority.level() == 0));
    // A deadlock of the user's own; it is told, and cancelling one of the two ends it.
    assert!(
        requests[0].explain().contains("lock made at"),
        "{}",
        requests[0].explain()
    );
    let _ = requests[0].cancel();
    requests[1].wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn c35_a_chain_of_ten_thousand_locks_lends_without_recursion() -> Result<(), Error> {
    const LOCKS: usize = 10_000;
    // One slot: they take their own locks one after the other.
    let rt = runtime(1)?;
    let locks: Vec<_> = (0..LOCKS).map(|_| RequestLock::new(())).collect();
    let (first, open) = holder(&rt, 9, &locks[0], None);
    until(|| locks[0].is_locked());
    let chain: Vec<_> = (1..LOCKS)
        .map(|nth| {
            let (request, open) = holder(&rt, 9, &locks[nth], Some(&locks[nth - 1]));
            drop(open);
            request
        })
        .collect();
    until(|| chain.last().is_some_and(waits_for_lock));
    let urgent = taker(&rt, &locks[LOCKS - 1], &Log::default(), 1, -3);
    until(|| first.info().priority.level() == -3);
    let _ = open.send(());
    urgent.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn c48_explanation_and_snapshot_name_the_lock_and_its_holder() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(()).named("block 3/7");
    let (open, gate) = oneshot::channel::<()>();
    let owner = {
        let lock = lock.clone();
        Request::builder().on(&rt).name("writer").future(async move {
            let _guard = lock.lock().await?;
            let _ = gate.await;
            Ok(())
        })
    };
    owner.submit();
    until(|| lock.is_locked());
    let waiter = taker(&rt, &lock, &Log::default(), 1, 0);
    until(|| waits_for_lock(&waiter));
    let told = waiter.explain();
    assert!(told.contains("the lock `block 3/7`, held by `writer`"), "{told}");
    let listed = rt.snapshot().into_iter().find(|info| info.id == waiter.id()).unwrap();
    assert_eq!(listed.waits_for_locks, [Arc::from("block 3/7")]);
    let _ = open.send(());
    waiter.wait()?;
    owner.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn c41_a_panic_releases_the_lock_without_poison() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(1);
    let request = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            let mut guard = lock.lock().await?;
            *guard = 2;
            panic!("with the lock");
            #[allow(unreachable_code, reason = "the type of the future")]
            Ok(())
        })
    };
    assert!(request.wait().unwrap_err().is_panic());
    let in_thread = catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.lock_wait();
        panic!("with the lock");
    }));
    assert!(in_thread.is_err());
    assert_eq!(*lock.lock_wait()?, 2);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c41_c09_a_request_may_block_its_thread_for_a_lock_but_a_kernel_may_not() -> Result<(), Error> {
    let rt = runtime(1)?;
    let lock = RequestLock::new(0);
    let held = lock.lock_wait()?;
    let blocking = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move { Ok(*lock.lock_wait()?) })
    };
    blocking.submit();
    until(|| !blocking.info().waits_for_locks.is_empty());
    // Its slot has been handed over.
    Request::builder().on(&rt).future(async { Ok(()) }).wait()?;
    let kernel = {
        let lock = lock.clone();
        Request::builder().on(&rt).kernel(move |_| {
            assert!(lock.try_lock().is_none());
            lock.lock_wait().map(drop)
        })
    };
    assert!(kernel.wait().unwrap_err().is_would_block());
    drop(held);
    assert_eq!(blocking.wait()?, 0);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c44_inline_requests_share_a_lock() -> Result<(), Error> {
    let rt = runtime(0)?;
    let lock = RequestLock::new(0);
    let (open, gate) = oneshot::channel::<()>();
    let first = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            let mut guard = lock.lock().await?;
            let _ = gate.await;
            *guard += 1;
            Ok(())
        })
    };
    first.submit();
    assert!(lock.is_locked());
    let second = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move {
            *lock.lock().await? += 1;
            Ok(())
        })
    };
    second.submit();
    let _ = open.send(());
    // Whoever waits does the work, for a lock too.
    assert_eq!(*lock.lock_wait()?, 2);
    second.wait()?;
    first.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn r89_whatever_happens_to_its_waiters_the_lock_ends_free() -> Result<(), Error> {
    let rt = runtime(2)?;
    let lock = RequestLock::new(0_u64);
    let requests: Vec<_> = (0..600_u32)
        .map(|nth| {
            let lock = lock.clone();
            let request = Request::builder()
                .on(&rt)
                .priority((nth % 5) as i32)
                .future(async move {
                    for round in 0..3 {
                        let guard = match (nth + round) % 3 {
                            0 => lock.lock().await.map(Some),
                            1 => lock
                                .lock_timeout(Duration::from_micros(u64::from(nth % 50)))
                                .await
                                .map(Some),
                            _ => Ok(lock.try_lock()),
                        };
                        match guard {
                            Ok(Some(mut guard)) => {
                                *guard += 1;
                                tokio::task::yield_now().await;
                            }
                            Ok(None) => {}
                            Err(error) if error.is_timeout() => {}
                            Err(error) => return Err(error),
                        }
                    }
                    Ok(())
                });
            request.submit();
            request
        })
        .collect();
    for (nth, request) in requests.iter().enumerate() {
        if nth % 4 == 0 {
            let _ = request.cancel();
        }
        if nth % 7 == 0 {
            let mut future = Box::pin(lock.lock());
            let _ = poll(future.as_mut());
        }
    }
    for request in requests {
        if let Err(error) = request.wait() {
            assert!(error.is_cancelled(), "{}", error.report());
        }
    }
    until_empty(&rt);
    assert!(!lock.is_locked());
    Ok(())
}
