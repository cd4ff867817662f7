//! Locks that their owner may take again: H28.

use std::pin::pin;
use std::task::Poll;

use headwater::green::RLock;
use headwater::{Error, ErrorKind, Request};

use crate::stage::*;

#[test]
fn h28_the_owner_takes_it_again_and_the_last_release_frees_it() -> Result<(), Error> {
    let rt = runtime(2);
    let lock = RLock::new();
    let outer = lock.lock_wait()?;
    let inner = lock.lock_wait()?;
    let other = |lock: RLock| {
        Request::builder()
            .on(&rt)
            .future(async move { Ok(lock.try_lock().is_some()) })
    };
    assert!(!other(lock.clone()).wait()?);
    drop(outer);
    assert!(!other(lock.clone()).wait()?);
    assert!(lock.is_owned());
    drop(inner);
    assert!(!lock.is_locked());
    assert!(other(lock.clone()).wait()?);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h28_only_the_owner_may_release() -> Result<(), Error> {
    let rt = runtime(1);
    let lock = RLock::new();
    assert_eq!(lock.release().unwrap_err().kind(), ErrorKind::Invalid);
    let guard = lock.lock_wait()?;
    let thief = {
        let lock = lock.clone();
        Request::builder().on(&rt).future(async move { lock.release() })
    };
    assert_eq!(thief.wait().unwrap_err().kind(), ErrorKind::Invalid);
    assert!(lock.is_owned());
    drop(guard);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h28_acquire_and_release_by_hand() -> Result<(), Error> {
    let lock = RLock::new();
    for _ in 0..3 {
        assert!(matches!(poll(pin!(lock.acquire())), Poll::Ready(Ok(()))));
    }
    lock.release()?;
    lock.release()?;
    assert!(lock.is_locked());
    lock.release()?;
    assert!(!lock.is_locked());
    Ok(())
}

#[test]
fn h28_the_last_release_hands_over_in_the_order_of_arrival() -> Result<(), Error> {
    let rt = runtime(2);
    let lock = RLock::new();
    let guard = lock.lock_wait()?;
    let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let waiting: Vec<Request<()>> = (0..4)
        .map(|nth| {
            let (own, order) = (lock.clone(), std::sync::Arc::clone(&order));
            let request = Request::builder().on(&rt).future(async move {
                let _guard = own.lock().await?;
                order.lock().expect("no panic").push(nth);
                Ok(())
            });
            request.submit();
            let waiters = format!("waiters: {}", nth + 1);
            until("it waits", || format!("{lock:?}").contains(&waiters));
            request
        })
        .collect();
    drop(guard);
    waiting.iter().try_for_each(Request::wait)?;
    assert_eq!(*order.lock().expect("no panic"), [0, 1, 2, 3]);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h28_a_free_lock_is_not_taken_by_a_third_and_goes_on_when_its_receiver_leaves() -> Result<(), Error> {
    let rt = runtime(1);
    let lock = RLock::new();
    let guard = lock.lock_wait()?;
    let other = lock.clone();
    // Polled by hand in a request of their own, since this thread would be the owner.
    let scene = Request::builder().on(&rt).future(async move {
        let mut second = Box::pin(other.lock());
        {
            let mut first = Box::pin(other.lock());
            assert!(poll(first.as_mut()).is_pending());
            assert!(poll(second.as_mut()).is_pending());
            drop(guard);
            assert!(other.try_lock().is_none());
        }
        Ok(poll(second.as_mut()).is_ready())
    });
    assert!(scene.wait()?);
    assert!(!lock.is_locked());
    until_empty(&rt);
    Ok(())
}
