//! C38, C39: free slots and direct execution.

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use headwater::{Request, RequestState};

use super::writes;
use crate::support::*;

#[test]
fn c38_p29_a_child_of_a_busy_parent_starts_at_once_if_a_slot_is_free() {
    let rt = Rt::new(2);
    for _ in 0..20 {
        let parent = Request::new(async {
            let started = Latch::new();
            let inside = started.clone();
            let child = Request::new(async move {
                inside.open();
                Ok(())
            });
            child.submit();
            // Busy, without an await: only another slot can start the child.
            started.wait();
            child.await
        });
        parent.submit();
        parent.wait().unwrap();
    }
    rt.settle();
}

#[test]
fn c38_p29_also_when_the_other_slots_are_asleep() {
    let rt = Rt::new(2);
    let never = endless(&Counter::new());
    for _ in 0..10 {
        // Far longer than a slot stays awake without work.
        assert!(never.wait_timeout(Duration::from_millis(10)).unwrap_err().is_timeout());
        let parent = Request::new(async {
            let started = Latch::new();
            let inside = started.clone();
            let child = Request::new(async move {
                inside.open();
                Ok(())
            });
            child.submit();
            started.wait();
            Ok(())
        });
        parent.submit();
        parent.wait().unwrap();
    }
    let _ = never.cancel();
    rt.settle();
}

#[test]
fn c38_as_many_children_as_there_are_slots_start_beside_their_busy_parent() {
    let rt = Rt::new(4);
    for _ in 0..20 {
        let parent = Request::new(async {
            let started: Vec<_> = (0..3).map(|_| Latch::new()).collect();
            let all = Arc::new(started.clone());
            for nth in 0..3 {
                let all = Arc::clone(&all);
                Request::new(async move {
                    all[nth].open();
                    all.iter().for_each(Latch::wait);
                    Ok(())
                })
                .submit();
            }
            started.iter().for_each(Latch::wait);
            Ok(())
        });
        parent.submit();
        parent.wait().unwrap();
    }
    rt.settle();
}

#[test]
fn c39_r011_awaiting_what_nobody_submitted_runs_it_in_the_slot_of_its_waiter() {
    let rt = Rt::new(4);
    let request = Request::new(async {
        let here = std::thread::current().id();
        let inner = Request::new(async { Ok(std::thread::current().id()) });
        Ok((here, inner.await?))
    });
    request.submit();
    let (outer, inner) = request.wait().unwrap();
    assert_eq!(outer, inner);
    rt.settle();
}

#[test]
fn c39_r013_from_tasks_and_foreign_threads_alike() {
    let rt = Rt::new(1);
    let here = std::thread::current().id();
    let made = || Request::new(async { Ok(std::thread::current().id()) });
    assert_eq!(made().wait().unwrap(), here);
    assert_eq!(current_thread().block_on(async { made().await }).unwrap(), here);
    assert_eq!(futures::executor::block_on(made().into_future()).unwrap(), here);
    rt.settle();
}

#[test]
fn c39_r012_with_its_own_identity_as_creator_and_for_cancellation() {
    let rt = Rt::new(1);
    for in_request in [false, true] {
        let (give, take) = std::sync::mpsc::channel();
        let dropped = Counter::new();
        let guard = dropped.on_drop();
        let inner = Request::builder().name("inner").future(async move {
            let child = Request::new(async move {
                let _guard = guard;
                std::future::pending::<()>().await;
                Ok(1)
            });
            child.submit();
            let _ = give.send(child.clone());
            child.await
        });
        let target = inner.clone();
        let outer = Request::new(async move { target.await });
        let waiting = if in_request {
            outer.submit();
            None
        } else {
            let inner = inner.clone();
            Some(thread(&rt, move || inner.wait_timeout(Duration::from_millis(1))))
        };
        let child: Request<u32> = take.recv_timeout(LONG).unwrap();
        if let Some(waiting) = waiting {
            assert!(join(waiting).unwrap_err().is_timeout());
        } else {
            until("outer waits", || outer.info().waits_for == [inner.id()]);
        }
        until("inner waits, not outer", || inner.info().waits_for == [child.id()]);
        // The child is the inner one's: cancelling that one reaches it.
        if in_request {
            let _ = outer.cancel();
        } else {
            let _ = inner.cancel();
        }
        until_state(&child, RequestState::Cancelled);
        drop(outer);
        rt.settle();
        assert_eq!(dropped.get(), 1);
    }
}

#[test]
fn c39_the_lease_ends_at_the_first_pending_await() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::new(async move {
        pass.await;
        Ok(std::thread::current().id())
    });
    // Polled once, and kept without ever being polled again: nobody is held up.
    let mut leader = request.clone().into_future();
    assert!(poll_once(&mut leader).is_pending());
    assert_eq!(request.state(), RequestState::Suspended);
    gate.open();
    let ran_on = request.wait().unwrap();
    assert_ne!(ran_on, std::thread::current().id());
    drop(leader);
    rt.settle();
}

#[test]
fn c39_a_submitted_request_goes_through_the_queue() {
    let rt = Rt::new(1);
    let log = Log::new();
    let plug = plug(&rt);
    let first = writes(&log, "first", 0);
    let second = writes(&log, "second", 0);
    first.submit();
    second.submit();
    let inner = second.clone();
    let waiting = thread(&rt, move || inner.wait());
    until("the thread waits", || second.info().waiters == 1);
    assert_eq!(log.get(), Vec::<String>::new());
    plug.release();
    join(waiting).unwrap();
    rt.settle();
    assert_eq!(log.get(), ["first", "second"]);
}
