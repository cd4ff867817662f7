//! C16, C17: how a request sees that it is cancelled.

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use headwater::{Cancel, Error, Request, RequestState, check_cancelled, shield};

use super::gated;
use crate::support::*;

#[test]
fn c16_r040_a_pending_wait_returns_at_once_and_the_workload_cleans_up_in_place() {
    let rt = Rt::new(1);
    let gate = Gate::new();
    let target = gated(&gate);
    let mut keep = target.clone().into_future();
    assert!(poll_once(&mut keep).is_pending());
    let (log, inner) = (Log::new(), target.clone());
    let told = log.clone();
    let request = Request::new(async move {
        let error = inner.await.unwrap_err();
        assert!(error.is_interrupted());
        told.push("cleaned up");
        Err::<u32, _>(error)
    });
    request.submit();
    until("it waits", || target.info().waiters == 2);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    until_state(&request, RequestState::Cancelled);
    // The other side goes on undisturbed.
    assert_eq!(log.get(), ["cleaned up"]);
    assert!(!target.is_cancelled());
    assert_eq!(target.info().waiters, 1);
    gate.open();
    assert_eq!(futures::executor::block_on(keep).unwrap(), 1);
    rt.settle();
}

#[test]
fn c16_each_kind_of_wait_is_interrupted() {
    let rt = Rt::new(2);
    let dropped = Counter::new();
    let target = endless(&dropped);
    let mut keep = target.clone().into_future();
    assert!(poll_once(&mut keep).is_pending());
    type Wait = fn(Request<u32>) -> futures::future::BoxFuture<'static, Result<u32, Error>>;
    let kinds: [(&str, Wait); 6] = [
        ("await", |target| Box::pin(async move { target.await })),
        ("timeout", |target| Box::pin(async move { target.timeout(LONG).await })),
        ("wait", |target| Box::pin(async move { target.wait() })),
        ("wait_timeout", |target| {
            Box::pin(async move { target.wait_timeout(LONG) })
        }),
        ("few joined", |target| {
            Box::pin(async move {
                let waits = (0..3).map(|_| target.clone().into_future());
                let errors = join_all(waits).await;
                assert!(
                    errors
                        .iter()
                        .all(|error| error.as_ref().is_err_and(Error::is_interrupted))
                );
                errors.into_iter().next().unwrap()
            })
        }),
        ("many joined", |target| {
            Box::pin(async move {
                // Polls only what has been woken.
                let waits = (0..100).map(|_| target.clone().into_future());
                let errors = join_all(waits).await;
                assert!(
                    errors
                        .iter()
                        .all(|error| error.as_ref().is_err_and(Error::is_interrupted))
                );
                errors.into_iter().next().unwrap()
            })
        }),
    ];
    for (kind, wait) in kinds {
        let cleaned = Counter::new();
        let (count, inner) = (cleaned.clone(), target.clone());
        let request = Request::builder().name(kind).future(async move {
            let outcome = wait(inner).await;
            assert!(outcome.as_ref().is_err_and(Error::is_interrupted), "{outcome:?}");
            count.add();
            outcome
        });
        request.submit();
        until("it waits", || {
            !request.info().waits_for.is_empty() && target.info().waiters > 1
        });
        until("all of it waits", || {
            kind != "many joined" || target.info().waiters == 101
        });
        assert_eq!(request.cancel(), Cancel::Cancelled);
        until_state(&request, RequestState::Cancelled);
        assert_eq!(cleaned.get(), 1, "{kind}");
    }
    assert!(!target.is_cancelled());
    assert_eq!(target.cancel(), Cancel::Pending { waiters: 1 });
    drop(keep);
    rt.settle();
}

