//! A runtime embedded in a host's tokio runtime, when the host goes, or is no host for it (C45).

use std::sync::mpsc::channel;

use headwater::{Error, ErrorKind, Request, RequestState, Runtime};
use tokio::runtime::Handle;

use crate::support::*;

fn embedded(host: &Handle, slots: usize) -> Result<Runtime, Error> {
    Runtime::builder()
        .slots(slots)
        .compute_threads(1)
        .embedded(host.clone())
        .build()
}

/// Lets a current-thread host go on until `condition` holds; any other goes on by itself.
fn drive(host: &tokio::runtime::Runtime, what: &str, condition: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !condition() {
        assert!(began.elapsed() < LONG, "never happened: {what}");
        host.block_on(tokio::task::yield_now());
    }
}

#[test]
fn c45_c43_when_the_host_shuts_down_every_foreign_waiter_is_told() {
    for host in [current_thread(), multi_thread(2)] {
        let runtime = embedded(host.handle(), 1).unwrap();
        let dropped = Counter::new();
        let latch = Latch::new();
        let suspended = {
            let guard = dropped.on_drop();
            Request::builder().on(&runtime).name("suspended").future(async move {
                let _guard = guard;
                std::future::pending::<()>().await;
                Ok(1)
            })
        };
        let parent = {
            let suspended = suspended.clone();
            Request::builder()
                .on(&runtime)
                .name("parent")
                .future(async move { suspended.await })
        };
        let kernel = {
            let latch = latch.clone();
            Request::builder().on(&runtime).name("kernel").kernel(move |_| {
                latch.wait();
                Ok(2)
            })
        };
        let repeatable = Request::builder()
            .on(&runtime)
            .name("repeatable")
            .repeatable(|| async { std::future::pending().await });
        let requests = [suspended, parent, kernel, repeatable];
        let waits = requests
            .clone()
            .map(|request| std::thread::spawn(move || request.wait()));
        drive(&host, "all have waiters and move no more", || {
            let states: Vec<_> = requests.iter().map(Request::state).collect();
            let settled = [
                RequestState::Suspended,
                RequestState::Suspended,
                RequestState::Running,
                RequestState::Suspended,
            ];
            states == settled && requests.iter().all(|request| request.info().waiters > 0)
        });
        host.shutdown_background();
        for wait in waits {
            let error = join(wait).unwrap_err();
            assert!(error.is_shut_down(), "{}", error.report());
        }
        assert_eq!(dropped.get(), 1);
        assert!(runtime.snapshot().is_empty());
        // What comes later is told at once.
        let late = Request::builder().on(&runtime).future(async { Ok(3) });
        late.submit();
        assert!(late.wait().unwrap_err().is_shut_down());
        latch.open();
        assert!(runtime.shutdown(LONG).ignored.is_empty());
    }
}

#[test]
fn c45_a_host_that_is_dropped_while_requests_run_loses_no_waiter() {
    let host = multi_thread(2);
    let runtime = embedded(host.handle(), 2).unwrap();
    let (running, latch) = (Latch::new(), Latch::new());
    let request = {
        let (running, latch) = (running.clone(), latch.clone());
        Request::builder().on(&runtime).future(async move {
            running.open();
            latch.wait();
            tokio::task::yield_now().await;
            Ok(())
        })
    };
    request.submit();
    running.wait();
    let (told, answer) = channel();
    let waiting = request.clone();
    let waiter = std::thread::spawn(move || told.send(waiting.wait()));
    until("it has a waiter", || request.info().waiters == 1);
    // Waits for the poll that is under way, as a service does that shuts down.
    let dropping = std::thread::spawn(move || drop(host));
    let outcome = answer.recv_timeout(LONG);
    latch.open();
    assert!(
        outcome
            .expect("told while the poll goes on")
            .unwrap_err()
            .is_shut_down()
    );
    join(waiter).unwrap();
    join(dropping);
}

#[test]
fn c45_a_host_without_timers_is_refused_when_the_runtime_is_built() {
    let host = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = embedded(host.handle(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(
        error.report(),
        "the host's tokio runtime has no timers: build it with `enable_time`"
    );
}

#[test]
fn c45_a_host_that_has_gone_is_refused() {
    for host in [current_thread(), multi_thread(1)] {
        let handle = host.handle().clone();
        drop(host);
        let error = embedded(&handle, 1).unwrap_err();
        assert_eq!(error.report(), "the host's tokio runtime has been shut down");
    }
}

#[test]
fn c38_c45_p29_in_a_host_too_a_child_of_a_busy_parent_starts_at_once() {
    let host = multi_thread(2);
    let runtime = embedded(host.handle(), 2).unwrap();
    for _ in 0..200 {
        let parent = Request::builder().on(&runtime).future(async {
            let started = Latch::new();
            let inside = started.clone();
            let child = Request::new(async move {
                inside.open();
                Ok(())
            });
            child.submit();
            // Busy, without an await: only another slot, on another worker of the host, can start the child.
            started.wait();
            Ok(())
        });
        parent.submit();
        parent.wait().unwrap();
    }
    assert!(runtime.shutdown(LONG).ignored.is_empty());
}
