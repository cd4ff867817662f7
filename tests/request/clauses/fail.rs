//! Clauses of C25–C31.

use std::future::IntoFuture;

use headwater::{Cancel, Request, RequestState, Retry};

use crate::support::*;

#[test]
fn c25_every_kind_of_request_is_one_link_with_its_own_name_and_place() {
    let rt = Rt::new(1);
    let kernel = Request::builder().name("kernel").kernel(|_| custom::<u32>(9));
    let its_kernel = kernel.clone();
    let repeatable = Request::builder().name("repeatable").repeatable(move || {
        let kernel = its_kernel.clone();
        async move { kernel.await }
    });
    let its_repeatable = repeatable.clone();
    let pinned = Request::builder()
        .name("pinned")
        .pinned(move || async move { its_repeatable.await });
    let its_pinned = pinned.clone();
    let blocking = Request::builder()
        .name("blocking")
        .future(async move { its_pinned.wait_timeout(LONG) });
    blocking.submit();
    let error = blocking.wait().unwrap_err();
    let chain: Vec<_> = error.chain().collect();
    assert_eq!(chain.len(), 5, "{chain:#?}");
    let made = [
        ("blocking", blocking.info()),
        ("pinned", pinned.info()),
        ("repeatable", repeatable.info()),
        ("kernel", kernel.info()),
    ];
    for (link, (name, info)) in chain.iter().zip(&made) {
        assert!(info.place.file().ends_with("clauses/fail.rs"));
        let head = format!("request `{name}` ({})", info.place);
        assert!(link.starts_with(&head), "{head}: {chain:#?}");
    }
    assert!(
        made.iter()
            .rev()
            .map(|(_, info)| info.place.line())
            .is_sorted_by(|a, b| a < b)
    );
    assert_eq!(chain[4], "custom failure 9");
    assert_eq!(error.downcast_ref(), Some(&Custom(9)));
    // All of it in the report, in this order.
    let report = error.report();
    let at: Vec<_> = made.iter().map(|(name, _)| report.find(&format!("`{name}`"))).collect();
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{report}");
    rt.settle();
}

#[test]
fn c27_a_panicking_parent_cancels_its_unfinished_children_too() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let (give, take) = std::sync::mpsc::channel();
    let (gate, guard) = (Gate::new(), dropped.on_drop());
    let pass = gate.pass();
    let parent = Request::new(async move {
        let child = Request::new(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
            Ok(1)
        });
        child.submit();
        let _ = give.send(child);
        pass.await;
        if std::hint::black_box(true) {
            panic!("in the parent");
        }
        Ok(())
    });
    parent.submit();
    let child: Request<u32> = take.recv_timeout(LONG).unwrap();
    until_state(&child, RequestState::Suspended);
    gate.open();
    assert!(parent.wait().unwrap_err().is_panic());
    until_state(&child, RequestState::Cancelled);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c29_neither_await_nor_time_out_nor_weak_handle_computes_it_again() {
    let rt = Rt::new(1);
    let runs = Counter::new();
    let count = runs.clone();
    let request = Request::repeatable(move || {
        let nth = count.add();
        async move { if nth == 0 { custom(0) } else { Ok(nth) } }
    });
    let (first, second) = (request.clone(), request.clone());
    let dependent = Request::new(async move { first.await });
    assert!(dependent.wait().is_err());
    assert!(futures::executor::block_on(request.clone().into_future()).is_err());
    assert!(futures::executor::block_on(request.timeout(LONG)).is_err());
    assert!(request.wait_timeout(LONG).is_err());
    assert!(request.downgrade().upgrade().unwrap().wait().is_err());
    assert!(Request::new(async move { second.await }).wait().is_err());
    assert_eq!(runs.get(), 1);
    // Who failed because of it stays failed when it is asked for again on purpose.
    assert_eq!(request.retry(), Retry::Started);
    assert_eq!(request.wait().unwrap(), 1);
    assert!(dependent.wait().is_err());
    assert_eq!(dependent.retry(), Retry::OneShot);
    assert_eq!(runs.get(), 2);
    rt.settle();
}

