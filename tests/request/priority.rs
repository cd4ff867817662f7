//! C34–C39: priority and queue.

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use expect_test::expect;
use headwater::{Discipline, Request, RequestState, Runtime};

use crate::support::*;

fn writes(log: &Log<String>, name: &str, priority: i32) -> Request<()> {
    let (log, entry) = (log.clone(), name.to_owned());
    Request::builder().name(name).priority(priority).future(async move {
        log.push(entry);
        Ok(())
    })
}

#[test]
fn c34_r074_roots_run_in_the_order_of_their_creation() {
    let rt = Rt::new(1);
    let log = Log::new();
    let plug = plug(&rt);
    let requests: Vec<_> = (0..8).map(|nth| writes(&log, &nth.to_string(), 0)).collect();
    requests.iter().rev().for_each(Request::submit);
    plug.release();
    rt.settle();
    assert_eq!(log.get(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn c34_r075_the_priority_of_a_root_comes_before_its_age() {
    let rt = Rt::new(1);
    let log = Log::new();
    let plug = plug(&rt);
    for (name, priority) in [
        ("later", 1),
        ("normal", 0),
        ("urgent", -1),
        ("normal too", 0),
        ("most urgent", -9),
    ] {
        writes(&log, name, priority).submit();
    }
    plug.release();
    rt.settle();
    assert_eq!(log.get(), ["most urgent", "urgent", "normal", "normal too", "later"]);
}

#[test]
fn c34_r076_descendants_of_an_older_root_outrank_everything_of_a_newer_one() {
    let rt = Rt::new(1);
    let log = Log::new();
    let family = |name: &'static str| {
        let log = log.clone();
        Request::new(async move {
            log.push(name.to_owned());
            for child in 0..2 {
                let (log, name) = (log.clone(), format!("{name}.{child}"));
                Request::new(async move {
                    log.push(name.clone());
                    writes(&log, &format!("{name}.0"), 0).submit();
                    Ok(())
                })
                .submit();
            }
            Ok(())
        })
    };
    let plug = plug(&rt);
    let (a, b) = (family("a"), family("b"));
    b.submit();
    a.submit();
    plug.release();
    rt.settle();
    assert_eq!(
        log.get(),
        ["a", "a.0", "a.0.0", "a.1", "a.1.0", "b", "b.0", "b.0.0", "b.1", "b.1.0"]
    );
}

#[test]
fn c34_among_siblings_a_priority_comes_before_creation() {
    let rt = Rt::new(1);
    let log = Log::new();
    let told = log.clone();
    Request::new(async move {
        for (name, priority) in [("second", 0), ("last", 5), ("first", -5), ("third", 0)] {
            writes(&told, name, priority).submit();
        }
        Ok(())
    })
    .submit();
    rt.settle();
    assert_eq!(log.get(), ["first", "second", "third", "last"]);
}

#[test]
fn c34_r077_resumed_and_new_requests_stand_in_the_same_queue() {
    let rt = Rt::new(1);
    let log = Log::new();
    let gate = Gate::new();
    let (pass, told) = (gate.pass(), log.clone());
    let resumed = Request::builder().priority(1).future(async move {
        pass.await;
        told.push("resumed, low".to_owned());
        Ok(())
    });
    resumed.submit();
    until_state(&resumed, RequestState::Suspended);
    let plug = plug(&rt);
    gate.open();
    until_state(&resumed, RequestState::Queued);
    writes(&log, "new, high", 0).submit();
    writes(&log, "new, lowest", 2).submit();
    plug.release();
    rt.settle();
    assert_eq!(log.get(), ["new, high", "resumed, low", "new, lowest"]);
}

#[test]
fn c34_p31_kernels_too() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1));
    let (inside, go_on, log) = (Latch::new(), Latch::new(), Log::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(())
    })
    .submit();
    inside.wait();
    for (name, priority) in [("later", 1), ("normal", 0), ("urgent", -1)] {
        let log = log.clone();
        Request::builder()
            .priority(priority)
            .kernel(move |_| {
                log.push(name);
                Ok(())
            })
            .submit();
    }
    go_on.open();
    rt.settle();
    assert_eq!(log.get(), ["urgent", "normal", "later"]);
}

