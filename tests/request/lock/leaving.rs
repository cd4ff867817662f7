//! R88–R90: waiters that leave.

use std::sync::mpsc;
use std::task::Poll;
use std::time::{Duration, Instant};

use headwater::{Error, Request, RequestContext, RequestLock, RequestState, shield};

use super::{Log, entries, poll, taker, waits_for_lock};
use crate::{runtime, until, until_empty};

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