#[test]
fn c29_kernels_and_panics_can_be_retried_as_far_as_they_are_repeatable() {
    let rt = Rt::new(1);
    let runs = Counter::new();
    let count = runs.clone();
    let request = Request::repeatable(move || {
        let nth = count.add();
        async move {
            assert!(nth > 0, "the first time");
            Request::kernel(move |_| Ok(nth)).await
        }
    });
    assert!(request.wait().unwrap_err().is_panic());
    assert_eq!(request.retry(), Retry::Started);
    assert_eq!(request.wait().unwrap(), 1);
    let kernel = Request::kernel(|_| custom::<u32>(1));
    kernel.wait().unwrap_err();
    assert_eq!(kernel.retry(), Retry::OneShot);
    rt.settle();
}

#[test]
fn c30_a_retried_request_calls_each_generations_own_subscribers_with_what_is_true() {
    let rt = Rt::new(1);
    let (runs, log) = (Counter::new(), Log::new());
    let count = runs.clone();
    let request = Request::repeatable(move || {
        let nth = count.add();
        async move { if nth == 0 { custom(0) } else { Ok(nth) } }
    });
    let listen = |when: &'static str| {
        let (a, b, c) = (log.clone(), log.clone(), log.clone());
        request.on_failed(move |_| a.push(format!("{when} failed")));
        request.on_finished(move |_| b.push(format!("{when} finished")));
        request.on_cancelled(move || c.push(format!("{when} cancelled")));
    };
    listen("early");
    request.wait().unwrap_err();
    listen("after the failure");
    assert_eq!(request.retry(), Retry::Started);
    request.wait().unwrap();
    listen("after the success");
    rt.settle();
    assert_eq!(
        log.get(),
        ["early failed", "after the failure failed", "after the success finished"]
    );
}

#[test]
fn c31_before_a_wait_for_a_failure_returns_its_callbacks_have_too() {
    let rt = Rt::new(1);
    let (gate, inside, go_on, log) = (Gate::new(), Latch::new(), Latch::new(), Log::new());
    let (pass, entered, leave, told) = (gate.pass(), inside.clone(), go_on.clone(), log.clone());
    let request = Request::new(async move {
        pass.await;
        custom::<u32>(1)
    });
    request.on_failed(move |_| {
        entered.open();
        leave.wait();
        told.push("failed");
    });
    let done = log.clone();
    request.on_done(move |_| done.push("done"));
    let (inner, after) = (request.clone(), log.clone());
    let waiting = thread(&rt, move || {
        let error = inner.wait().unwrap_err();
        after.push("wait");
        error
    });
    until("the thread waits", || request.info().waiters == 1);
    gate.open();
    inside.wait();
    assert_eq!(request.state(), RequestState::Finishing);
    go_on.open();
    assert_eq!(join(waiting).downcast_ref(), Some(&Custom(1)));
    assert_eq!(log.get(), ["failed", "done", "wait"]);
    rt.settle();
}

#[test]
fn c31_before_a_wait_for_a_cancelled_request_returns_its_callbacks_have_too() {
    let rt = Rt::new(1);
    let (inside, go_on, log) = (Latch::new(), Latch::new(), Log::new());
    let (entered, leave, told) = (inside.clone(), go_on.clone(), log.clone());
    let request = endless(&Counter::new());
    request.on_cancelled(move || {
        entered.open();
        leave.wait();
        told.push("cancelled");
    });
    let inner = request.clone();
    let canceller = thread(&rt, move || inner.cancel());
    inside.wait();
    let (inner, after) = (request.clone(), log.clone());
    let waiting = thread(&rt, move || {
        let error = inner.wait().unwrap_err();
        after.push("wait");
        error
    });
    until("the thread waits", || request.info().waiters == 1);
    go_on.open();
    assert!(join(waiting).is_cancelled());
    assert_eq!(join(canceller), Cancel::Cancelled);
    assert_eq!(log.get(), ["cancelled", "wait"]);
    rt.settle();
}
