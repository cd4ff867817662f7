//! C30–C33: callbacks.

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use headwater::{Cancel, Error, Outcome, Request, RequestState, Runtime};

use crate::support::*;

/// Subscribes one callback of each kind, which write down that they were called.
fn listen(request: &Request<u32>, log: &Log<String>, when: &'static str) {
    let (a, b, c, d) = (log.clone(), log.clone(), log.clone(), log.clone());
    request.on_finished(move |value| a.push(format!("{when} finished {value}")));
    request.on_failed(move |error| b.push(format!("{when} failed {:?}", error.downcast_ref::<Custom>())));
    request.on_cancelled(move || c.push(format!("{when} cancelled")));
    request.on_done(move |outcome| {
        let outcome = match outcome {
            Outcome::Succeeded(value) => format!("value {value}"),
            Outcome::Failed(error) => format!("error {:?}", error.downcast_ref::<Custom>()),
            Outcome::Cancelled => "cancelled".to_owned(),
            other => format!("{other:?}"),
        };
        d.push(format!("{when} done {outcome}"));
    });
}

#[test]
fn c30_r052_r056_r057_exactly_one_kind_and_done_always_early_and_late() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        let log = Log::new();
        let request = Request::new(async { Ok(1) });
        listen(&request, &log, "early");
        request.wait().unwrap();
        listen(&request, &log, "late");
        assert_eq!(
            log.get(),
            [
                "early finished 1",
                "early done value 1",
                "late finished 1",
                "late done value 1"
            ]
        );

        let log = Log::new();
        let request = Request::new(async { custom::<u32>(2) });
        listen(&request, &log, "early");
        request.wait().unwrap_err();
        listen(&request, &log, "late");
        assert_eq!(
            log.get(),
            [
                "early failed Some(Custom(2))",
                "early done error Some(Custom(2))",
                "late failed Some(Custom(2))",
                "late done error Some(Custom(2))"
            ]
        );

        let log = Log::new();
        let request = Request::new(async { Ok(3) });
        listen(&request, &log, "early");
        assert_eq!(request.cancel(), Cancel::Cancelled);
        listen(&request, &log, "late");
        request.wait().unwrap_err();
        assert_eq!(
            log.get(),
            [
                "early cancelled",
                "early done cancelled",
                "late cancelled",
                "late done cancelled"
            ]
        );
        rt.settle();
    }
}

#[test]
fn c30_r049_late_subscribers_are_called_at_once_in_their_own_thread() {
    let rt = Rt::new(1);
    let request = Request::new(async { Ok(1) });
    request.wait().unwrap();
    let (log, here) = (Log::new(), std::thread::current().id());
    let seen = log.clone();
    request.on_finished(move |_| seen.push(std::thread::current().id() == here));
    assert_eq!(log.get(), [true]);
    rt.settle();
}

#[test]
fn c30_r050_one_subscribed_between_the_end_of_the_workload_and_that_of_the_callbacks() {
    let rt = Rt::new(1);
    let (inside, go_on, log) = (Latch::new(), Latch::new(), Log::new());
    let request = Request::new(async { Ok(1) });
    let (entered, leave, slow) = (inside.clone(), go_on.clone(), log.clone());
    request.on_finished(move |_| {
        entered.open();
        leave.wait();
        slow.push("slow");
    });
    request.submit();
    inside.wait();
    let between = log.clone();
    request.on_finished(move |_| between.push("between"));
    assert_eq!(log.get(), ["between"]);
    go_on.open();
    request.wait().unwrap();
    assert_eq!(log.get(), ["between", "slow"]);
    rt.settle();
}

#[test]
fn c30_once_per_generation() {
    let rt = Rt::new(1);
    let log = Log::new();
    let request = Request::repeatable(|| async { Ok(1) });
    listen(&request, &log, "first");
    assert_eq!(request.cancel(), Cancel::Cancelled);
    request.wait().unwrap();
    assert_eq!(log.get(), ["first cancelled", "first done cancelled"]);
    rt.settle();
}

