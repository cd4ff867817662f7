//! C25–C29: fail.

use std::error::Error as _;
use std::panic::panic_any;
use std::sync::Arc;

use headwater::{Cancel, Error, ErrorKind, Request, RequestState, Retry};

use crate::support::*;

#[test]
fn c25_r062_r063_every_waiter_gets_it_every_time_with_one_root() {
    let rt = Rt::new(2);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::new(async move {
        pass.await;
        custom::<u32>(7)
    });
    let dependents: Vec<_> = (0..2)
        .map(|_| {
            let inner = request.clone();
            let dependent = Request::new(async move { inner.await });
            dependent.submit();
            dependent
        })
        .collect();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let request = request.clone();
            thread(&rt, move || request.wait().unwrap_err())
        })
        .collect();
    until("all wait", || request.info().waiters == 4);
    gate.open();
    let mut errors: Vec<Error> = threads.into_iter().map(join).collect();
    errors.extend(dependents.iter().map(|dependent| dependent.wait().unwrap_err()));
    errors.extend((0..2).map(|_| request.wait().unwrap_err()));
    errors.push(request.try_result().unwrap().unwrap_err());
    for error in &errors {
        assert!(error.same_root(&errors[0]));
        assert_eq!(error.downcast_ref(), Some(&Custom(7)));
        assert_eq!(error.kind(), ErrorKind::Failed);
    }
    rt.settle();
}

#[test]
fn c25_r064_the_chain_reads_from_the_waiter_down_one_link_for_each_request() {
    let rt = Rt::new(1);
    let c = Request::builder().name("c").future(async { custom::<u32>(3) });
    let b = Request::builder().name("b").future(async move { c.await });
    let a = Request::builder().name("a").future(async move { Ok(b.await? + 1) });
    let error = a.wait().unwrap_err();
    let chain: Vec<_> = error.chain().collect();
    assert_eq!(chain.len(), 4, "{error:?}");
    for (link, name) in chain.iter().zip(["a", "b", "c"]) {
        assert!(
            link.starts_with(&format!("request `{name}` (")) && link.contains("fail.rs:"),
            "{link}"
        );
    }
    assert_eq!(chain[3], "custom failure 3");
    assert_eq!(
        std::iter::successors(error.source(), |error| (*error).source()).count(),
        3
    );
    rt.settle();
}

#[test]
fn c25_a_nameless_request_is_named_by_its_place() {
    let rt = Rt::new(1);
    let line = line!() + 1;
    let error = Request::new(async { custom::<()>(1) }).wait().unwrap_err();
    assert!(error.to_string().contains(&format!("fail.rs:{line}:")), "{error}");
    rt.settle();
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Where {
    FirstPoll,
    LaterPoll,
    Making,
    Kernel,
    PinnedMaking,
    PinnedPoll,
    DropOfFuture,
    DropOfFailedFuture,
    Callback,
}

struct PanicsOnDrop(&'static str);

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("{}", self.0);
        }
    }
}

fn panicking(at: Where) -> Request<u32> {
    match at {
        Where::FirstPoll => Request::new(async { panic!("boom {}", 1) }),
        Where::LaterPoll => Request::new(async {
            tokio::task::yield_now().await;
            panic!("boom {}", 1)
        }),
        Where::Making => Request::repeatable(|| {
            assert!(std::hint::black_box(false), "boom 1");
            async { Ok(1) }
        }),
        Where::Kernel => Request::kernel(|_| panic!("boom {}", 1)),
        Where::PinnedMaking => Request::pinned(|| {
            assert!(std::hint::black_box(false), "boom 1");
            async { Ok(1) }
        }),
        Where::PinnedPoll => Request::pinned(|| async { panic!("boom {}", 1) }),
        Where::DropOfFuture => {
            let held = PanicsOnDrop("boom 1");
            Request::new(std::future::poll_fn(move |_| {
                let _ = &held;
                std::task::Poll::Ready(Ok(1))
            }))
        }
        Where::DropOfFailedFuture => {
            let held = PanicsOnDrop("boom 1");
            Request::new(std::future::poll_fn(move |_| {
                let _ = &held;
                std::task::Poll::Ready(custom(9))
            }))
        }
        Where::Callback => {
            let request = Request::new(async { Ok(1) });
            request.on_finished(|_| panic!("boom {}", 1));
            request
        }
    }
}

const EVERYWHERE: [Where; 9] = [
    Where::FirstPoll,
    Where::LaterPoll,
    Where::Making,
    Where::Kernel,
    Where::PinnedMaking,
    Where::PinnedPoll,
    Where::DropOfFuture,
    Where::DropOfFailedFuture,
    Where::Callback,
];