/// A chain of `depth` requests of low priority that suspends at the bottom until `gate`, and then writes down each link.
fn chain(depth: usize, gate: &Gate, log: &Log<String>) -> Request<()> {
    let (pass, log) = (gate.pass(), log.clone());
    let mut next = Request::builder().priority(9).future({
        let log = log.clone();
        async move {
            pass.await;
            log.push("low 0".to_owned());
            Ok(())
        }
    });
    next.submit();
    until_state(&next, RequestState::Suspended);
    for nth in 1..depth {
        let (inner, log) = (next.clone(), log.clone());
        next = Request::builder().priority(9).future(async move {
            inner.await?;
            log.push(format!("low {nth}"));
            Ok(())
        });
        next.submit();
        until_state(&next, RequestState::Suspended);
    }
    next
}

#[test]
fn c35_r079_p32_a_waiter_lends_its_priority_through_any_depth() {
    let rt = Rt::new(1);
    let (gate, log) = (Gate::new(), Log::new());
    let bottom = chain(3, &gate, &log);
    let (inner, told) = (bottom.clone(), log.clone());
    let high = Request::builder().priority(-9).future(async move {
        inner.await?;
        told.push("high".to_owned());
        Ok(())
    });
    high.submit();
    until_state(&high, RequestState::Suspended);
    assert_eq!(bottom.info().priority, high.info().priority);
    let plug = plug(&rt);
    gate.open();
    writes(&log, "middle", 0).submit();
    plug.release();
    rt.settle();
    assert_eq!(log.get(), ["low 0", "low 1", "low 2", "high", "middle"]);
}

#[test]
fn c35_the_loan_ends_with_the_wait() {
    let rt = Rt::new(1);
    let (gate, log) = (Gate::new(), Log::new());
    let bottom = chain(3, &gate, &log);
    let own = bottom.info().priority;
    // A waiter without a rank keeps the chain alive.
    let mut keep = bottom.clone().into_future();
    assert!(poll_once(&mut keep).is_pending());
    for how in 0..2 {
        let inner = bottom.clone();
        let high = Request::builder().priority(-9).future(async move {
            match how {
                0 => inner.await,
                _ => inner.timeout(Duration::from_millis(1)).await,
            }
        });
        high.submit();
        if how == 0 {
            until_state(&high, RequestState::Suspended);
            assert_ne!(bottom.info().priority, own);
            let _ = high.cancel();
        }
        until("it has ended", || high.has_ended());
        assert_eq!(bottom.info().priority, own);
    }
    let plug = plug(&rt);
    gate.open();
    writes(&log, "middle", 0).submit();
    plug.release();
    futures::executor::block_on(keep).unwrap();
    rt.settle();
    assert_eq!(log.get(), ["middle", "low 0", "low 1", "low 2"]);
}

#[test]
fn c35_a_loan_that_comes_while_the_borrower_is_inside_of_its_poll_is_passed_on() {
    let rt = Rt::new(2);
    let (inside, go_on) = (Latch::new(), Latch::new());
    let target = endless(&Counter::new());
    let (entered, leave, inner) = (inside.clone(), go_on.clone(), target.clone());
    let borrower = Request::builder().priority(9).future(async move {
        entered.open();
        leave.wait();
        inner.await
    });
    borrower.submit();
    inside.wait();
    let lender = {
        let inner = borrower.clone();
        Request::builder().priority(-9).future(async move { inner.await })
    };
    lender.submit();
    until("the loan is made", || {
        borrower.info().priority == lender.info().priority
    });
    go_on.open();
    until("the loan has arrived", || {
        target.info().priority == lender.info().priority
    });
    let _ = lender.cancel();
    rt.settle();
}

#[test]
fn c35_a_kernel_that_is_waited_for_overtakes() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1));
    let (inside, go_on, log) = (Latch::new(), Latch::new(), Log::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(())
    })
    .submit();
    inside.wait();
    let kernel = |name: &'static str, priority| {
        let log = log.clone();
        let kernel = Request::builder().priority(priority).kernel(move |_| {
            log.push(name);
            Ok(())
        });
        kernel.submit();
        kernel
    };
    let low = kernel("low", 9);
    let _middle = kernel("middle", 0);
    let high = Request::builder().priority(-9).future(async move { low.await });
    high.submit();
    until_state(&high, RequestState::Suspended);
    go_on.open();
    rt.settle();
    assert_eq!(log.get(), ["low", "middle"]);
}

/// Keeps one urgent request in the queue for `rounds` rounds.
fn load(rounds: usize, last: Counter) -> Request<()> {
    Request::builder().priority(-1).future(async move {
        last.add();
        if rounds > 0 {
            // Not a child of this one, whose rank would sink: as urgent as ever.
            load(rounds - 1, last).submit();
        }
        Ok(())
    })
}