#[test]
fn c31_r048_r053_callbacks_have_returned_in_order_before_a_later_wait_returns() {
    let rt = Rt::new(2);
    for round in 0..50 {
        let log = Log::new();
        let request = Request::new(async {
            tokio::task::yield_now().await;
            Ok(1)
        });
        for nth in 0..3 {
            let log = log.clone();
            request.on_finished(move |_| {
                for _ in 0..10 {
                    std::thread::yield_now();
                }
                log.push(nth);
            });
        }
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let (request, log) = (request.clone(), log.clone());
            waiting.push(thread(&rt, move || {
                request.wait().unwrap();
                log.get()
            }));
        }
        let (inner, seen) = (request.clone(), log.clone());
        let dependent = Request::new(async move {
            inner.await?;
            Ok(seen.get())
        });
        if round % 2 == 0 {
            request.submit();
        }
        assert_eq!(dependent.wait().unwrap(), [0, 1, 2]);
        for thread in waiting {
            assert_eq!(join(thread), [0, 1, 2]);
        }
    }
    rt.settle();
}

#[test]
fn c31_also_when_it_ran_in_the_stack_of_its_waiter() {
    let rt = Rt::new(1);
    let log = Log::new();
    let request = Request::new(async { Ok(1) });
    let told = log.clone();
    request.on_finished(move |_| told.push("callback"));
    request.wait().unwrap();
    log.push("wait");
    assert_eq!(log.get(), ["callback", "wait"]);
    rt.settle();
}

#[test]
fn c32_r058_p17_a_callback_may_call_anything_on_its_own_request() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        for outcome in 0..3 {
            let called = Counter::new();
            let request = Request::builder().name("r").future(async move {
                match outcome {
                    0 => Ok(1),
                    1 => custom(1),
                    _ => {
                        std::future::pending::<()>().await;
                        Ok(1)
                    }
                }
            });
            let (inner, count, runtime) = (request.clone(), called.clone(), Runtime::clone(&rt));
            request.on_done(move |_| {
                let _ = inner.cancel();
                inner.submit();
                let _ = inner.wait();
                let _ = inner.wait_timeout(LONG);
                let _ = futures::executor::block_on(inner.clone().into_future());
                let _ = (
                    inner.try_result(),
                    inner.retry(),
                    inner.info(),
                    inner.explain(),
                    format!("{inner:?}"),
                );
                let _ = runtime.snapshot();
                let late = count.clone();
                inner.on_done(move |_| {
                    late.add();
                });
                drop(inner);
                count.add();
            });
            if outcome == 2 {
                let _ = request.cancel();
            } else {
                request.submit();
            }
            let _ = request.wait();
            until("both were called", || called.get() == 2);
        }
        rt.settle();
    }
}

/// Calls all over the interface whenever it is cloned or dropped.
struct Busy(Option<Request<u32>>, Counter);

impl Busy {
    fn call(&self) {
        if let Some(request) = &self.0 {
            let _ = (
                request.try_result(),
                request.info(),
                request.explain(),
                request.cancel(),
            );
            let fresh = Request::new(async { Ok(1) });
            fresh.submit();
            drop(fresh);
            self.1.add();
        }
    }
}

