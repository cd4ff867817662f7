//! Conditions: H29 to H31.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use headwater::green::{Condition, RLock};
use headwater::{Error, ErrorKind, Request, Runtime};

use crate::stage::*;

/// Takes the lock from outside, notifies, and gives it back.
fn notify(condition: &Condition, n: usize) -> Result<(), Error> {
    let _guard = condition.rlock().lock_wait()?;
    condition.notify(n)
}

fn waiters(condition: &Condition) -> usize {
    let debug = format!("{condition:?}");
    let (_, number) = debug.rsplit_once("waiters: ").expect("it says how many");
    number.trim_end_matches(" }").parse().expect("a number")
}

/// A request that waits once and notes its number.
fn waiting(rt: &Runtime, condition: &Condition, noted: &Arc<Mutex<Vec<usize>>>, nth: usize) -> Request<()> {
    let (own, noted) = (condition.clone(), Arc::clone(noted));
    let request = Request::builder().on(rt).future(async move {
        let _guard = own.rlock().lock().await?;
        own.wait().await?;
        noted.lock().expect("no panic").push(nth);
        Ok(())
    });
    request.submit();
    until("it waits", || waiters(condition) == nth + 1);
    request
}

#[test]
fn h29_waiting_and_notifying_take_the_lock() -> Result<(), Error> {
    let rt = runtime(1);
    let condition = Condition::new();
    let refused = [condition.notify(1), condition.notify_all(), condition.block()];
    for result in refused {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Invalid);
    }
    let _guard = condition.rlock().lock_wait()?;
    let other = condition.clone();
    let stranger = Request::builder().on(&rt).future(async move { other.notify(1) });
    assert_eq!(stranger.wait().unwrap_err().kind(), ErrorKind::Invalid);
    condition.notify(1)?;
    assert_eq!(waiters(&condition), 0);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h30_notify_wakes_the_oldest_and_notify_all_the_rest() -> Result<(), Error> {
    let rt = runtime(2);
    let condition = Condition::new();
    let noted = Arc::default();
    let requests: Vec<_> = (0..5).map(|nth| waiting(&rt, &condition, &noted, nth)).collect();
    notify(&condition, 1)?;
    requests[0].wait()?;
    notify(&condition, 2)?;
    requests[1].wait()?;
    requests[2].wait()?;
    assert_eq!(waiters(&condition), 2);
    {
        let _guard = condition.rlock().lock_wait()?;
        condition.notify_all()?;
    }
    requests[3].wait()?;
    requests[4].wait()?;
    assert_eq!(*noted.lock().expect("no panic"), [0, 1, 2, 3, 4]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h30_a_wait_with_a_limit_says_whether_it_was_notified_and_owns_the_lock() {
    on_paused_clock(|| async {
        let condition = Condition::new();
        let _guard = condition.rlock().lock().await?;
        assert!(!condition.wait_timeout(SECOND).await?);
        assert!(condition.rlock().is_owned());
        assert_eq!(waiters(&condition), 0);
        let other = condition.clone();
        let notifier = Request::new(async move {
            let _guard = other.rlock().lock().await?;
            other.notify(1)
        });
        notifier.submit();
        assert!(condition.wait_timeout(SECOND).await?);
        assert!(condition.rlock().is_owned());
        Ok(())
    });
}

#[test]
fn h31_a_wait_releases_every_level_and_takes_them_all_again() -> Result<(), Error> {
    let rt = runtime(2);
    let lock = RLock::new();
    let condition = Condition::with_lock(&lock);
    let own = condition.clone();
    let waiting = Request::builder().on(&rt).future(async move {
        let outer = own.rlock().lock().await?;
        let inner = own.rlock().lock().await?;
        own.wait().await?;
        drop(inner);
        let still_owned = own.rlock().is_owned();
        drop(outer);
        Ok((still_owned, own.rlock().is_owned()))
    });
    waiting.submit();
    until("it waits", || waiters(&condition) == 1);
    // Greenhouse left it locked here.
    notify(&condition, 1)?;
    assert_eq!(waiting.wait()?, (true, false));
    until_empty(&rt);
    Ok(())
}

#[test]
fn h31_a_notification_and_the_end_of_the_time_count_once() {
    on_paused_clock(|| async {
        let condition = Condition::new();
        let _guard = condition.rlock().lock().await?;
        // Notified and late before it is polled again: notified it was, and nobody else may be told of that.
        let other = condition.clone();
        let notifier = Request::new(async move {
            let guard = other.rlock().lock().await?;
            other.notify(1)?;
            tokio::time::advance(2 * SECOND).await;
            drop(guard);
            Ok(())
        });
        notifier.submit();
        assert!(condition.wait_timeout(SECOND).await?);
        assert_eq!(waiters(&condition), 0);
        assert!(!condition.wait_timeout(SECOND).await?);
        Ok(())
    });
}

#[test]
fn a_notification_that_its_receiver_cannot_use_goes_to_the_next() -> Result<(), Error> {
    let rt = runtime(2);
    let condition = Condition::new();
    let noted = Arc::default();
    let first = waiting(&rt, &condition, &noted, 0);
    let second = waiting(&rt, &condition, &noted, 1);
    {
        let _guard = condition.rlock().lock_wait()?;
        condition.notify(1)?;
        // It has been notified and waits for the lock.
        let _ = first.cancel();
        assert!(first.wait().unwrap_err().is_cancelled());
    }
    second.wait()?;
    assert_eq!(*noted.lock().expect("no panic"), [1]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn after_a_wait_that_was_dropped_old_guards_release_nothing_of_others() -> Result<(), Error> {
    let rt = runtime(1);
    let condition = Condition::new();
    let other = condition.clone();
    let scene = Request::builder().on(&rt).future(async move {
        let stale = other.rlock().lock().await?;
        {
            let mut wait = Box::pin(other.wait());
            assert!(poll(wait.as_mut()).is_pending());
        }
        assert!(!other.rlock().is_locked());
        assert_eq!(waiters(&other), 0);
        let fresh = other.rlock().lock().await?;
        drop(stale);
        let is_still_owned = other.rlock().is_owned();
        drop(fresh);
        Ok((is_still_owned, other.rlock().is_locked()))
    });
    assert_eq!(scene.wait()?, (true, false));
    until_empty(&rt);
    Ok(())
}

#[test]
fn guards_from_before_and_from_during_a_wait_of_the_same_owner_release_their_levels() -> Result<(), Error> {
    let rt = runtime(1);
    let condition = Condition::new();
    let own = condition.clone();
    let scene = Request::builder().on(&rt).future(async move {
        for is_first_in_first_out in [true, false] {
            let before = own.rlock().lock().await?;
            let mut wait = Box::pin(own.wait());
            assert!(poll(wait.as_mut()).is_pending());
            // As in `join!` of a waiter and another locker.
            let during = own.rlock().lock().await?;
            own.notify(1)?;
            assert!(matches!(poll(wait.as_mut()), Poll::Ready(Ok(()))));
            let (first, last) = match is_first_in_first_out {
                true => (before, during),
                false => (during, before),
            };
            drop(first);
            assert!(own.rlock().is_owned());
            drop(last);
            assert!(!own.rlock().is_locked());
        }
        Ok(())
    });
    scene.wait()?;
    assert!(!condition.rlock().is_locked());
    until_empty(&rt);
    Ok(())
}

#[test]
fn a_guard_that_is_dropped_during_the_wait_of_its_owner_gives_its_level_up() -> Result<(), Error> {
    let rt = runtime(1);
    let condition = Condition::new();
    let own = condition.clone();
    let scene = Request::builder().on(&rt).future(async move {
        for keeps_one in [true, false] {
            let mut waiter = Some(own.rlock().lock().await?);
            let locker = own.rlock().lock().await?;
            let mut wait = Box::pin(own.wait());
            assert!(poll(wait.as_mut()).is_pending());
            drop(locker);
            waiter.take_if(|_| !keeps_one);
            {
                let _guard = own.rlock().lock().await?;
                own.notify(1)?;
            }
            assert!(matches!(poll(wait.as_mut()), Poll::Ready(Ok(()))));
            assert_eq!(own.rlock().is_locked(), keeps_one);
            drop(waiter);
            assert!(!own.rlock().is_locked());
        }
        Ok(())
    });
    scene.wait()?;
    until_empty(&rt);
    Ok(())
}

#[test]
fn threads_wait_too() -> Result<(), Error> {
    let condition = Condition::new();
    let value = Arc::new(Mutex::new(0));
    let thread = std::thread::spawn({
        let (condition, value) = (condition.clone(), Arc::clone(&value));
        move || {
            let _guard = condition.rlock().lock_wait()?;
            while *value.lock().expect("no panic") == 0 {
                condition.block()?;
            }
            condition.rlock().release()
        }
    });
    {
        let _guard = condition.rlock().lock_wait()?;
        *value.lock().expect("no panic") = 1;
        condition.notify_all()?;
    }
    thread.join().expect("no panic")?;
    assert!(matches!(poll(pin!(condition.rlock().acquire())), Poll::Ready(Ok(()))));
    Ok(())
}
