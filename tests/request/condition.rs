//! Conditions: C42, R92–R96.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use headwater::{Error, Request, RequestCondition, RequestLock, RequestState, Runtime};

use crate::{runtime, until, until_empty};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A request that waits for one notification.
fn waiter(rt: &Runtime, lock: &RequestLock<u32>, condition: &RequestCondition) -> Request<u32> {
    let (lock, condition) = (lock.clone(), condition.clone());
    let request = Request::builder().on(rt).future(async move {
        let mut guard = condition.wait(lock.lock().await?).await?;
        *guard += 1;
        Ok(*guard)
    });
    request.submit();
    until(|| request.state() == RequestState::Suspended);
    request
}

#[test]
fn c42_r92_a_consumer_gets_what_a_hundred_producers_make() -> Result<(), Error> {
    let rt = runtime(2)?;
    let (queue, filled) = (RequestLock::new(Vec::new()), RequestCondition::new());
    let consumer = {
        let (queue, filled) = (queue.clone(), filled.clone());
        Request::builder().on(&rt).future(async move {
            let mut eaten = Vec::new();
            while eaten.len() < 100 {
                let mut items = filled.wait_while(queue.lock().await?, |items| items.is_empty()).await?;
                eaten.append(&mut items);
            }
            eaten.sort_unstable();
            Ok(eaten)
        })
    };
    consumer.submit();
    for item in 0..100 {
        let (queue, filled) = (queue.clone(), filled.clone());
        let producer = Request::builder().on(&rt).future(async move {
            queue.lock().await?.push(item);
            filled.notify_one();
            Ok(())
        });
        producer.submit();
    }
    assert_eq!(consumer.wait()?, (0..100).collect::<Vec<_>>());
    until_empty(&rt);
    Ok(())
}

#[test]
fn c42_r93_no_notification_is_lost_between_release_and_wait() -> Result<(), Error> {
    let rt = runtime(2)?;
    for _ in 0..200 {
        let (flag, set) = (RequestLock::new(false), RequestCondition::new());
        let waiting = {
            let (flag, set) = (flag.clone(), set.clone());
            Request::builder().on(&rt).future(async move {
                let _guard = set.wait_while(flag.lock().await?, |flag| !*flag).await?;
                Ok(())
            })
        };
        waiting.submit();
        *flag.lock_wait()? = true;
        set.notify_all();
        waiting.wait()?;
    }
    until_empty(&rt);
    Ok(())
}

#[test]
fn r94_a_notification_without_a_waiter_is_lost() -> Result<(), Error> {
    let rt = runtime(1)?;
    let (lock, condition) = (RequestLock::new(0), RequestCondition::new());
    condition.notify_one();
    condition.notify_all();
    let error = condition
        .block_timeout(lock.lock_wait()?, Duration::from_millis(1))
        .map(drop)
        .unwrap_err();
    assert!(error.is_timeout());
    assert!(!lock.is_locked());
    until_empty(&rt);
    Ok(())
}

