//! C13, C18–C20: what `cancel()` says, before the start and after the end.

use std::future::IntoFuture;

use headwater::{Cancel, Request, RequestState, Runtime};

use super::gated;
use crate::support::*;

#[test]
fn c13_without_waiters_it_takes_effect_at_once() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let request = endless(&dropped);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    assert!(request.is_cancelled());
    assert!(request.wait().unwrap_err().is_cancelled());
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c13_r030_with_waiters_it_is_pending_until_the_last_one_leaves() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let request = endless(&dropped);
    let mut waits: Vec<_> = (0..3).map(|_| request.clone().into_future()).collect();
    assert!(waits.iter_mut().all(|wait| poll_once(wait).is_pending()));
    for left in (1..=3).rev() {
        assert_eq!(request.cancel(), Cancel::Pending { waiters: left });
        assert!(!request.is_cancelled());
        waits.pop();
    }
    assert!(request.is_cancelled());
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c13_r032_a_thread_is_a_waiter_too_as_long_as_it_waits() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    let inner = request.clone();
    let waiting = thread(&rt, move || inner.wait());
    until("the thread waits", || request.info().waiters == 1);
    assert_eq!(request.cancel(), Cancel::Pending { waiters: 1 });
    gate.open();
    assert_eq!(join(waiting).unwrap(), 1);
    rt.settle();
}

#[test]
fn c13_after_the_end_it_says_so() {
    let rt = Rt::new(1);
    let request = Request::new(async { Ok(1) });
    request.wait().unwrap();
    assert_eq!(request.cancel(), Cancel::Ended);
    let failed = Request::new(async { custom::<u32>(1) });
    failed.wait().unwrap_err();
    assert_eq!(failed.cancel(), Cancel::Ended);
    let cancelled = Request::new(async { Ok(1) });
    assert_eq!(cancelled.cancel(), Cancel::Cancelled);
    assert_eq!(cancelled.cancel(), Cancel::Cancelled);
    rt.settle();
}

#[test]
fn c18_r026_cancelled_before_its_start_it_never_runs() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let ran = Counter::new();
    let cancelled = Counter::new();
    let mut requests = Vec::new();
    for kind in 0..3 {
        for submitted in [false, true] {
            let (count, told) = (ran.clone(), cancelled.clone());
            let request = match kind {
                0 => Request::new(async move { Ok(count.add()) }),
                1 => Request::repeatable(move || {
                    let count = count.clone();
                    async move { Ok(count.add()) }
                }),
                _ => Request::pinned(move || async move { Ok(count.add()) }),
            };
            request.on_cancelled(move || {
                told.add();
            });
            if submitted && kind < 2 {
                request.submit();
            }
            // The only slot is taken: this ends without one.
            assert_eq!(request.cancel(), Cancel::Cancelled);
            assert_eq!(request.state(), RequestState::Cancelled);
            requests.push(request);
        }
    }
    assert_eq!(cancelled.get(), 6);
    plug.release();
    rt.settle();
    assert_eq!(ran.get(), 0);
}

#[test]
fn c18_a_kernel_cancelled_in_its_queue_never_runs() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1));
    let (inside, go_on, ran) = (Latch::new(), Latch::new(), Counter::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let busy = Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(())
    });
    busy.submit();
    inside.wait();
    let count = ran.clone();
    let kernel = Request::kernel(move |_| Ok(count.add()));
    kernel.submit();
    assert_eq!(kernel.cancel(), Cancel::Cancelled);
    assert_eq!(kernel.state(), RequestState::Cancelled);
    go_on.open();
    busy.wait().unwrap();
    rt.settle();
    assert_eq!(ran.get(), 0);
}

