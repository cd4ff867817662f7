//! What went wrong once in the engine.

use std::sync::mpsc;
use std::time::Duration;

use headwater::{Error, Request};
use tokio::sync::oneshot;

use crate::runtime;

#[test]
fn a_wait_lends_what_was_lent_during_the_turn() -> Result<(), Error> {
    let rt = runtime(2)?;
    let (open, gate) = oneshot::channel::<()>();
    let target = Request::builder().on(&rt).name("target").future(async move {
        let _ = gate.await;
        Ok(())
    });
    target.submit();
    let (in_turn, is_in_turn) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let middle = {
        let target = target.clone();
        Request::builder().on(&rt).name("middle").future(async move {
            let _ = in_turn.send(());
            let _ = may_go.recv();
            target.await
        })
    };
    middle.submit();
    let _ = is_in_turn.recv();
    // `middle` is inside of its first poll; now somebody more urgent wants it.
    let urgent = {
        let middle = middle.clone();
        Request::builder()
            .on(&rt)
            .priority(-7)
            .future(async move { middle.await })
    };
    urgent.submit();
    crate::until(|| middle.info().priority.level() == -7);
    let _ = go.send(());
    crate::until(|| target.info().waiters == 1);
    crate::until(|| target.info().priority.level() == -7);
    let _ = open.send(());
    urgent.wait()?;
    crate::until_empty(&rt);
    Ok(())
}

#[test]
fn a_blocking_wait_across_runtimes_hands_over_its_own_slot() -> Result<(), Error> {
    let (one, two) = (runtime(1)?, runtime(1)?);
    let (open, gate) = oneshot::channel::<()>();
    let third = Request::builder().on(&one).future(async move {
        let _ = open.send(());
        Ok(3)
    });
    let second = {
        let third = third.clone();
        Request::builder().on(&two).future(async move {
            let _ = gate.await;
            third.await
        })
    };
    second.submit();
    // Holds the only slot of `one` with its thread, while `second` needs it for `third`.
    let first = Request::builder().on(&one).future(async move {
        third.submit();
        second.wait()
    });
    first.submit();
    assert_eq!(first.wait_timeout(Duration::from_secs(10))?, 3);
    crate::until_empty(&one);
    crate::until_empty(&two);
    Ok(())
}

#[test]
fn a_child_starts_although_its_busy_parent_was_the_one_to_ring() -> Result<(), Error> {
    for _ in 0..100 {
        let rt = runtime(2)?;
        // Long enough for the slots to go to sleep.
        let idle = std::time::Instant::now();
        while idle.elapsed() < Duration::from_millis(6) {
            std::thread::yield_now();
        }
        let (say, heard) = mpsc::channel();
        let parent = Request::builder().on(&rt).future(async move {
            let child = Request::new(async move {
                let _ = say.send(());
                Ok(())
            });
            child.submit();
            // Busy until the child has started elsewhere.
            Ok(heard.recv_timeout(Duration::from_secs(5)).is_ok())
        });
        parent.submit();
        assert!(parent.wait_timeout(Duration::from_secs(10))?);
        crate::until_empty(&rt);
    }
    Ok(())
}
