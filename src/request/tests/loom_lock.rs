//! A lock that changes hands while those who wait for it leave (R89).

use crate::request::lock::RequestLock;
use crate::request::tests::world::{World, explore, poll_once, thread};

/// A waiter is dropped, queued or just granted: the lock is free afterwards either way.
#[test]
fn loom_r89_hand_over_beside_a_waiter_that_leaves() {
    explore(3, || {
        let lock = RequestLock::new(0u32);
        let guard = lock.try_lock().unwrap();
        let leaver = thread::spawn({
            let lock = lock.clone();
            move || {
                let mut waiting = Box::pin(async move { lock.lock().await.map(|mut guard| *guard += 1) });
                let _ = poll_once(&mut waiting);
            }
        });
        drop(guard);
        leaver.join().unwrap();
        assert!(lock.try_lock().is_some(), "the lock stays locked for ever");
    });
}

/// A request is cancelled while the lock is handed to it: it ends, with or without its turn, and the lock is free.
#[test]
fn loom_r89_hand_over_beside_cancel() {
    explore(2, || {
        let world = World::new(1);
        let lock = RequestLock::new(0u32);
        let guard = lock.try_lock().unwrap();
        let request = world.request({
            let lock = lock.clone();
            async move {
                *lock.lock().await? += 1;
                Ok(())
            }
        });
        request.submit();
        world.drain();
        let canceller = thread::spawn({
            let request = request.clone();
            move || {
                let _ = request.cancel();
            }
        });
        drop(guard);
        canceller.join().unwrap();
        world.drain();
        let outcome = request.try_result().expect("it has ended");
        let value = *lock.try_lock().expect("the lock stays locked for ever");
        assert!(
            outcome.is_ok() <= (value == 1),
            "a turn that nobody had: {outcome:?}, {value}"
        );
        world.assert_quiet();
    });
}
