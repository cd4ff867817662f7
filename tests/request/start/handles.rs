//! C8: handles, and what they keep alive.

use std::sync::Arc;

use headwater::{Request, RequestState};

use crate::support::*;

#[test]
fn c08_a_submitted_request_runs_to_its_end_without_handles() {
    let rt = Rt::new(1);
    let (gate, ended) = (Gate::new(), Counter::new());
    let (pass, count) = (gate.pass(), ended.clone());
    let request = Request::new(async move {
        pass.await;
        count.add();
        Ok(())
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    drop(request);
    assert_eq!(rt.snapshot().len(), 1);
    gate.open();
    rt.settle();
    assert_eq!(ended.get(), 1);
}

#[test]
fn c08_one_started_by_an_await_is_cancelled_with_its_last_waiter() {
    let rt = Rt::new(1);
    let (dropped, cancelled) = (Counter::new(), Counter::new());
    let (guard, count) = (dropped.on_drop(), cancelled.clone());
    let request = Request::new(async move {
        let _guard = guard;
        std::future::pending::<()>().await;
        Ok(())
    });
    request.on_cancelled(move || {
        count.add();
    });
    let mut first = request.clone().into_future();
    let mut second = request.into_future();
    assert!(poll_once(&mut first).is_pending());
    assert!(poll_once(&mut second).is_pending());
    drop(first);
    assert_eq!(rt.snapshot().len(), 1);
    assert_eq!((dropped.get(), cancelled.get()), (0, 0));
    drop(second);
    rt.settle();
    assert_eq!((dropped.get(), cancelled.get()), (1, 1));
}

#[test]
fn c08_while_a_handle_remains_it_goes_on() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::new(async move {
        pass.await;
        Ok(1)
    });
    let mut wait = request.clone().into_future();
    assert!(poll_once(&mut wait).is_pending());
    drop(wait);
    assert!(!request.is_cancelled());
    gate.open();
    // Nobody waits: it goes on in the queue.
    until_state(&request, RequestState::Succeeded);
    rt.settle();
}

#[test]
fn c08_a_weak_handle_keeps_nothing_alive() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let guard = dropped.on_drop();
    let request = Request::new(async move {
        let _guard = guard;
        std::future::pending::<()>().await;
        Ok(1)
    });
    let weak = request.downgrade();
    let mut wait = request.into_future();
    assert!(poll_once(&mut wait).is_pending());
    // Shared while somebody waits, and then not kept.
    let again = weak.upgrade().expect("somebody waits");
    assert_eq!(again.info().waiters, 1);
    drop(again);
    drop(wait);
    rt.settle();
    assert_eq!(dropped.get(), 1);
    until("the request is freed", || weak.upgrade().is_none());
}

#[test]
fn c08_r070_dropping_the_last_handle_frees_the_value() {
    let rt = Rt::new(1);
    let value = Arc::new(());
    let inner = Arc::clone(&value);
    let request = Request::new(async move { Ok(inner) });
    let weak = request.downgrade();
    drop(request.wait().unwrap());
    assert_eq!(Arc::strong_count(&value), 2);
    drop(request);
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(weak.upgrade().is_none());
    rt.settle();
}

#[test]
fn c08_r071_a_finished_child_is_free_before_its_creator_ends() {
    let _rt = Rt::new(1);
    let parent = Request::new(async {
        let value = Arc::new(());
        let inner = Arc::clone(&value);
        let child = Request::new(async move { Ok(inner) });
        child.submit();
        drop(child.await?);
        tokio::task::yield_now().await;
        Ok(Arc::strong_count(&value))
    });
    parent.submit();
    assert_eq!(parent.wait().unwrap(), 1);
}

#[test]
fn c08_r072_r073_what_was_captured_is_freed_at_the_end() {
    let rt = Rt::new(1);
    let dropped = Counter::new();
    let (in_work, in_callback) = (dropped.on_drop(), dropped.on_drop());
    let request = Request::new(async move {
        let _held = in_work;
        custom::<()>(1)
    });
    request.on_failed(move |_| drop(in_callback));
    request.wait().unwrap_err();
    // The request is still there, with its error; the workload and the callback are not.
    assert_eq!(dropped.get(), 2);
    rt.settle();
}