#[test]
fn c36_p32_ageing_bounds_the_wait_under_endless_load() {
    for (bound, starves) in [(Duration::ZERO, false), (Duration::from_secs(1 << 30), true)] {
        let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1).ageing(bound));
        let (rounds, seen) = (Counter::new(), Log::new());
        let plug = plug(&rt);
        let (count, log) = (rounds.clone(), seen.clone());
        Request::builder()
            .priority(9)
            .future(async move {
                log.push(count.get());
                Ok(())
            })
            .submit();
        load(2_000, rounds.clone()).submit();
        plug.release();
        rt.settle();
        let at = seen.get()[0];
        assert_eq!(at == 2_001, starves, "ran after {at} rounds");
        if !starves {
            assert!(at <= 100, "ran after {at} rounds");
        }
    }
}

#[test]
fn c36_equal_priorities_are_first_come_first_served() {
    let rt = Rt::new(1);
    let log = Log::new();
    let gate = Gate::new();
    // Resumed in another order than that of their creation, with ranks of their own: rank counts. With the same rank,
    // lent by one waiter, the order of arrival does.
    let requests: Vec<_> = (0..3)
        .map(|nth| {
            let (pass, log) = (gate.pass(), log.clone());
            let request = Request::new(async move {
                pass.await;
                log.push(nth);
                Ok(())
            });
            request.submit();
            until_state(&request, RequestState::Suspended);
            request
        })
        .collect();
    let all = requests.clone();
    let waiter = Request::builder().priority(-1).future(async move {
        futures::future::join_all(all.iter().rev().map(|request| request.into_future())).await;
        Ok(())
    });
    waiter.submit();
    until_state(&waiter, RequestState::Suspended);
    let plug = plug(&rt);
    gate.open();
    plug.release();
    rt.settle();
    assert_eq!(log.get(), [0, 1, 2]);
}

#[test]
fn c37_fifo_and_lifo_with_one_slot_are_exact() {
    for (discipline, expected) in [(Discipline::Fifo, [2, 0, 1]), (Discipline::Lifo, [1, 0, 2])] {
        let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1).discipline(discipline));
        let log = Log::new();
        let plug = plug(&rt);
        let requests: Vec<_> = (0..3)
            .map(|nth| {
                let log = log.clone();
                Request::builder().priority(nth).future(async move {
                    log.push(nth);
                    Ok(())
                })
            })
            .collect();
        for nth in [2, 0, 1] {
            requests[nth].submit();
        }
        plug.release();
        rt.settle();
        assert_eq!(log.get(), expected, "{discipline:?}");
    }
}

#[test]
fn c37_the_order_of_a_tree_under_each_discipline() {
    let order = |discipline| {
        let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1).discipline(discipline));
        let log = Log::new();
        let plug = plug(&rt);
        for root in ["a", "b"] {
            let log = log.clone();
            Request::new(async move {
                log.push(root.to_owned());
                for child in 0..2 {
                    writes(&log, &format!("{root}{child}"), 0).submit();
                }
                Ok(())
            })
            .submit();
        }
        plug.release();
        rt.settle();
        log.get().join(" ")
    };
    expect!["a a0 a1 b b0 b1"].assert_eq(&order(Discipline::Priority));
    expect!["a b a0 a1 b0 b1"].assert_eq(&order(Discipline::Fifo));
    expect!["b b1 b0 a a1 a0"].assert_eq(&order(Discipline::Lifo));
}

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

#[test]
fn c35_a_loan_to_one_that_is_run_out_of_the_queue_reaches_what_it_waits_for() {
    let rt = Rt::new(1);
    let target = endless(&Counter::new());
    let gate = Gate::new();
    let (inner, pass) = (target.clone(), gate.pass());
    // Waits for the target and for the gate; the gate makes it ready while it goes on waiting for the target.
    let borrower = Request::builder().priority(9).future(async move {
        let both = futures::future::join(inner.into_future(), pass).await;
        both.0
    });
    borrower.submit();
    until_state(&borrower, RequestState::Suspended);
    let plug = plug(&rt);
    let wanted = borrower.clone();
    let lender = Request::builder().priority(-9).future(async move { wanted.await });
    lender.submit();
    gate.open();
    until_state(&borrower, RequestState::Queued);
    plug.release();
    until("the loan has arrived", || {
        target.info().priority == lender.info().priority
    });
    let _ = lender.cancel();
    rt.settle();
}