#[test]
fn c26_p07_a_panic_anywhere_is_a_failure_with_its_message_for_every_waiter() {
    for slots in [2, 0] {
        let rt = Rt::new(slots);
        for at in EVERYWHERE {
            for submitted in [false, true] {
                let request = panicking(at);
                let inner = request.clone();
                let dependent = Request::new(async move { inner.await });
                dependent.submit();
                if submitted {
                    request.submit();
                }
                for error in [request.wait().unwrap_err(), dependent.wait().unwrap_err()] {
                    assert!(error.is_panic(), "{at:?}: {error:?}");
                    assert!(error.report().contains("boom 1"), "{at:?}: {error:?}");
                }
                assert_eq!(request.state(), RequestState::Failed, "{at:?}");
            }
        }
        rt.settle();
    }
}

#[test]
fn c26_payloads_of_every_kind() {
    let rt = Rt::new(1);
    let message = |request: Request<u32>| request.wait().unwrap_err().chain().last().unwrap();
    assert_eq!(message(Request::new(async { panic!("a literal") })), "a literal");
    assert_eq!(
        message(Request::new(async { panic!("formatted {}", 2) })),
        "formatted 2"
    );
    assert_eq!(
        message(Request::new(async { panic_any(42) })),
        "a panic without a message"
    );
    // A payload that panics when it is dropped.
    assert_eq!(
        message(Request::new(async { panic_any(PanicsOnDrop("again")) })),
        "a panic without a message"
    );
    rt.settle();
}

#[derive(Debug)]
struct PanicsOnClone;

impl Clone for PanicsOnClone {
    fn clone(&self) -> Self {
        panic!("no clone")
    }
}

#[test]
fn c26_a_value_whose_clone_panics() {
    let rt = Rt::new(1);
    let request = Request::new(async { Ok(PanicsOnClone) });
    for _ in 0..2 {
        let error = request.wait().unwrap_err();
        assert!(error.is_panic() && error.report().contains("no clone"), "{error:?}");
    }
    rt.settle();
}