#[test]
fn c18_a_queued_pinned_one_never_runs() {
    let rt = Rt::new(1);
    let (inside, go_on, ran) = (Latch::new(), Latch::new(), Counter::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let busy = Request::pinned(move || async move {
        entered.open();
        leave.wait();
        Ok(())
    });
    busy.submit();
    inside.wait();
    let count = ran.clone();
    let request = Request::pinned(move || async move { Ok(count.add()) });
    request.submit();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    assert_eq!(request.state(), RequestState::Cancelled);
    go_on.open();
    busy.wait().unwrap();
    rt.settle();
    assert_eq!(ran.get(), 0);
}

#[test]
fn c18_a_pinned_one_is_interrupted_while_it_waits() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let target = endless(&dropped);
    let log = Log::new();
    let (steps, inner) = (log.clone(), target.clone());
    let pinned = Request::pinned(move || async move {
        let _not_send = std::rc::Rc::new(());
        let error = inner.await.unwrap_err();
        steps.push(error.is_interrupted());
        std::future::pending::<()>().await;
        Ok(())
    });
    pinned.submit();
    until("it waits", || target.info().waiters == 1);
    assert_eq!(pinned.cancel(), Cancel::Cancelled);
    until_state(&pinned, RequestState::Cancelled);
    assert_eq!(log.get(), [true]);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c19_r035_a_child_of_a_cancelled_request_is_born_cancelled() {
    let rt = Rt::new(2);
    let (inside, go_on, ran, told) = (Latch::new(), Latch::new(), Counter::new(), Counter::new());
    let (entered, leave, count, cancelled) = (inside.clone(), go_on.clone(), ran.clone(), told.clone());
    let states = Log::new();
    let log = states.clone();
    let request = Request::new(async move {
        entered.open();
        leave.wait();
        for kind in 0..3 {
            let count = count.clone();
            let child = match kind {
                0 => Request::new(async move { Ok(count.add()) }),
                1 => Request::kernel(move |_| Ok(count.add())),
                _ => Request::repeatable(move || {
                    let count = count.clone();
                    async move { Ok(count.add()) }
                }),
            };
            log.push(child.state());
            let cancelled = cancelled.clone();
            child.on_cancelled(move || {
                cancelled.add();
            });
        }
        Ok(())
    });
    request.submit();
    inside.wait();
    let _ = request.cancel();
    go_on.open();
    rt.settle();
    assert_eq!(states.get(), [RequestState::Cancelled; 3]);
    assert_eq!((ran.get(), told.get()), (0, 3));
}

#[test]
fn c20_r029_r038_after_the_end_a_cancel_changes_nothing() {
    let rt = Rt::new(1);
    let (finished, cancelled) = (Counter::new(), Counter::new());
    let request = Request::new(async { Ok(4) });
    let (a, b) = (finished.clone(), cancelled.clone());
    request.on_finished(move |_| {
        a.add();
    });
    request.on_cancelled(move || {
        b.add();
    });
    assert_eq!(request.wait().unwrap(), 4);
    for _ in 0..2 {
        assert_eq!(request.cancel(), Cancel::Ended);
        assert_eq!(request.wait().unwrap(), 4);
        assert_eq!(request.try_result().unwrap().unwrap(), 4);
        assert!(!request.is_cancelled());
    }
    request.on_cancelled({
        let cancelled = cancelled.clone();
        move || {
            cancelled.add();
        }
    });
    assert_eq!((finished.get(), cancelled.get()), (1, 0));
    rt.settle();
}

#[test]
fn c20_r038_r039_a_cancelled_one_stays_cancelled() {
    let rt = Rt::new(1);
    let request = Request::new(async { Ok(4) });
    assert_eq!(request.cancel(), Cancel::Cancelled);
    for _ in 0..3 {
        assert!(request.wait().unwrap_err().is_cancelled());
        assert_eq!(request.cancel(), Cancel::Cancelled);
        request.submit();
        assert_eq!(request.state(), RequestState::Cancelled);
    }
    rt.settle();
}

#[test]
fn c20_r042_a_failure_is_never_downgraded_to_cancelled() {
    let rt = Rt::new(1);
    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let request = Request::new(async move {
        entered.open();
        leave.wait();
        custom::<u32>(5)
    });
    let log = Log::new();
    let (failed, cancelled) = (log.clone(), log.clone());
    request.on_failed(move |_| failed.push("failed"));
    request.on_cancelled(move || cancelled.push("cancelled"));
    request.submit();
    inside.wait();
    let _ = request.cancel();
    go_on.open();
    until_state(&request, RequestState::Failed);
    assert_eq!(request.wait().unwrap_err().downcast_ref(), Some(&Custom(5)));
    assert_eq!(log.get(), ["failed"]);
    rt.settle();
}

#[test]
fn c20_p14_a_value_committed_before_the_cancel_is_a_success() {
    let rt = Rt::new(1);
    let (inside, go_on) = (Latch::new(), Latch::new());
    let request = Request::new(async { Ok(6) });
    let (entered, leave) = (inside.clone(), go_on.clone());
    request.on_finished(move |_| {
        entered.open();
        leave.wait();
    });
    request.submit();
    inside.wait();
    assert_eq!(request.state(), RequestState::Finishing);
    assert_eq!(request.cancel(), Cancel::Ended);
    go_on.open();
    assert_eq!(request.wait().unwrap(), 6);
    rt.settle();
}

#[test]
fn c20_r047_a_cancelled_waiter_never_receives_a_value() {
    let rt = Rt::new(1);
    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let log = Log::new();
    let told = log.clone();
    let done = Request::value(1);
    let request = Request::new(async move {
        entered.open();
        leave.wait();
        let first = done.clone().await;
        let second = done.wait();
        let third = Request::new(async { Ok(1) }).await;
        told.push([first, second, third].iter().all(Result::is_err));
        Ok(())
    });
    request.submit();
    inside.wait();
    let _ = request.cancel();
    go_on.open();
    rt.settle();
    assert_eq!(log.get(), [true]);
}

#[test]
fn c20_p14_cancel_beside_completion_has_one_outcome() {
    let rt = Rt::new(2);
    for _ in 0..500 {
        let (finished, cancelled) = (Counter::new(), Counter::new());
        let request = Request::new(async { Ok(1) });
        let (a, b) = (finished.clone(), cancelled.clone());
        request.on_finished(move |_| {
            a.add();
        });
        request.on_cancelled(move || {
            b.add();
        });
        request.submit();
        let answer = request.cancel();
        let outcome = request.wait();
        until("it has ended", || request.has_ended());
        match answer {
            Cancel::Cancelled => assert!(outcome.unwrap_err().is_cancelled()),
            Cancel::Ended => assert_eq!(outcome.unwrap(), 1),
            other => panic!("nobody waits: {other:?}"),
        }
        assert_eq!(
            (finished.get(), cancelled.get()),
            if answer == Cancel::Ended { (1, 0) } else { (0, 1) }
        );
    }
    rt.settle();
}

#[test]
fn r088_c57_a_subtree_that_is_queued_costs_no_slot() {
    let rt = Rt::new(1);
    let plug = plug(&rt);
    let ran = Counter::new();
    let requests: Vec<_> = (0..1_000)
        .map(|_| {
            let count = ran.clone();
            let request = Request::new(async move { Ok(count.add()) });
            request.submit();
            request
        })
        .collect();
    for request in &requests {
        assert_eq!(request.cancel(), Cancel::Cancelled);
    }
    assert_eq!(rt.snapshot().len(), 1, "all but the plug have ended, without a slot");
    plug.release();
    rt.settle();
    assert_eq!(ran.get(), 0);
}
