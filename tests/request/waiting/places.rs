//! C9: where one may wait.

use std::sync::{Arc, Mutex};

use headwater::{Error, Request, Runtime};

use super::slow;
use crate::support::*;

#[test]
fn c09_p23_wait_works_in_a_plain_thread() {
    let rt = Rt::new(1);
    let request = slow(1);
    assert_eq!(join(thread(&rt, move || request.wait())).unwrap(), 1);
    assert_eq!(slow(2).wait_timeout(LONG).unwrap(), 2);
}

#[test]
fn c09_p23_wait_works_on_a_worker_of_a_multi_thread_runtime() {
    let rt = Rt::new(1);
    let tokio = multi_thread(1);
    let runtime = Runtime::clone(&rt);
    let value = tokio.block_on(async {
        let task = async move {
            let _entered = runtime.enter();
            slow(3).wait()
        };
        tokio::spawn(task).await.unwrap()
    });
    assert_eq!(value.unwrap(), 3);
    assert_eq!(tokio.block_on(async { slow(4).wait() }).unwrap(), 4);
}

#[test]
fn c09_p23_wait_works_in_spawn_blocking_of_both_flavours() {
    let rt = Rt::new(1);
    for tokio in [multi_thread(1), current_thread()] {
        let runtime = Runtime::clone(&rt);
        let job = move || {
            let _entered = runtime.enter();
            (slow(5).wait(), slow(6).wait_timeout(LONG))
        };
        let (first, second) = tokio.block_on(async { tokio::task::spawn_blocking(job).await.unwrap() });
        assert_eq!((first.unwrap(), second.unwrap()), (5, 6));
    }
}

#[test]
fn c09_p23_p25_wait_is_an_error_that_names_the_cure_where_it_would_block_an_executor() {
    let rt = Rt::new(1);
    let assert_refused = |request: &Request<u32>| {
        for error in [request.wait().unwrap_err(), request.wait_timeout(LONG).unwrap_err()] {
            assert!(error.is_would_block(), "{error:?}");
            assert!(error.report().contains(".await"), "{error:?}");
        }
    };
    let request = slow(7);
    let tokio = current_thread();
    tokio.block_on(async { assert_refused(&request) });
    tokio.block_on(async {
        tokio::task::LocalSet::new()
            .run_until(async { assert_refused(&request) })
            .await;
    });
    multi_thread(1).block_on(async {
        tokio::task::LocalSet::new()
            .run_until(async { assert_refused(&request) })
            .await;
    });
    // Not hung, not spoilt; and once there is a value, everybody may have it.
    assert_eq!(tokio.block_on(async { request.clone().await }).unwrap(), 7);
    assert_eq!(tokio.block_on(async { request.wait() }).unwrap(), 7);
    rt.settle();
}

#[test]
fn c09_p20_wait_is_an_error_in_a_kernel_and_in_a_rayon_pool() {
    let _rt = Rt::new(1);
    let inner = slow(8);
    let kernel = Request::kernel({
        let inner = inner.clone();
        move |_| Ok((inner.wait().unwrap_err(), rayon_join_wait(&inner)))
    });
    let (direct, nested) = kernel.wait().unwrap();
    assert!(direct.is_would_block() && nested.is_would_block());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let error = pool.install(|| inner.wait()).unwrap_err();
    assert!(error.is_would_block());
    assert_eq!(inner.wait().unwrap(), 8);
    // A finished one may be asked anywhere.
    assert_eq!(pool.install(|| inner.wait()).unwrap(), 8);
    assert_eq!(Request::kernel(move |_| inner.wait()).wait().unwrap(), 8);
}

fn rayon_join_wait(request: &Request<u32>) -> Error {
    rayon::join(|| request.wait().unwrap_err(), || ()).0
}

#[test]
fn c09_wait_in_a_pinned_request_is_an_error() {
    let _rt = Rt::new(1);
    let pinned = Request::pinned(|| async {
        let inner = slow(1);
        let refused = inner.wait().unwrap_err();
        Ok((refused.is_would_block(), inner.await?))
    });
    assert_eq!(pinned.wait().unwrap(), (true, 1));
}

#[test]
fn c09_await_works_on_any_executor() {
    let rt = Rt::new(1);
    assert_eq!(futures::executor::block_on(async { slow(1).await }).unwrap(), 1);
    assert_eq!(multi_thread(1).block_on(async { slow(2).await }).unwrap(), 2);
    let tokio = current_thread();
    assert_eq!(tokio.block_on(async { slow(3).await }).unwrap(), 3);
    let request = slow(4);
    let local = tokio::task::LocalSet::new();
    let task = local.spawn_local(request.into_future());
    assert_eq!(tokio.block_on(local.run_until(task)).unwrap().unwrap(), 4);
    let mut pool = futures::executor::LocalPool::new();
    assert_eq!(pool.run_until(async { slow(5).timeout(LONG).await }).unwrap(), 5);
    rt.settle();
}

#[test]
fn c09_p24_blocking_waits_on_all_slots_stop_nobody() {
    let rt = Rt::new(2);
    let gate = Gate::new();
    let requests: Vec<_> = (0..8)
        .map(|_| {
            let pass = gate.pass();
            let request = Request::new(async move {
                let inner = Request::new(async move {
                    pass.await;
                    Ok(1)
                });
                inner.submit();
                inner.wait()
            });
            request.submit();
            request
        })
        .collect();
    until("all block their threads", || {
        requests.iter().all(|request| !request.info().waits_for.is_empty())
    });
    let opener = Request::new(async move {
        gate.open();
        Ok(())
    });
    opener.submit();
    for request in requests {
        assert_eq!(request.wait().unwrap(), 1);
    }
    rt.settle();
}

#[test]
fn c09_r108_after_a_blocking_wait_there_are_as_many_slots_as_before() {
    let rt = Rt::new(1);
    for _ in 0..10 {
        let request = Request::new(async {
            let inner = slow(1);
            inner.submit();
            inner.wait()
        });
        request.submit();
        request.wait().unwrap();
    }
    rt.settle();
    let (inside, most) = (Counter::new(), Arc::new(Mutex::new(0)));
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let (inside, most) = (inside.clone(), Arc::clone(&most));
            Request::new(async move {
                for _ in 0..3 {
                    let now = inside.add() + 1;
                    {
                        let mut most = most.lock().unwrap();
                        *most = now.max(*most);
                    }
                    std::thread::yield_now();
                    inside.sub();
                    tokio::task::yield_now().await;
                }
                Ok(())
            })
        })
        .collect();
    requests.iter().for_each(Request::submit);
    // Not by waiting: a waiter outside would run some itself.
    rt.settle();
    assert_eq!(*most.lock().unwrap(), 1);
}

#[test]
fn c09_p24_more_blocking_waits_than_threads_are_refused_not_hung() {
    let rt = Rt::new(2);
    let last = Request::builder().priority(10).future(async {
        tokio::task::yield_now().await;
        Ok(1)
    });
    let requests: Vec<_> = (0..700)
        .map(|_| {
            let last = last.clone();
            let request = Request::builder().priority(-1).future(async move { last.wait() });
            request.submit();
            request
        })
        .collect();
    last.submit();
    for request in requests {
        match request.wait() {
            Ok(value) => assert_eq!(value, 1),
            Err(error) => assert!(error.is_would_block(), "{error:?}"),
        }
    }
    rt.settle();
}
