//! A wait that is dropped after any of its polls, granted or not, leaves everything to the others.

use std::pin::pin;
use std::task::Poll;

use headwater::Error;
use headwater::green::{Condition, Counter, Event, Pool, Queue, RLock, Until};

use crate::stage::*;

/// Polls `$wait` so many times, doing `$step` before each poll but the first, and drops it before the next.
macro_rules! dropped_after {
    ($polls:expr, $wait:expr, $step:expr) => {{
        let mut wait = pin!($wait);
        let mut is_ready = false;
        for nth in 0..$polls {
            if nth > 0 {
                $step(nth);
            }
            if !is_ready {
                is_ready = poll(wait.as_mut()).is_ready();
            }
        }
        if $polls < 3 {
            $step($polls);
        }
        is_ready
    }};
}

#[test]
fn a_get_of_a_queue() -> Result<(), Error> {
    for polls in 0..=3 {
        let queue = Queue::unbounded();
        let got = dropped_after!(polls, queue.get(), |nth| assert!(nth != 2 || queue.try_put(7).is_ok()));
        let left = queue.len() + usize::from(got);
        assert_eq!(left, usize::from(polls >= 2), "after {polls} polls");
        queue.close();
        assert_eq!(queue.get_wait()?.is_some(), polls == 2, "after {polls} polls");
    }
    Ok(())
}

#[test]
fn a_put_into_a_queue() -> Result<(), Error> {
    for polls in 0..=3 {
        let queue = Queue::bounded(1);
        queue.try_put(1)?;
        let put = dropped_after!(polls, queue.put(2), |nth| assert!(nth != 2 || queue.try_get() == Ok(1)));
        assert_eq!(put, polls == 3);
        // With the room that it had been granted, or not.
        assert_eq!(queue.try_put(3).is_ok(), polls == 2, "after {polls} polls");
    }
    Ok(())
}

#[test]
fn a_join_of_a_queue() -> Result<(), Error> {
    for polls in 0..=3 {
        let queue = Queue::unbounded();
        queue.try_put(1)?;
        dropped_after!(polls, queue.join(), |nth| assert!(
            nth != 2 || queue.task_done().is_ok()
        ));
        assert_eq!(poll(pin!(queue.join())).is_ready(), polls >= 2, "after {polls} polls");
    }
    Ok(())
}

#[test]
fn a_wait_for_an_event_or_a_counter() {
    for polls in 0..=3 {
        let (event, counter) = (Event::new(), Counter::new(0));
        dropped_after!(polls, event.wait(), |nth| if nth == 2 {
            event.set()
        });
        dropped_after!(polls, counter.wait(Until::AtLeast(1)), |nth| {
            if nth == 2 {
                counter.increment();
            }
        });
        assert!(format!("{event:?}").contains("waiters: 0"), "{event:?}");
        assert!(format!("{counter:?}").contains("waiters: 0"), "{counter:?}");
    }
}

#[test]
fn a_wait_for_a_lock() -> Result<(), Error> {
    let rt = runtime(1);
    for polls in 0..=3 {
        let lock = RLock::new();
        let mut guard = Some(lock.lock_wait()?);
        let own = lock.clone();
        // This thread owns it, so somebody else has to wait.
        let scene = headwater::Request::builder().on(&rt).future(async move {
            dropped_after!(polls, own.lock(), |nth| if nth == 2 {
                drop(guard.take())
            });
            drop(guard);
            Ok(own.is_locked())
        });
        assert!(!scene.wait()?, "after {polls} polls");
        assert!(lock.try_lock().is_some());
    }
    until_empty(&rt);
    Ok(())
}

#[test]
fn a_wait_for_a_notification() -> Result<(), Error> {
    let rt = runtime(1);
    for polls in 1..=3 {
        let condition = Condition::new();
        let own = condition.clone();
        let scene = headwater::Request::builder().on(&rt).future(async move {
            let _guard = own.rlock().lock().await?;
            let notifies = own.clone();
            dropped_after!(polls, own.wait(), |nth| if nth == 2 {
                let guard = notifies.rlock().try_lock();
                assert!(guard.is_some() && notifies.notify(1).is_ok());
            });
            Ok(())
        });
        scene.wait()?;
        let debug = format!("{condition:?}");
        assert!(!condition.rlock().is_locked(), "after {polls} polls: {debug}");
        assert!(!debug.contains("waiters: 1"), "after {polls} polls: {debug}");
    }
    until_empty(&rt);
    Ok(())
}

#[test]
fn a_get_and_a_put_of_a_pool() -> Result<(), Error> {
    let rt = runtime(1);
    for polls in 0..=3 {
        let pool = Pool::new(1, |n: u32| async move { Ok(n) }).on(&rt).window(1);
        let got = dropped_after!(polls, pool.get(), |nth| if nth == 2 {
            assert!(pool.try_put(1).is_ok());
            assert!(pool.join_wait().is_ok());
        });
        assert_eq!(got, polls == 3);
        assert_eq!(pool.try_get().is_some(), polls == 2, "after {polls} polls");
        pool.try_put(2)?;
        pool.join_wait()?;
        let put = dropped_after!(polls, pool.put(3), |nth| assert!(nth != 2 || pool.try_get().is_some()));
        assert_eq!(put, polls == 3);
        if polls == 2 {
            pool.try_put(4)?;
        }
        pool.join_wait()?;
        let next = match polls {
            0 | 1 => 2,
            2 => 4,
            _ => 3,
        };
        assert!(matches!(poll(pin!(pool.get())), Poll::Ready(Ok(Some(Ok(n)))) if n == next));
    }
    until_empty(&rt);
    Ok(())
}