impl Clone for Busy {
    fn clone(&self) -> Self {
        self.call();
        Self(self.0.clone(), self.1.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.call();
    }
}

#[test]
fn c32_p17_clone_and_drop_of_a_value_may_call_anything() {
    let rt = Rt::new(2);
    let calls = Counter::new();
    let other = endless(&Counter::new());
    let mut keep = other.clone().into_future();
    assert!(poll_once(&mut keep).is_pending());
    let value = Busy(Some(other.clone()), calls.clone());
    let request = Request::new(async move { Ok(value) });
    let inner = request.clone();
    let dependent = Request::new(async move { Ok(inner.await?.1.get()) });
    dependent.submit();
    dependent.wait().unwrap();
    drop(request.wait());
    drop(request);
    drop(dependent);
    until("it was cloned and dropped", || calls.get() >= 4);
    drop(keep);
    rt.settle();
}

#[test]
fn c32_p17_a_waker_may_call_anything() {
    struct Caller(Request<u32>, Counter);
    impl std::task::Wake for Caller {
        fn wake(self: Arc<Self>) {
            let _ = (
                self.0.try_result(),
                self.0.info(),
                self.0.cancel(),
                self.0.wait_timeout(LONG),
            );
            self.1.add();
        }
    }
    let rt = Rt::new(2);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::new(async move {
        pass.await;
        Ok(1)
    });
    let called = Counter::new();
    let waker = std::task::Waker::from(Arc::new(Caller(request.clone(), called.clone())));
    let mut wait = request.clone().into_future();
    let polled = std::future::Future::poll(
        std::pin::Pin::new(&mut wait),
        &mut std::task::Context::from_waker(&waker),
    );
    assert!(polled.is_pending());
    gate.open();
    until("the waker was called", || called.get() == 1);
    drop(wait);
    rt.settle();
}

#[test]
fn c32_p17_drops_of_a_cancelled_workload_may_call_anything() {
    let rt = Rt::new(2);
    let calls = Counter::new();
    let other = Request::new(async { Ok(1) });
    other.wait().unwrap();
    let held = Busy(Some(other), calls.clone());
    let request = Request::new(async move {
        let _held = held;
        std::future::pending::<()>().await;
        Ok(())
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    let _ = request.cancel();
    rt.settle();
    assert_eq!(calls.get(), 1);
}

#[test]
fn c32_r054_a_panicking_callback_does_not_stop_the_others() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        let log = Log::new();
        let request = Request::new(async { Ok(1) });
        let (a, b) = (log.clone(), log.clone());
        request.on_finished(move |_| a.push("first"));
        request.on_finished(|_| panic!("callback one"));
        request.on_finished(move |_| b.push("third"));
        request.on_done(|_| panic!("callback two"));
        let error = request.wait().unwrap_err();
        assert_eq!(log.get(), ["first", "third"]);
        let report = error.report();
        assert!(
            error.is_panic() && report.contains("callback one") && report.contains("callback two"),
            "{report}"
        );
        assert_eq!(request.state(), RequestState::Failed);
        rt.settle();
    }
}

#[test]
fn c32_r055_a_panicking_failed_callback_is_chained_to_the_failure() {
    let rt = Rt::new(1);
    let request = Request::new(async { custom::<u32>(6) });
    let calls = Counter::new();
    let count = calls.clone();
    request.on_failed(move |_| {
        count.add();
        panic!("while failing")
    });
    let error = request.wait().unwrap_err();
    // The original is not lost: it is still the root.
    assert_eq!(error.downcast_ref(), Some(&Custom(6)));
    assert!(error.report().contains("while failing"), "{error:?}");
    assert_eq!(calls.get(), 1);
    rt.settle();
}

#[test]
fn c32_r059_a_panicking_done_callback_wakes_every_waiter() {
    let rt = Rt::new(2);
    let gate = Gate::new();
    let pass = gate.pass();
    let request = Request::new(async move {
        pass.await;
        Ok(1)
    });
    request.on_done(|_| panic!("done"));
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let request = request.clone();
            thread(&rt, move || request.wait())
        })
        .collect();
    until("all wait", || request.info().waiters == 3);
    gate.open();
    for thread in waiting {
        assert!(join(thread).unwrap_err().is_panic());
    }
    rt.settle();
}

#[test]
fn c32_a_panicking_late_callback_harms_nobody() {
    let rt = Rt::new(1);
    let request = Request::new(async { Ok(1) });
    request.wait().unwrap();
    request.on_finished(|_| panic!("late"));
    assert_eq!(request.wait().unwrap(), 1);
    rt.settle();
}