#[test]
fn c16_on_a_foreign_future_it_is_dropped_there() {
    let rt = Rt::new(1);
    let (dropped, later) = (Counter::new(), Counter::new());
    let (guard, count) = (dropped.on_drop(), later.clone());
    let request = Request::new(async move {
        let _guard = guard;
        std::future::pending::<()>().await;
        count.add();
        Ok(())
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    rt.settle();
    assert_eq!((dropped.get(), later.get()), (1, 0));
}

#[test]
fn c16_a_clean_up_that_awaits_is_dropped_at_that_await() {
    let rt = Rt::new(1);
    let target = endless(&Counter::new());
    let log = Log::new();
    let (steps, inner) = (log.clone(), target.clone());
    let request = Request::new(async move {
        let error = inner.await.unwrap_err();
        steps.push("told");
        // Ready at once: no reason to drop anything.
        std::future::ready(()).await;
        steps.push("after what was ready");
        tokio::task::yield_now().await;
        steps.push("after what was pending");
        Err::<u32, _>(error)
    });
    request.submit();
    until("it waits", || target.info().waiters == 1);
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    rt.settle();
    assert_eq!(log.get(), ["told", "after what was ready"]);
}

#[test]
fn c16_r024_work_after_the_next_await_does_not_run() {
    let rt = Rt::new(1);
    let (inside, go_on, later) = (Latch::new(), Latch::new(), Counter::new());
    let (entered, leave, count) = (inside.clone(), go_on.clone(), later.clone());
    let request = Request::new(async move {
        entered.open();
        leave.wait();
        // Cancelled by now, and told at the next await of ours, whatever that waits for.
        let ready = Request::value(1);
        ready.await?;
        count.add();
        Ok(())
    });
    let finished = Counter::new();
    let counted = finished.clone();
    request.on_finished(move |()| {
        counted.add();
    });
    request.submit();
    inside.wait();
    assert_eq!(request.cancel(), Cancel::Cancelled);
    go_on.open();
    until_state(&request, RequestState::Cancelled);
    assert_eq!((later.get(), finished.get()), (0, 0));
    rt.settle();
}

#[test]
fn c16_a_shielded_section_finishes() {
    let rt = Rt::new(2);
    let gate = Gate::new();
    let log = Log::new();
    let (steps, pass) = (log.clone(), gate.pass());
    let request = Request::new(async move {
        let steps_inside = steps.clone();
        let value = shield(async move {
            steps_inside.push("begun");
            pass.await;
            // Made inside, awaited inside: neither born cancelled nor reached by the wave.
            let child = Request::new(async { Ok(3) });
            child.submit();
            tokio::task::yield_now().await;
            let value = child.await;
            steps_inside.push("finished");
            value
        })
        .await?;
        steps.push("shield over");
        Request::value(()).await?;
        steps.push("never");
        Ok(value)
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    assert_eq!(log.get(), ["begun"]);
    gate.open();
    until_state(&request, RequestState::Cancelled);
    assert_eq!(log.get(), ["begun", "finished", "shield over"]);
    rt.settle();
}

#[test]
fn c16_children_made_in_a_shield_before_the_cancellation_survive_it() {
    let rt = Rt::new(2);
    let gate = Gate::new();
    let pass = gate.pass();
    let log = Log::new();
    let steps = log.clone();
    let request = Request::new(async move {
        shield(async move {
            let later = Request::new(async { Ok(1) });
            let running = Request::new(async {
                tokio::task::yield_now().await;
                Ok(2)
            });
            pass.await;
            let sum = running.await? + later.await?;
            steps.push(sum);
            Ok(sum)
        })
        .await
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    gate.open();
    rt.settle();
    assert_eq!(log.get(), [3]);
}

#[test]
fn c16_two_shields_at_once() {
    let rt = Rt::new(1);
    let (first, second) = (Gate::new(), Gate::new());
    let log = Log::new();
    let (a, b) = (log.clone(), log.clone());
    let (one, two) = (first.pass(), second.pass());
    let request = Request::new(async move {
        let left = shield(async move {
            one.await;
            a.push("one");
        });
        let right = shield(async move {
            two.await;
            b.push("two");
        });
        futures::join!(left, right);
        Ok(())
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    assert_eq!(request.cancel(), Cancel::Cancelled);
    first.open();
    until("the first is over", || log.get() == ["one"]);
    second.open();
    rt.settle();
    assert_eq!(log.get(), ["one", "two"]);
}

#[test]
fn c17_check_cancelled_tells_async_code() {
    let rt = Rt::new(1);
    assert!(check_cancelled().is_ok(), "outside of requests nobody is cancelled");
    let (inside, go_on) = (Latch::new(), Latch::new());
    let (entered, leave) = (inside.clone(), go_on.clone());
    let log = Log::new();
    let steps = log.clone();
    let request = Request::new(async move {
        steps.push(check_cancelled().is_ok());
        entered.open();
        leave.wait();
        steps.push(check_cancelled().is_err_and(|error| error.is_interrupted()));
        steps.push(shield(async { check_cancelled().is_ok() }).await);
        Ok(())
    });
    request.submit();
    inside.wait();
    let _ = request.cancel();
    go_on.open();
    rt.settle();
    assert_eq!(log.get(), [true, true, true]);
}

#[test]
fn c17_p12_a_kernel_sees_it_at_its_next_checkpoint() {
    let rt = Rt::new(1);
    let (inside, checks) = (Latch::new(), Counter::new());
    let (entered, count) = (inside.clone(), checks.clone());
    let kernel = Request::kernel(move |checkpoint| {
        entered.open();
        loop {
            if let Err(error) = checkpoint.check() {
                assert!(error.is_interrupted() && checkpoint.is_interrupted());
                count.add();
                return Err::<u32, _>(error);
            }
            std::thread::yield_now();
        }
    });
    kernel.submit();
    inside.wait();
    assert_eq!(kernel.cancel(), Cancel::Cancelled);
    until_state(&kernel, RequestState::Cancelled);
    assert_eq!(checks.get(), 1);
    rt.settle();
}

#[test]
fn c17_r041_a_kernel_that_ignores_it_ends_cancelled_and_its_value_is_dropped() {
    let rt = Rt::new(1);
    let (inside, go_on, dropped) = (Latch::new(), Latch::new(), Counter::new());
    let (entered, leave, guard) = (inside.clone(), go_on.clone(), dropped.on_drop());
    let kernel = Request::kernel(move |_| {
        entered.open();
        leave.wait();
        Ok(Arc::new(guard))
    });
    kernel.submit();
    inside.wait();
    assert_eq!(kernel.cancel(), Cancel::Cancelled);
    assert!(kernel.wait_timeout(Duration::ZERO).unwrap_err().is_timeout());
    assert!(!kernel.has_ended());
    go_on.open();
    assert!(kernel.wait().unwrap_err().is_cancelled());
    until_state(&kernel, RequestState::Cancelled);
    until("the value is dropped", || dropped.get() == 1);
    rt.settle();
}
