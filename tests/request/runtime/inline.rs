//! C44: inline mode.

use std::future::IntoFuture;
use std::time::Duration;

use headwater::{Cancel, Error, Request, RequestState};

use crate::support::*;

#[test]
fn c44_r112_inline_everything_runs_in_the_callers_thread_at_submit() {
    let rt = Rt::inline();
    let here = std::thread::current().id();
    let log = Log::new();
    let told = log.clone();
    let outer = Request::new(async move {
        let child = Request::new(async move { Ok(std::thread::current().id()) });
        child.submit();
        let kernel = Request::kernel(|_| Ok(std::thread::current().id()));
        kernel.submit();
        told.push((child.await?, kernel.await?, std::thread::current().id()));
        Ok(())
    });
    outer.submit();
    // Not merely queued: it has run.
    assert_eq!(log.get(), [(here, here, here)]);
    assert_eq!(outer.state(), RequestState::Succeeded);
    let kernel = Request::kernel(|_| Ok(std::thread::current().id()));
    assert_eq!(kernel.wait().unwrap(), here);
    rt.settle();
}

#[test]
fn c44_r113_inline_keeps_the_promises() {
    let rt = Rt::inline();
    // Failure, cancellation, time-outs, wake-ups from outside, timers, pinned ones.
    let failing = Request::new(async { custom::<u32>(1) });
    failing.submit();
    assert_eq!(failing.wait().unwrap_err().downcast_ref(), Some(&Custom(1)));
    let cancelled = Request::new(async { Ok(1) });
    assert_eq!(cancelled.cancel(), Cancel::Cancelled);
    cancelled.submit();
    assert!(cancelled.wait().unwrap_err().is_cancelled());
    let never = Request::new(async {
        std::future::pending::<()>().await;
        Ok(1)
    });
    assert!(never.wait_timeout(Duration::from_millis(1)).unwrap_err().is_timeout());
    assert!(
        futures::executor::block_on(never.timeout(Duration::from_millis(1)))
            .unwrap_err()
            .is_timeout()
    );
    let inner = never.clone();
    let nested = Request::new(async move { inner.timeout(Duration::from_millis(1)).await });
    assert!(nested.wait().unwrap_err().is_timeout());
    let waiter = {
        let inner = never.clone();
        Request::new(async move { inner.await })
    };
    waiter.submit();
    assert_eq!(waiter.cancel(), Cancel::Cancelled);
    assert!(waiter.wait().unwrap_err().is_cancelled());
    let _ = never.cancel();
    let (send, receive) = tokio::sync::oneshot::channel();
    let outside = Request::new(async move { receive.await.map_err(Error::new) });
    outside.submit();
    assert_eq!(outside.state(), RequestState::Suspended);
    let sender = thread(&rt, move || send.send(5));
    assert_eq!(outside.wait().unwrap(), 5);
    join(sender).unwrap();
    let timer = Request::new(async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(6)
    });
    assert_eq!(timer.wait().unwrap(), 6);
    let pinned = Request::pinned(|| async {
        let value = std::rc::Rc::new(7);
        tokio::task::yield_now().await;
        Ok(*value)
    });
    assert_eq!(pinned.wait().unwrap(), 7);
    rt.settle();
}

#[test]
fn c44_inline_blocking_waits_nest() {
    let rt = Rt::inline();
    fn nest(depth: u32) -> Request<u32> {
        Request::new(async move {
            if depth == 0 {
                tokio::task::yield_now().await;
                return Ok(0);
            }
            let next = nest(depth - 1);
            if depth.is_multiple_of(2) {
                next.submit();
            }
            Ok(next.wait()? + Request::kernel(|_| Ok(1)).wait()?)
        })
    }
    assert_eq!(nest(10).wait().unwrap(), 10);
    assert_eq!(futures::executor::block_on(nest(10).into_future()).unwrap(), 10);
    rt.settle();
}

#[test]
fn c44_inline_on_an_async_executor() {
    let rt = Rt::inline();
    let tokio = current_thread();
    let sum = tokio.block_on(async {
        let requests: Vec<_> = (0..50)
            .map(|nth| {
                Request::new(async move {
                    tokio::task::yield_now().await;
                    Request::kernel(move |_| Ok(nth)).await
                })
            })
            .collect();
        requests.iter().step_by(2).for_each(Request::submit);
        let values = futures::future::try_join_all(requests.iter().map(|request| request.into_future())).await;
        values.map(|values| values.into_iter().sum::<u32>())
    });
    assert_eq!(sum.unwrap(), (0..50).sum::<u32>());
    rt.settle();
}

#[test]
fn c44_inline_from_several_threads() {
    let rt = Rt::inline();
    for _ in 0..50 {
        let request = Request::new(async {
            let mut sum = 0;
            for nth in 0..5 {
                tokio::task::yield_now().await;
                let child = Request::new(async move {
                    tokio::task::yield_now().await;
                    Ok(nth)
                });
                child.submit();
                sum += child.await?;
            }
            Ok(sum)
        });
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let request = request.clone();
                thread(&rt, move || request.wait())
            })
            .collect();
        for thread in threads {
            assert_eq!(join(thread).unwrap(), 10);
        }
    }
    rt.settle();
}
