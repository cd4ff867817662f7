//! What requests tell `tracing`. A binary of its own, because it records for the whole process.
#![allow(
    clippy::disallowed_methods,
    reason = "tests make foreign threads and jobs on purpose"
)]
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "helpers are shared with other tests, and nobody calls a test"
)]

mod flows;
#[path = "../request/support.rs"]
mod support;
mod tracing_log;

use std::future::IntoFuture;

use std::time::Duration;

use headwater::{Request, RequestState, Runtime};

use crate::support::*;

/// The reports of failures nobody listened to that name `name`.
fn reports(name: &str) -> Vec<String> {
    tracing_log::lines()
        .into_iter()
        .filter(|line| line.starts_with("ERROR") && line.contains(name))
        .collect()
}

fn failing(name: &str) -> Request<u32> {
    let inner = Request::new(async { custom::<u32>(8) });
    Request::builder().name(name).future(async move {
        tokio::task::yield_now().await;
        inner.await
    })
}

#[test]
fn c28_r060_a_failure_nobody_listens_to_is_reported_once_with_its_chain() {
    tracing_log::install();
    let rt = Rt::new(1);
    failing("unheard early").submit();
    rt.settle();
    until("it is reported", || !reports("unheard early").is_empty());
    let report = reports("unheard early");
    assert_eq!(report.len(), 1);
    assert!(report[0].contains("custom failure 8"), "{report:?}");
    // Ended first, and let go by its last handle later.
    let request = failing("unheard late");
    let clone = request.clone();
    request.submit();
    until_state(&request, RequestState::Failed);
    assert!(reports("unheard late").is_empty());
    drop(request);
    assert!(reports("unheard late").is_empty());
    drop(clone);
    assert_eq!(reports("unheard late").len(), 1);
}

#[test]
fn c28_r061_a_failure_that_somebody_heard_is_not_reported() {
    tracing_log::install();
    let rt = Rt::new(2);
    let by = |nth: usize| failing(&format!("heard {nth}"));
    by(0).wait().unwrap_err();
    futures::executor::block_on(by(1).into_future()).unwrap_err();
    let dependent = by(2);
    let _ = Request::new(async move { Ok(dependent.await.is_err()) }).wait();
    let request = by(3);
    request.on_failed(|_| {});
    request.submit();
    until_state(&request, RequestState::Failed);
    drop(request);
    let request = by(4);
    request.submit();
    until_state(&request, RequestState::Failed);
    assert!(request.try_result().unwrap().is_err());
    drop(request);
    let request = by(5);
    request.submit();
    let waiting = {
        let request = request.clone();
        thread(&rt, move || drop(request.wait()))
    };
    join(waiting);
    drop(request);
    rt.settle();
    assert_eq!(reports("`heard"), Vec::<String>::new());
}

#[test]
fn c28_r025_a_cancellation_is_no_failure() {
    tracing_log::install();
    let rt = Rt::new(1);
    let target = endless(&Counter::new());
    let inner = target.clone();
    let request = Request::builder()
        .name("merely cancelled")
        .future(async move { inner.await });
    request.submit();
    until("it waits", || target.info().waiters == 1);
    let _ = request.cancel();
    drop(request);
    drop(target);
    rt.settle();
    assert_eq!(reports("merely cancelled"), Vec::<String>::new());
}

#[test]
fn c45_long_polls_are_counted_and_named() {
    tracing_log::install();
    let host = multi_thread(1);
    let builder = Runtime::builder().slots(1).compute_threads(1).long_poll(Duration::ZERO);
    let rt = Rt::from(builder.embedded(host.handle().clone()));
    let request = Request::builder().name("long poll").future(async { Ok(line!()) });
    request.submit();
    let line = request.wait().unwrap();
    until("it is counted", || rt.statistics().long_polls >= 1);
    let place = format!("main.rs:{line}:");
    until("it is named", || {
        tracing_log::lines()
            .iter()
            .any(|entry| entry.starts_with("WARN") && entry.contains(&place))
    });
    rt.settle();
    drop(rt);
}