#[test]
fn c33_r051_a_callback_makes_and_waits_for_requests() {
    for slots in [1, 0] {
        let rt = Rt::new(slots);
        for late in [false, true] {
            let log = Log::new();
            let request = Request::new(async { Ok(2) });
            if late {
                request.wait().unwrap();
            }
            let told = log.clone();
            request.on_finished(move |&value| {
                let submitted = Request::new(async move {
                    tokio::task::yield_now().await;
                    Ok(value * 10)
                });
                submitted.submit();
                let direct = Request::new(async move { Ok(value * 100) });
                let kernel = Request::kernel(move |_| Ok(value * 1000));
                told.push(submitted.wait().unwrap() + direct.wait().unwrap() + kernel.wait().unwrap());
            });
            request.submit();
            request.wait().unwrap();
            assert_eq!(log.get(), [2220]);
        }
        rt.settle();
    }
}

#[test]
fn c33_r044_a_cancelled_callback_may_wait_too() {
    let rt = Rt::new(1);
    let log = Log::new();
    let request = Request::new(async {
        std::future::pending::<()>().await;
        Ok(1)
    });
    let told = log.clone();
    request.on_cancelled(move || {
        assert!(headwater::check_cancelled().is_ok());
        let other = Request::new(async {
            tokio::task::yield_now().await;
            Ok("waited")
        });
        told.push(other.wait().unwrap());
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    let _ = request.cancel();
    until_state(&request, RequestState::Cancelled);
    assert_eq!(log.get(), ["waited"]);
    rt.settle();
}

#[test]
fn c33_p09_what_a_late_callback_makes_is_seen_by_snapshot_and_shutdown() {
    let rt = Rt::new(1);
    let log = Log::new();
    {
        let request = Request::new(async { Ok(1) });
        request.wait().unwrap();
        let made = log.clone();
        request.on_finished(move |_| {
            let orphan = Request::builder().name("orphan").future(async {
                std::future::pending::<()>().await;
                Ok(1)
            });
            orphan.submit();
            made.push(orphan);
        });
    }
    let orphan = log.get().remove(0);
    until_state(&orphan, RequestState::Suspended);
    assert_eq!(rt.snapshot().len(), 1);
    assert!(rt.shutdown(LONG).ignored.is_empty());
    assert!(orphan.wait().unwrap_err().is_shut_down());
}

#[test]
fn c33_the_callback_of_a_kernel_makes_requests_and_waits_for_them() {
    let rt = Rt::new(2);
    let kernel = Request::kernel(|_| Ok(20));
    let log = Log::new();
    let seen = log.clone();
    kernel.on_finished(move |value| {
        let value = *value;
        seen.push(Request::new(async move { Ok(value + 1) }).wait().unwrap());
        seen.push(Request::kernel(move |_| Ok(value + 2)).wait().unwrap());
    });
    // C31: it has returned before a wait that began later does.
    assert_eq!(kernel.wait().unwrap(), 20);
    assert_eq!(log.get(), [21, 22]);
    let failing = Request::<i32>::kernel(|_| Err(Error::msg("no")));
    let seen = log.clone();
    failing.on_failed(move |_| seen.push(23));
    assert!(failing.wait().is_err());
    assert_eq!(log.get(), [21, 22, 23]);
    rt.settle();
}

#[test]
fn c33_c43_callbacks_of_kernels_run_though_the_runtime_shuts_down() {
    let rt = Rt::new(1);
    let (begun, go_on) = (
        Arc::new(std::sync::Barrier::new(2)),
        Arc::new(std::sync::Barrier::new(2)),
    );
    let (at, pass) = (Arc::clone(&begun), Arc::clone(&go_on));
    let kernel = Request::kernel(move |_| {
        at.wait();
        pass.wait();
        Ok(1)
    });
    let called = Counter::new();
    let count = called.clone();
    kernel.on_done(move |_| {
        count.add();
    });
    kernel.submit();
    begun.wait();
    let waiter = kernel.clone();
    let waiter = thread(&rt, move || waiter.wait());
    let closer = rt.clone();
    let closing = thread(&rt, move || closer.shutdown(Duration::from_secs(10)).ignored.len());
    go_on.wait();
    assert_eq!(join(closing), 0);
    let _ = join(waiter);
    assert_eq!(called.get(), 1);
}