#[test]
fn c42_r95_many_wait_one_or_all_are_notified_in_order() -> Result<(), Error> {
    let rt = runtime(2)?;
    let (lock, condition) = (RequestLock::new(0), RequestCondition::new());
    let waiters: Vec<_> = (0..5).map(|_| waiter(&rt, &lock, &condition)).collect();
    condition.notify_one();
    assert_eq!(waiters[0].wait()?, 1);
    condition.notify_one();
    assert_eq!(waiters[1].wait()?, 2);
    assert!(
        waiters[2..]
            .iter()
            .all(|request| request.state() == RequestState::Suspended)
    );
    condition.notify_all();
    let mut rest: Vec<u32> = waiters[2..].iter().map(Request::wait).collect::<Result<_, _>>()?;
    rest.sort_unstable();
    assert_eq!(rest, [3, 4, 5]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c42_requests_tasks_and_threads_wait_for_the_same_condition() -> Result<(), Error> {
    let rt = runtime(1)?;
    let (lock, condition) = (RequestLock::new(0), RequestCondition::new());
    let request = waiter(&rt, &lock, &condition);
    let mut task = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(task.as_mut()).is_pending());
    std::thread::scope(|scope| -> Result<(), Error> {
        let thread = scope.spawn(|| {
            condition
                .block_while(lock.lock_wait()?, |count| *count < 2)
                .map(|count| *count)
        });
        condition.notify_all();
        request.wait()?;
        let guard = loop {
            match poll(task.as_mut()) {
                Poll::Ready(guard) => break guard,
                Poll::Pending => std::thread::yield_now(),
            }
        };
        let mut guard = guard?;
        *guard += 1;
        drop(guard);
        condition.notify_all();
        assert_eq!(thread.join().unwrap()?, 2);
        Ok(())
    })?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn r96_cancelled_in_a_wait_it_does_not_own_the_lock_and_nothing_leaks() -> Result<(), Error> {
    let rt = runtime(1)?;
    let (lock, condition) = (RequestLock::new(0), RequestCondition::new());
    let (say, heard) = mpsc::channel();
    let request = {
        let (lock, condition) = (lock.clone(), condition.clone());
        Request::builder().on(&rt).future(async move {
            let outcome = condition.wait(lock.lock().await?).await.map(drop);
            // The lock is free: whoever wants it may have it, this request too.
            let _ = say.send((
                outcome.as_ref().is_err_and(Error::is_interrupted),
                lock.try_lock().is_some(),
            ));
            outcome
        })
    };
    request.submit();
    until(|| request.state() == RequestState::Suspended);
    let _ = request.cancel();
    assert!(request.wait().unwrap_err().is_cancelled());
    assert_eq!(heard.recv(), Ok((true, true)));
    until(|| !lock.is_locked());
    // It is no longer among the waiters.
    let next = waiter(&rt, &lock, &condition);
    condition.notify_one();
    assert_eq!(next.wait()?, 1);
    until_empty(&rt);
    Ok(())
}

#[test]
fn c42_a_notification_that_is_not_used_is_handed_on() -> Result<(), Error> {
    let rt = runtime(1)?;
    let (lock, condition) = (RequestLock::new(0), RequestCondition::new());
    // Dropped before it could look.
    let mut dropped = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(dropped.as_mut()).is_pending());
    // Cancelled while it waits for the lock.
    let cancelled = waiter(&rt, &lock, &condition);
    let last = waiter(&rt, &lock, &condition);
    let held = lock.lock_wait()?;
    condition.notify_one();
    drop(dropped);
    until(|| !cancelled.info().waits_for_locks.is_empty());
    let _ = cancelled.cancel();
    assert!(cancelled.wait().unwrap_err().is_cancelled());
    drop(held);
    assert_eq!(last.wait()?, 1);
    assert!(!lock.is_locked());
    until_empty(&rt);
    Ok(())
}

#[test]
fn c42_what_was_for_all_is_not_handed_on_again() -> Result<(), Error> {
    let (lock, condition) = (RequestLock::new(0), RequestCondition::new());
    let mut notified = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(notified.as_mut()).is_pending());
    condition.notify_all();
    let mut later = pin!(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(later.as_mut()).is_pending());
    drop(notified);
    assert!(poll(later.as_mut()).is_pending());
    condition.notify_one();
    assert!(matches!(poll(later.as_mut()), Poll::Ready(Ok(_))));
    Ok(())
}

#[test]
fn c42_a_time_out_leaves_the_lock_to_others() -> Result<(), Error> {
    let rt = runtime(1)?;
    let (lock, condition) = (RequestLock::new(0), RequestCondition::new());
    let request = {
        let (lock, condition) = (lock.clone(), condition.clone());
        Request::builder().on(&rt).future(async move {
            let error = condition
                .wait_timeout(lock.lock().await?, Duration::from_millis(1))
                .await
                .map(drop)
                .unwrap_err();
            Ok((error.is_timeout(), lock.try_lock().is_some()))
        })
    };
    assert_eq!(request.wait()?, (true, true));
    until_empty(&rt);
    Ok(())
}
