//! C10: time limits.

use std::time::Duration;

use headwater::{Cancel, Request, RequestState, Runtime};

use super::gated;
use crate::support::*;

#[test]
fn c10_r016_a_time_out_leaves_the_request_running() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    for limit in [Duration::ZERO, Duration::from_millis(1)] {
        assert!(request.wait_timeout(limit).unwrap_err().is_timeout());
        assert_eq!(request.info().waiters, 0);
        assert!(!request.is_cancelled());
    }
    until_state(&request, RequestState::Suspended);
    gate.open();
    assert_eq!(request.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c10_p10_r033_after_a_time_out_it_can_be_cancelled() {
    let rt = Rt::new(1);
    let request = gated(&Gate::new());
    assert!(request.wait_timeout(Duration::from_millis(1)).unwrap_err().is_timeout());
    assert_eq!(request.cancel(), Cancel::Cancelled);
    assert!(request.wait().unwrap_err().is_cancelled());
    rt.settle();
}

#[test]
fn c10_r018_time_outs_work_inside_requests() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    let inner = request.clone();
    let outer = Request::new(async move {
        let first = inner.timeout(Duration::from_millis(1)).await;
        assert!(first.unwrap_err().is_timeout());
        assert_eq!(inner.info().waiters, 0);
        let blocking = inner.wait_timeout(Duration::from_millis(1));
        assert!(blocking.unwrap_err().is_timeout());
        assert_eq!(inner.info().waiters, 0);
        gate.open();
        inner.timeout(LONG).await
    });
    outer.submit();
    assert_eq!(outer.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c10_a_time_out_on_any_executor_and_no_overflow() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let request = gated(&gate);
    let error = futures::executor::block_on(request.timeout(Duration::from_millis(1))).unwrap_err();
    assert!(error.is_timeout() && error.report().contains("1ms"), "{error:?}");
    gate.open();
    assert_eq!(futures::executor::block_on(request.timeout(Duration::MAX)).unwrap(), 1);
    assert_eq!(gated(&gate).wait_timeout(Duration::MAX).unwrap(), 1);
    rt.settle();
}

#[test]
fn c10_a_timed_out_future_that_is_kept_leaves_no_trace() {
    let rt = Rt::new(1);
    let request = gated(&Gate::new());
    let mut timeout = request.timeout(Duration::from_millis(1));
    let error = futures::executor::block_on(&mut timeout).unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(request.info().waiters, 0);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    rt.settle();
    drop(timeout);
}

#[test]
fn c10_r017_with_a_time_out_an_unstarted_request_is_submitted_never_run_directly() {
    let rt = Rt::new(2);
    let here = std::thread::current().id();
    let there = || Request::new(async { Ok(std::thread::current().id()) });
    assert_ne!(there().wait_timeout(LONG).unwrap(), here);
    assert_ne!(futures::executor::block_on(there().timeout(LONG)).unwrap(), here);
    rt.settle();
}

#[test]
fn c10_a_paused_clock_of_the_host_does_not_hang_a_time_out() {
    let host = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let runtime = Runtime::builder()
        .slots(1)
        .compute_threads(1)
        .embedded(host.handle().clone())
        .build()
        .unwrap();
    let request = Request::builder().on(&runtime).future(async {
        std::future::pending::<()>().await;
        Ok(1)
    });
    // Nothing else to do: tokio moves its clock on to the next timer.
    let error = host
        .block_on(async { request.timeout(Duration::from_secs(3600)).await })
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(request.cancel(), Cancel::Cancelled);
    host.block_on(async {
        while !runtime.snapshot().is_empty() {
            tokio::task::yield_now().await;
        }
    });
}
