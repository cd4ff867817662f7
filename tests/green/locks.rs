//! What greenhouse had and the crate or tokio already has: locks and semaphores (H25 to H27, H32, H33).

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use headwater::green::Semaphore;
use headwater::{Error, Request, RequestLock, cancellable};

use crate::stage::*;

#[test]
fn h25_a_lock_is_not_re_entrant_and_its_guard_is_a_scope() -> Result<(), Error> {
    let lock = RequestLock::new(());
    {
        let _guard = lock.lock_wait()?;
        assert!(lock.try_lock().is_none());
    }
    assert!(lock.try_lock().is_some());
    Ok(())
}

#[test]
fn h26_a_released_lock_goes_straight_to_the_first_waiter() -> Result<(), Error> {
    let lock = RequestLock::new(());
    let guard = lock.lock_wait()?;
    let (mut first, mut second) = (pin!(lock.lock()), pin!(lock.lock()));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    drop(guard);
    assert!(lock.try_lock().is_none());
    assert!(poll(second.as_mut()).is_pending());
    let Poll::Ready(guard) = poll(first) else {
        panic!("the first has it");
    };
    drop(guard);
    assert!(poll(second).is_ready());
    Ok(())
}

#[test]
fn h27_a_guard_may_be_released_by_somebody_else() -> Result<(), Error> {
    let lock = RequestLock::new(());
    let guard = lock.lock_wait()?;
    std::thread::spawn(move || drop(guard)).join().expect("no panic");
    assert!(lock.try_lock().is_some());
    Ok(())
}

#[test]
fn h32_a_semaphore_hands_over_in_the_order_of_arrival() -> Result<(), Error> {
    let rt = runtime(1);
    let semaphore = Arc::new(Semaphore::new(1));
    let scene = Request::builder().on(&rt).future(async move {
        let permit = cancellable(semaphore.acquire()).await?.map_err(Error::new)?;
        let (mut first, mut second) = (Box::pin(semaphore.acquire()), Box::pin(semaphore.acquire()));
        let waiting = poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending();
        drop(permit);
        let is_barred = semaphore.try_acquire().is_err() && poll(second.as_mut()).is_pending();
        let first_has_it = poll(first.as_mut()).is_ready();
        Ok(waiting && is_barred && first_has_it && poll(second.as_mut()).is_ready())
    });
    assert!(scene.wait()?);
    until_empty(&rt);
    Ok(())
}

#[test]
fn h33_permits_come_back_once_so_a_semaphore_does_not_grow() -> Result<(), Error> {
    let semaphore = Semaphore::new(2);
    for _ in 0..3 {
        let permits = semaphore.try_acquire_many(2).map_err(Error::new)?;
        assert_eq!(semaphore.available_permits(), 0);
        drop(permits);
        assert_eq!(semaphore.available_permits(), 2);
    }
    Ok(())
}
