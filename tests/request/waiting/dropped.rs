//! C12: futures that are dropped or moved.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use futures::future::{join_all, select};
use headwater::{Cancel, Error, Request, RequestState, shield};

use super::{gated, slow};
use crate::support::*;

/// Polls `make`'s future `polls` times, drops it, makes another one and polls that to its end.
fn dropped_after<F: Future + Unpin>(polls: usize, make: impl Fn() -> F) -> F::Output {
    let mut future = make();
    for _ in 0..polls {
        if let Poll::Ready(output) = poll_once(&mut future) {
            return output;
        }
    }
    drop(future);
    futures::executor::block_on(make())
}

#[test]
fn c12_p11_every_future_may_be_dropped_after_any_poll() {
    let rt = Rt::new(1);
    for polls in 0..6 {
        let ran = Counter::new();
        let made = || {
            let count = ran.clone();
            Request::new(async move {
                count.add();
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                Ok(9)
            })
        };
        let request = made();
        assert_eq!(dropped_after(polls, || request.clone().into_future()).unwrap(), 9);
        let request = made();
        assert_eq!(dropped_after(polls, || request.timeout(LONG)).unwrap(), 9);
        let request = made();
        assert_eq!(
            dropped_after(polls, || Box::pin(shield(request.clone().into_future()))).unwrap(),
            9
        );
        assert_eq!(ran.get(), 3);
    }
    rt.settle();
}

#[test]
fn c12_dropping_a_wait_for_an_event_loses_none() {
    let rt = Rt::new(1);
    let mut events = rt.events();
    {
        let mut next: Pin<Box<_>> = Box::pin(events.next());
        assert!(poll_once(&mut next).is_pending());
    }
    let request = Request::builder().name("r").future(async { Ok(1) });
    let event = futures::executor::block_on(events.next()).unwrap();
    assert_eq!((event.id, event.kind), (request.id(), headwater::EventKind::Made));
}

#[test]
fn c12_a_select_loop_inside_of_a_request_loses_nothing() {
    let rt = Rt::new(2);
    let request = Request::new(async {
        let target = Request::new(async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            Ok(3)
        });
        target.submit();
        let mut rounds = 0;
        loop {
            rounds += 1;
            tokio::select! {
                biased;
                value = &target => return Ok((value?, rounds)),
                () = tokio::task::yield_now() => {}
            }
        }
    });
    request.submit();
    assert_eq!(request.wait().unwrap().0, 3);
    rt.settle();
}

#[test]
fn c12_a_half_polled_wait_moves_to_another_task() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    let mut wait = request.clone().into_future();
    assert!(poll_once(&mut wait).is_pending());
    let mover = thread(&rt, move || futures::executor::block_on(wait));
    until("the other thread waits", || request.info().waiters == 1);
    gate.open();
    assert_eq!(join(mover).unwrap(), 1);
    rt.settle();
}

#[test]
fn c12_a_half_polled_wait_moves_between_requests() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let target = gated(&gate);
    target.submit();
    let (give, take) = tokio::sync::oneshot::channel();
    let wait = target.clone().into_future();
    let giver = Request::new(async move {
        let mut wait = wait;
        assert!(futures::poll!(&mut wait).is_pending());
        let _ = give.send(wait);
        std::future::pending::<()>().await;
        Ok(0)
    });
    giver.submit();
    until_state(&giver, RequestState::Suspended);
    let taker = Request::new(async move {
        let wait = take.await.map_err(Error::new)?;
        wait.await
    });
    taker.submit();
    until("the taker waits, and the giver does not", || {
        taker.info().waits_for == [target.id()] && giver.info().waits_for.is_empty() && target.info().waiters == 1
    });
    // The giver's end is none of the target's business any more.
    assert_eq!(giver.cancel(), Cancel::Cancelled);
    until_state(&giver, RequestState::Cancelled);
    assert!(!target.is_cancelled());
    gate.open();
    assert_eq!(taker.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c12_a_wait_moved_into_its_own_target_leaves_no_trace() {
    let rt = Rt::new(1);
    let (give, take) = tokio::sync::oneshot::channel::<headwater::Wait<u32>>();
    let target = Request::new(async move {
        let wait = take.await.map_err(Error::new)?;
        let mut wait = Box::pin(wait);
        let error = wait.as_mut().await.unwrap_err();
        assert!(error.is_circular());
        std::future::pending::<()>().await;
        drop(wait);
        Ok(1)
    });
    let mut wait = target.clone().into_future();
    assert!(poll_once(&mut wait).is_pending());
    let _ = give.send(wait);
    until("nobody waits any more", || target.info().waiters == 0);
    until_state(&target, RequestState::Suspended);
    assert_eq!(target.cancel(), Cancel::Cancelled);
    rt.settle();
}

#[test]
fn c12_no_wake_up_is_lost_with_join_all_and_select() {
    let rt = Rt::new(2);
    for count in [1, 5, 40, 100] {
        let request = Request::new(async move {
            let children: Vec<_> = (0..count).map(slow).collect();
            children.iter().step_by(2).for_each(Request::submit);
            // More than 30 go through FuturesUnordered, with wakers of its own.
            let values = join_all(children.iter().map(|child| child.into_future())).await;
            let sum: u32 = values.into_iter().map(|value| value.unwrap()).sum();
            let (left, right) = (slow(1), slow(2));
            let first = select(left.into_future(), right.into_future()).await.factor_first().0?;
            Ok((sum, first))
        });
        request.submit();
        let (sum, first) = request.wait().unwrap();
        assert_eq!(sum, (0..count).sum::<u32>());
        assert!(first == 1 || first == 2);
    }
    rt.settle();
}
