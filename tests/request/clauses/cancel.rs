//! Clauses of C13–C24.

use std::future::IntoFuture;
use std::time::Duration;

use futures::future::{Either, select};
use headwater::{Cancel, Error, Request, RequestState, Runtime, cancellable};

use crate::support::*;

/// A cancelled waiter is one that leaves, like any other.
#[test]
fn c13_what_was_pending_takes_effect_when_the_waiting_request_is_cancelled() {
    let rt = Rt::new(1);
    let target = endless(&Counter::new());
    let inner = target.clone();
    let waiter = Request::new(async move { inner.await });
    waiter.submit();
    until("it waits", || target.info().waiters == 1);
    assert_eq!(target.cancel(), Cancel::Pending { waiters: 1 });
    assert!(!target.is_cancelled());
    assert_eq!(waiter.cancel(), Cancel::Cancelled);
    until_state(&target, RequestState::Cancelled);
    assert_eq!(waiter.cancel(), Cancel::Cancelled);
    rt.settle();
}

#[test]
fn c13_what_was_pending_takes_effect_when_a_select_drops_its_wait() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let target = endless(&dropped);
    let (gate, inner) = (Gate::new(), target.clone());
    let pass = gate.pass();
    let waiter = Request::new(async move {
        match select(inner.into_future(), Box::pin(pass)).await {
            Either::Left(_) => Ok("target"),
            Either::Right(_) => Ok("gate"),
        }
    });
    waiter.submit();
    until("it waits", || target.info().waiters == 1);
    assert_eq!(target.cancel(), Cancel::Pending { waiters: 1 });
    gate.open();
    assert_eq!(waiter.wait().unwrap(), "gate");
    until_state(&target, RequestState::Cancelled);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c14_a_child_that_has_ended_keeps_its_end() {
    let rt = Rt::new(1);
    let (give, take) = std::sync::mpsc::channel();
    let parent = Request::new(async move {
        let (good, bad) = (Request::new(async { Ok(1) }), Request::new(async { custom::<u32>(2) }));
        good.clone().await?;
        bad.clone().await.unwrap_err();
        let _ = give.send((good, bad));
        std::future::pending::<()>().await;
        Ok(())
    });
    parent.submit();
    let (good, bad) = take.recv_timeout(LONG).unwrap();
    assert_eq!(parent.cancel(), Cancel::Cancelled);
    rt.settle();
    assert_eq!(good.wait().unwrap(), 1);
    assert_eq!(bad.wait().unwrap_err().downcast_ref(), Some(&Custom(2)));
    assert_eq!(
        (good.state(), bad.state()),
        (RequestState::Succeeded, RequestState::Failed)
    );
}

/// Not submitted by its creator: somebody else's wait runs it, and keeps it.
#[test]
fn c14_an_unsubmitted_child_that_another_awaits_survives() {
    let rt = Rt::new(1);
    let (give, take) = std::sync::mpsc::channel();
    let gate = Gate::new();
    let pass = gate.pass();
    let parent = Request::new(async move {
        let child = Request::new(async move {
            pass.await;
            Ok(7)
        });
        let _ = give.send(child.clone());
        std::future::pending::<()>().await;
        drop(child);
        Ok(())
    });
    parent.submit();
    let child = take.recv_timeout(LONG).unwrap();
    let mut wait = child.into_future();
    assert!(poll_once(&mut wait).is_pending());
    assert_eq!(parent.cancel(), Cancel::Cancelled);
    until_state(&parent, RequestState::Cancelled);
    gate.open();
    assert_eq!(futures::executor::block_on(wait).unwrap(), 7);
    rt.settle();
}

#[test]
fn c15_a_creator_cancels_a_kernel_inside_of_its_loop_and_uses_another() {
    let rt = Rt::new(1);
    let parent = Request::new(async {
        let (inside, entered) = tokio::sync::oneshot::channel();
        let (left, out) = tokio::sync::oneshot::channel();
        let slow = Request::kernel(move |checkpoint| {
            let _ = inside.send(());
            let error = loop {
                match checkpoint.check() {
                    Ok(()) => std::thread::yield_now(),
                    Err(error) => break error,
                }
            };
            let _ = left.send(error.is_interrupted());
            Err::<u32, _>(error)
        });
        slow.submit();
        entered.await.map_err(Error::new)?;
        assert_eq!(slow.cancel(), Cancel::Cancelled);
        assert!(out.await.map_err(Error::new)?);
        assert!(slow.await.unwrap_err().is_cancelled());
        Request::kernel(|_| Ok(5)).await
    });
    parent.submit();
    assert_eq!(parent.wait().unwrap(), 5);
    rt.settle();
}

