//! C24: the time of grace.

use std::future::IntoFuture;
use std::time::Duration;

use headwater::{Cancel, Request, RequestState, Runtime};

use crate::support::*;

#[test]
fn c24_p13_grace_delays_a_cancellation_for_lack_of_interest() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::builder().grace(LONG).future(async move {
        pass.await;
        Ok(1)
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    for _ in 0..3 {
        let mut wait = request.clone().into_future();
        assert!(poll_once(&mut wait).is_pending());
        drop(wait);
        assert_eq!(request.cancel(), Cancel::Delayed);
        assert!(!request.is_cancelled());
    }
    gate.open();
    assert_eq!(request.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c24_when_the_grace_is_over_it_is_cancelled() {
    let rt = Rt::from(
        Runtime::builder()
            .slots(1)
            .compute_threads(1)
            .grace(Duration::from_millis(1)),
    );
    let dropped = Counter::new();
    let request = endless(&dropped);
    assert_eq!(request.cancel(), Cancel::Delayed);
    until_state(&request, RequestState::Cancelled);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c24_interest_that_comes_back_in_time_keeps_it() {
    let rt = Rt::new(1);
    let request = Request::builder().grace(Duration::from_millis(1)).future(async {
        std::future::pending::<()>().await;
        Ok(1)
    });
    request.submit();
    let mut wait = request.clone().into_future();
    assert_eq!(request.cancel(), Cancel::Delayed);
    if poll_once(&mut wait).is_pending() {
        // As long as somebody waits, the time of grace may pass as it likes.
        assert!(
            futures::executor::block_on(request.timeout(Duration::from_millis(20)))
                .unwrap_err()
                .is_timeout()
        );
        assert!(!request.is_cancelled());
    }
    drop(wait);
    until_state(&request, RequestState::Cancelled);
    rt.settle();
}

#[test]
fn c24_the_grace_begins_anew_with_each_loss_of_interest() {
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
    host.block_on(async {
        let request = Request::builder()
            .on(&runtime)
            .grace(Duration::from_secs(10))
            .future(async {
                std::future::pending::<()>().await;
                Ok(1)
            });
        request.submit();
        while request.state() != RequestState::Suspended {
            tokio::task::yield_now().await;
        }
        assert_eq!(request.cancel(), Cancel::Delayed);
        tokio::time::sleep(Duration::from_secs(6)).await;
        let mut wait = request.clone().into_future();
        assert!(poll_once(&mut wait).is_pending());
        drop(wait);
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(!request.is_cancelled(), "six seconds without interest, not twelve");
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(request.is_cancelled());
        while !runtime.snapshot().is_empty() {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn c24_submitting_in_the_time_of_grace_takes_the_cancellation_back() {
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
        let gate = Gate::new();
        let pass = gate.pass();
        let request = Request::builder().on(&runtime).future(async move {
            pass.await;
            Ok(1)
        });
        request.submit();
        while request.state() != RequestState::Suspended {
            tokio::task::yield_now().await;
        }
        assert_eq!(request.cancel(), Cancel::Delayed);
        request.submit();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(
            !request.is_cancelled(),
            "a cancellation that was taken back came all the same"
        );
        // The next one has a time of grace of its own.
        assert_eq!(request.cancel(), Cancel::Delayed);
        tokio::time::sleep(Duration::from_secs(9)).await;
        assert!(!request.is_cancelled());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(request.is_cancelled());
        gate.open();
    });
}