#[test]
fn c26_a_value_whose_drop_panics() {
    let rt = Rt::new(1);
    for _ in 0..3 {
        let request = Request::new(async { Ok(Arc::new(PanicsOnDrop("a value"))) });
        request.submit();
        until_state(&request, RequestState::Succeeded);
        drop(request);
    }
    let cancelled = {
        let (inside, go_on) = (Latch::new(), Latch::new());
        let (entered, leave) = (inside.clone(), go_on.clone());
        let request = Request::new(async move {
            entered.open();
            leave.wait();
            Ok(Arc::new(PanicsOnDrop("a value nobody wants")))
        });
        request.submit();
        inside.wait();
        let _ = request.cancel();
        go_on.open();
        request
    };
    until("it has ended", || cancelled.has_ended());
    assert_eq!(Request::new(async { Ok(1) }).wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c26_a_future_whose_drop_panics_when_it_is_cancelled() {
    let rt = Rt::new(1);
    let held = PanicsOnDrop("on the way out");
    let request = Request::new(async move {
        let _held = held;
        std::future::pending::<()>().await;
        Ok(1)
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    let _ = request.cancel();
    until("it has ended", || request.has_ended());
    let error = request.wait().unwrap_err();
    assert!(
        error.is_panic() && error.report().contains("on the way out"),
        "{error:?}"
    );
    rt.settle();
}

#[test]
fn c26_a_waker_that_panics_harms_nobody() {
    struct Bomb;
    impl std::task::Wake for Bomb {
        fn wake(self: Arc<Self>) {
            panic!("a waker");
        }
    }
    let rt = Rt::new(1);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::new(async move {
        pass.await;
        Ok(1)
    });
    let waker = std::task::Waker::from(Arc::new(Bomb));
    let mut first = request.clone().into_future();
    let polled = std::pin::Pin::new(&mut first).poll(&mut std::task::Context::from_waker(&waker));
    assert!(polled.is_pending());
    let inner = request.clone();
    let waiting = thread(&rt, move || inner.wait());
    until("both wait", || request.info().waiters == 2);
    gate.open();
    assert_eq!(join(waiting).unwrap(), 1);
    assert_eq!(Request::new(async { Ok(2) }).wait().unwrap(), 2);
    rt.settle();
}

use std::future::{Future, IntoFuture};

#[test]
fn c26_r065_r066_the_pool_is_as_wide_after_ten_thousand_panics() {
    let many = if cfg!(debug_assertions) { 2_000 } else { 10_000 };
    std::panic::set_hook(Box::new(|_| {}));
    let rt = Rt::new(2);
    let requests: Vec<_> = (0..many)
        .map(|nth| panicking(EVERYWHERE[nth % EVERYWHERE.len()]))
        .collect();
    requests.iter().for_each(Request::submit);
    for request in requests {
        assert!(request.wait().unwrap_err().is_panic());
    }
    // Two polls at once, and two kernels at once, or none of these latches opens.
    let meet = |kernel: bool| {
        let latches = [Latch::new(), Latch::new()];
        let requests: Vec<_> = (0..2)
            .map(|nth| {
                let (mine, other) = (latches[nth].clone(), latches[1 - nth].clone());
                let work = move || {
                    mine.open();
                    other.wait();
                    Ok(())
                };
                if kernel {
                    Request::kernel(move |_| work())
                } else {
                    Request::new(async move { work() })
                }
            })
            .collect();
        requests.iter().for_each(Request::submit);
        requests.iter().for_each(|request| request.wait().unwrap());
    };
    meet(false);
    meet(true);
    let _ = std::panic::take_hook();
    rt.settle();
}

#[test]
fn c27_r067_a_parent_catches_a_failure_and_goes_on() {
    let rt = Rt::new(2);
    let parent = Request::new(async {
        let sibling = Request::new(async {
            tokio::task::yield_now().await;
            Ok(2)
        });
        sibling.submit();
        let failing = Request::new(async { custom::<u32>(1) });
        let caught = (&failing).await.unwrap_err();
        assert_eq!(caught.downcast_ref(), Some(&Custom(1)));
        // And stays failed, however often it is asked.
        assert!(failing.await.is_err());
        sibling.await
    });
    assert_eq!(parent.wait().unwrap(), 2);
    rt.settle();
}

#[test]
fn c27_a_failing_parent_cancels_its_unfinished_children_unless_somebody_waits() {
    let rt = Rt::new(2);
    let dropped = Counter::new();
    let gate = Gate::new();
    let (give, take) = std::sync::mpsc::channel();
    let (guard, pass, fail) = (dropped.clone(), gate.pass(), Gate::new());
    let go = fail.pass();
    let parent = Request::new(async move {
        let alone = {
            let guard = guard.on_drop();
            Request::new(async move {
                let _guard = guard;
                std::future::pending::<()>().await;
                Ok(0)
            })
        };
        let shared = Request::new(async move {
            pass.await;
            Ok(1)
        });
        let unsubmitted = Request::new(async { Ok(2) });
        let failed = Request::new(async { custom::<u32>(4) });
        alone.submit();
        shared.submit();
        let _ = failed.clone().await;
        let _ = give.send([alone, shared, unsubmitted, failed]);
        go.await;
        custom::<()>(5)
    });
    parent.submit();
    let [alone, shared, unsubmitted, failed] = take.recv_timeout(LONG).unwrap();
    let mut wait = shared.clone().into_future();
    assert!(poll_once(&mut wait).is_pending());
    fail.open();
    assert_eq!(parent.wait().unwrap_err().downcast_ref(), Some(&Custom(5)));
    until_state(&alone, RequestState::Cancelled);
    until_state(&unsubmitted, RequestState::Cancelled);
    assert_eq!(failed.state(), RequestState::Failed);
    assert!(!shared.is_cancelled());
    gate.open();
    assert_eq!(futures::executor::block_on(wait).unwrap(), 1);
    rt.settle();
    assert_eq!(dropped.get(), 1);
}

#[test]
fn c27_a_succeeding_parent_leaves_its_submitted_children_running() {
    let rt = Rt::new(1);
    let (gate, ended) = (Gate::new(), Counter::new());
    let (pass, count) = (gate.pass(), ended.clone());
    let parent = Request::new(async move {
        Request::new(async move {
            pass.await;
            count.add();
            Ok(())
        })
        .submit();
        Ok(())
    });
    parent.wait().unwrap();
    drop(parent);
    assert_eq!(rt.snapshot().len(), 1);
    gate.open();
    rt.settle();
    assert_eq!(ended.get(), 1);
}

#[test]
fn c29_a_failed_repeatable_request_is_retried_on_purpose_never_silently() {
    let rt = Rt::new(1);
    let runs = Counter::new();
    let count = runs.clone();
    let request = Request::repeatable(move || {
        let nth = count.add();
        async move { if nth < 2 { custom(nth as u32) } else { Ok(nth) } }
    });
    assert_eq!(request.retry(), Retry::NotFailed);
    for _ in 0..3 {
        assert_eq!(request.wait().unwrap_err().downcast_ref(), Some(&Custom(0)));
        request.submit();
        assert_eq!(request.cancel(), Cancel::Ended);
    }
    assert_eq!(runs.get(), 1);
    assert_eq!(request.retry(), Retry::Started);
    assert_eq!(request.wait().unwrap_err().downcast_ref(), Some(&Custom(1)));
    assert_eq!(request.retry(), Retry::Started);
    assert_eq!(request.wait().unwrap(), 2);
    assert_eq!(request.retry(), Retry::NotFailed);
    assert_eq!(runs.get(), 3);
    rt.settle();
}

#[test]
fn c29_a_failed_one_shot_cannot_be_retried() {
    let rt = Rt::new(1);
    let request = Request::new(async { custom::<u32>(1) });
    request.wait().unwrap_err();
    assert_eq!(request.retry(), Retry::OneShot);
    assert_eq!(request.state(), RequestState::Failed);
    rt.settle();
}

#[test]
fn c29_p08_retry_beside_waiters_runs_once_more_only() {
    let rt = Rt::new(2);
    let runs = Counter::new();
    let count = runs.clone();
    let request = Request::repeatable(move || {
        let nth = count.add();
        async move {
            tokio::task::yield_now().await;
            if nth == 0 { custom(0) } else { Ok(nth) }
        }
    });
    request.wait().unwrap_err();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let request = request.clone();
            thread(&rt, move || request.retry())
        })
        .collect();
    let started = threads
        .into_iter()
        .map(join)
        .filter(|retry| *retry == Retry::Started)
        .count();
    assert_eq!(started, 1);
    assert_eq!(request.wait().unwrap(), 1);
    assert_eq!(runs.get(), 2);
    rt.settle();
}

#[test]
fn c29_what_failed_in_a_callback_alone_is_not_computed_again() {
    let rt = Rt::new(1);
    let runs = Counter::new();
    let counted = runs.clone();
    let request = Request::repeatable(move || {
        let nth = counted.add();
        async move { Ok(nth) }
    });
    request.on_finished(|_| panic!("the callback is at fault"));
    let error = request.wait().unwrap_err();
    assert!(error.is_panic(), "{error:?}");
    let ended = Counter::new();
    let count = ended.clone();
    assert_eq!(request.retry(), Retry::Started);
    // The value that is handed out is that of the run that made it, and there was one run.
    assert_eq!(request.wait().unwrap(), 0);
    request.on_finished(move |value| assert_eq!((*value, count.add()), (0, 0)));
    assert_eq!((runs.get(), ended.get()), (1, 1));
    assert_eq!(request.retry(), Retry::NotFailed);
    rt.settle();
}

/// What the user captured for later generations is dropped at the end of the one that succeeded.
#[test]
fn c26_a_maker_whose_drop_panics_costs_no_slot_and_no_waiter() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let rt = Rt::new(1);
    for nth in 0..50 {
        let bomb = Bomb;
        let request = Request::repeatable(move || {
            let _ = &bomb;
            async move { Ok(nth) }
        });
        request.submit();
        let weak = request.downgrade();
        let parent = Request::new(async move { request.await });
        parent.submit();
        assert_eq!(parent.wait().unwrap(), nth);
        drop(weak);
    }
    // The only slot is still there.
    assert_eq!(Request::new(async { Ok(7) }).wait().unwrap(), 7);
    rt.settle();
}

/// A value that needs no drop, in a request whose context does.
#[test]
fn c26_a_context_whose_drop_panics_costs_no_slot() {
    #[derive(Clone)]
    struct Bomb;
    struct Fuse(#[expect(dead_code, reason = "dropped")] std::sync::Arc<Bomb>);
    impl Drop for Fuse {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let rt = Rt::new(1);
    let gate = Gate::new();
    for _ in 0..50 {
        let pass = gate.pass();
        let context = headwater::RequestContext::default().with(Fuse(std::sync::Arc::new(Bomb)));
        let request = Request::builder().context(context).future(async move {
            pass.await;
            Ok(1_u32)
        });
        request.submit();
        // From here on the runtime alone holds it.
        drop(request);
    }
    gate.open();
    rt.settle();
    let request = Request::new(async { Ok(7) });
    request.submit();
    assert_eq!(request.wait().unwrap(), 7);
}