#[test]
fn c46_p33_the_tracing_span_goes_along() {
    tracing_log::install();
    let rt = Rt::new(2);
    let span = tracing::info_span!("the callers span");
    let request = span.in_scope(|| {
        Request::builder().name("spanned").future(async {
            tracing::info!("c46 in the first poll");
            tokio::task::yield_now().await;
            tracing::info!("c46 in a later poll");
            Request::kernel(|_| {
                tracing::info!("c46 in a kernel");
                Ok(())
            })
            .await
        })
    });
    request.on_finished(|()| tracing::info!("c46 in a callback"));
    request.submit();
    request.wait().unwrap();
    rt.settle();
    for place in ["the first poll", "a later poll", "a kernel", "a callback"] {
        let lines = tracing_log::lines();
        let line = lines
            .iter()
            .find(|line| line.contains(&format!("c46 in {place}")))
            .unwrap();
        assert!(line.contains("the callers span"), "{line}");
        assert!(line.contains("spanned"), "{line}");
    }
}

#[test]
fn c47_tracing_tells_the_same() {
    tracing_log::install();
    let rt = Rt::new(1);
    let request = Request::builder().name("traced life").future(async {
        tokio::task::yield_now().await;
        Ok(())
    });
    request.submit();
    request.wait().unwrap();
    rt.settle();
    let lines = tracing_log::lines();
    let kinds: Vec<_> = lines
        .iter()
        .filter(|line| line.starts_with("TRACE") && line.contains("traced life"))
        .filter_map(|line| line.split("event=").nth(1)?.split_whitespace().next())
        .collect();
    assert_eq!(
        kinds,
        [
            "Made",
            "Submitted",
            "Started",
            "Suspended",
            "Resumed",
            "Ended(Succeeded)"
        ]
    );
}

#[test]
fn c48_the_stall_detector_names_what_has_not_moved() {
    tracing_log::install();
    let rt = Rt::from(
        Runtime::builder()
            .slots(1)
            .compute_threads(1)
            .stall_after(Duration::from_millis(4)),
    );
    let request = Request::builder().name("stalled one").future(async {
        std::future::pending::<()>().await;
        Ok(1)
    });
    let idle = Request::builder().name("merely made").future(async { Ok(1) });
    request.submit();
    until("it is named", || {
        tracing_log::lines()
            .iter()
            .any(|line| line.starts_with("WARN") && line.contains("stalled one"))
    });
    assert!(
        rt.stalled(Duration::from_millis(4))
            .iter()
            .any(|info| info.id == request.id())
    );
    assert!(rt.stalled(LONG).is_empty());
    assert!(
        !tracing_log::lines()
            .iter()
            .any(|line| line.starts_with("WARN") && line.contains("merely made"))
    );
    drop(idle);
    let _ = request.cancel();
    rt.settle();
}

#[test]
fn c07_c46_the_spans_of_a_deep_chain_end_without_overflowing_a_stack() {
    fn link(depth: u32) -> Request<u32> {
        Request::new(async move {
            match depth {
                0 => Ok(0),
                _ => Ok(link(depth - 1).await? + 1),
            }
        })
    }
    tracing_log::install();
    let rt = Rt::new(2);
    assert_eq!(link(20_000).wait().unwrap(), 20_000);
    rt.settle();
}

/// A subscriber of `tracing` is the user's, and is called in the middle of everything.
#[test]
fn c26_a_subscriber_that_panics_costs_no_slot_and_no_waiter() {
    tracing_log::install();
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1));
    let named = || Request::builder().name(tracing_log::BOMB);
    for _ in 0..20 {
        let inner = named().future(async {
            tokio::task::yield_now().await;
            Ok(1)
        });
        inner.submit();
        let kernel = named().kernel(|_| Ok(2));
        let called = Counter::new();
        let count = called.clone();
        kernel.on_finished(move |_| {
            count.add();
        });
        let request = named().future(async move { Ok(inner.await? + kernel.await?) });
        assert_eq!(request.wait().unwrap(), 3);
        assert_eq!(called.get(), 1);
        // A failure that nobody hears is told to the subscriber as well.
        named().future(async { custom::<u32>(1) }).submit();
        let endless = named().future(std::future::pending::<Result<u32, headwater::Error>>());
        endless.submit();
        until_state(&endless, RequestState::Suspended);
        assert_eq!(endless.cancel(), headwater::Cancel::Cancelled);
        until_state(&endless, RequestState::Cancelled);
    }
    let panics = |line: &&String| line.contains(tracing_log::BOMB) && line.contains("event=Ended");
    let lines = tracing_log::lines();
    assert!(lines.iter().filter(panics).count() >= 20 * 4, "it was called");
    rt.settle();
}