#[test]
fn c16_a_wait_for_a_kernel_that_does_not_listen_returns_at_once() {
    let rt = Rt::new(1);
    let (inside, go_on, log) = (Latch::new(), Latch::new(), Log::new());
    let (entered, leave, told) = (inside.clone(), go_on.clone(), log.clone());
    let request = Request::new(async move {
        let deaf = Request::kernel(move |_| {
            entered.open();
            leave.wait();
            Ok(1)
        });
        let outcome = deaf.await;
        told.push(outcome.as_ref().is_err_and(Error::is_interrupted));
        outcome
    });
    request.submit();
    inside.wait();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    // The kernel is still inside.
    until_state(&request, RequestState::Cancelled);
    assert_eq!(log.get(), [true]);
    go_on.open();
    rt.settle();
}

#[test]
fn c16_c42_a_cancelled_request_leaves_a_barrier_at_once() {
    let rt = Rt::new(1);
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    let log = Log::new();
    let told = log.clone();
    let request = Request::new(async move {
        let outcome = cancellable(barrier.wait()).await;
        told.push(outcome.as_ref().is_err_and(Error::is_interrupted));
        outcome.map(|_| ())
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    until_state(&request, RequestState::Cancelled);
    assert_eq!(log.get(), [true]);
    rt.settle();
}

/// The only slot is taken all the time.
#[test]
fn c18_cancelled_in_the_queue_it_has_ended_and_called_back_before_a_slot_is_free() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let mut events = rt.events();
    let (ran, log) = (Counter::new(), Log::new());
    let (count, a, b, c) = (ran.clone(), log.clone(), log.clone(), log.clone());
    let request = Request::builder().name("r").future(async move { Ok(count.add()) });
    request.on_finished(move |_| a.push("finished"));
    request.on_cancelled(move || b.push("cancelled"));
    request.on_done(move |_| c.push("done"));
    request.submit();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    until_state(&request, RequestState::Cancelled);
    assert_eq!(log.get(), ["cancelled", "done"]);
    let told = drain(&mut events);
    expect_test::expect![[r#"
        r Made
        r Submitted
        r CancelAsked
        r Ended(Cancelled)
    "#]]
    .assert_eq(&told);
    plug.release();
    rt.settle();
    assert_eq!(ran.get(), 0);
}

#[test]
fn c20_cancels_after_each_end_call_nobody_and_tell_nothing() {
    let rt = Rt::new(1);
    let told = Counter::new();
    let requests = [Request::new(async { Ok(1) }), Request::new(async { custom::<u32>(1) })];
    for request in &requests {
        let count = told.clone();
        request.on_cancelled(move || {
            count.add();
        });
        let _ = request.wait();
    }
    rt.settle();
    let mut events = rt.events();
    for request in &requests {
        let before = request.state();
        assert_eq!(request.cancel(), Cancel::Ended);
        assert_eq!(request.state(), before);
        assert!(!request.is_cancelled());
    }
    assert_eq!(requests[0].wait().unwrap(), 1);
    assert_eq!(requests[1].wait().unwrap_err().downcast_ref(), Some(&Custom(1)));
    assert_eq!((told.get(), drain(&mut events).as_str()), (0, ""));
}

/// A moving viewport drops what it shows, and may come back to it.
#[test]
fn c24_what_everybody_dropped_lives_for_the_time_of_grace() {
    let host = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let runtime = Runtime::builder()
        .slots(1)
        .compute_threads(1)
        .grace(Duration::from_secs(10))
        .embedded(host.handle().clone())
        .build()
        .unwrap();
    host.block_on(async {
        for comes_back in [false, true] {
            let (gate, dropped) = (Gate::new(), Counter::new());
            let (pass, guard) = (gate.pass(), dropped.on_drop());
            let request = Request::builder().on(&runtime).future(async move {
                let _guard = guard;
                pass.await;
                Ok(1)
            });
            let weak = request.downgrade();
            let mut wait = request.into_future();
            assert!(poll_once(&mut wait).is_pending());
            drop(wait);
            tokio::time::sleep(Duration::from_secs(9)).await;
            assert_eq!(dropped.get(), 0, "nine seconds are less than ten");
            if comes_back {
                let again = weak.upgrade().expect("it is still on its way").into_future();
                gate.open();
                assert_eq!(again.await.unwrap(), 1);
            } else {
                tokio::time::sleep(Duration::from_secs(2)).await;
                while dropped.get() == 0 {
                    tokio::task::yield_now().await;
                }
                assert!(weak.upgrade().is_none_or(|request| request.is_cancelled()));
            }
            while !runtime.snapshot().is_empty() {
                tokio::task::yield_now().await;
            }
        }
    });
}
