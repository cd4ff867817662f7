//! R85–R87, C35: who is served, and at what priority.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use headwater::{Error, Request, RequestLock, RequestState, Runtime};
use tokio::sync::oneshot;

use super::{Log, entries, log, poll, taker, waits_for_lock};
use crate::{runtime, until, until_empty};

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
