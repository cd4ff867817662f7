//! C43, C45: what a builder sets, and hosts.

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use headwater::{Request, Runtime};

use crate::support::*;

#[test]
fn c43_r008_r108_n_slots_are_n_polls_at_once() {
    for slots in [1, 3] {
        let rt = Rt::new(slots);
        let (inside, most) = (Counter::new(), Log::new());
        for _ in 0..60 {
            let (inside, most) = (inside.clone(), most.clone());
            Request::new(async move {
                for _ in 0..3 {
                    most.push(inside.add() + 1);
                    std::thread::yield_now();
                    inside.sub();
                    tokio::task::yield_now().await;
                }
                Ok(())
            })
            .submit();
        }
        rt.settle();
        assert!(most.get().iter().all(|&inside| inside <= slots));
        assert_eq!(most.get().len(), 180);
    }
}

#[test]
fn c43_n_compute_threads_are_n_kernels_at_once() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(2));
    let (inside, most) = (Counter::new(), Log::new());
    for _ in 0..100 {
        let (inside, most) = (inside.clone(), most.clone());
        Request::kernel(move |_| {
            most.push(inside.add() + 1);
            std::thread::yield_now();
            inside.sub();
            Ok(())
        })
        .submit();
    }
    rt.settle();
    assert!(most.get().iter().all(|&inside| inside <= 2));
}

#[test]
fn c43_p22_two_runtimes_and_a_host_pool_do_not_notice_each_other() {
    let (a, b) = (Rt::new(1), Rt::new(1));
    let plug = plug(&a);
    let on_b = Request::builder()
        .on(&b)
        .future(async { Ok(std::thread::current().id()) });
    on_b.submit();
    assert_ne!(on_b.wait().unwrap(), std::thread::current().id());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .thread_name(|_| "host".to_owned())
        .build()
        .unwrap();
    let shared = Rt::from(Runtime::builder().slots(1).compute_pool(Arc::new(pool)));
    let kernel = Request::kernel(|_| Ok(std::thread::current().name().map(str::to_owned)));
    assert_eq!(kernel.wait().unwrap().as_deref(), Some("host"));
    plug.release();
    // A request of one may wait for a request of the other, in every way.
    let inner = Request::builder().on(&a).future(async {
        tokio::task::yield_now().await;
        Ok(1)
    });
    let outer = Request::builder()
        .on(&b)
        .future(async move { Ok((&inner).await? + inner_wait(&inner)) });
    assert_eq!(outer.wait().unwrap(), 2);
    drop(shared);
}

fn inner_wait(request: &Request<u32>) -> u32 {
    request.wait().unwrap()
}

#[test]
fn c43_statistics_count() {
    let rt = Rt::from(Runtime::builder().slots(1).compute_threads(1).long_poll(Duration::ZERO));
    let parent = Request::new(async {
        for _ in 0..5 {
            Request::kernel(|_| Ok(())).await?;
        }
        Ok(())
    });
    parent.submit();
    parent.wait().unwrap();
    rt.settle();
    let statistics = rt.statistics();
    assert_eq!((statistics.requests, statistics.kernels), (6, 5));
    assert!(statistics.long_polls >= 1);
}

#[test]
fn c45_embedded_it_runs_on_the_hosts_threads() {
    for flavour in 0..2 {
        let host = if flavour == 0 {
            current_thread()
        } else {
            multi_thread(2)
        };
        let runtime = Runtime::builder()
            .slots(2)
            .compute_threads(1)
            .embedded(host.handle().clone())
            .build()
            .unwrap();
        let (values, threads) = host.block_on(async {
            let _entered = runtime.enter();
            let requests: Vec<_> = (0..20)
                .map(|nth| {
                    Request::new(async move {
                        tokio::task::yield_now().await;
                        let kernel = Request::kernel(move |_| Ok(nth));
                        let name = std::thread::current().name().map(str::to_owned);
                        Ok((kernel.await?, name))
                    })
                })
                .collect();
            requests.iter().for_each(Request::submit);
            let waits: Vec<_> = requests.iter().map(|request| request.into_future()).collect();

            let pairs = futures::future::try_join_all(waits).await.unwrap();
            pairs.into_iter().unzip::<u32, Option<String>, Vec<_>, Vec<_>>()
        });
        assert_eq!(values.iter().sum::<u32>(), 190);
        assert!(
            threads
                .iter()
                .all(|name| !name.as_deref().unwrap_or_default().starts_with("headwater-slot"))
        );
        drop(runtime);
        // The host goes on, and may be dropped.
        assert_eq!(host.block_on(async { 1 }), 1);
    }
}

#[test]
fn c45_p25_a_blocking_wait_in_a_request_on_a_current_thread_host_is_an_error() {
    let host = current_thread();
    let runtime = Runtime::builder()
        .slots(2)
        .compute_threads(1)
        .embedded(host.handle().clone())
        .build()
        .unwrap();
    let request = Request::builder().on(&runtime).future(async {
        let inner = Request::new(async {
            tokio::task::yield_now().await;
            Ok(1)
        });
        inner.submit();
        let error = inner.wait().unwrap_err();
        assert!(error.is_would_block() && error.report().contains(".await"), "{error:?}");
        inner.await
    });
    request.submit();
    assert_eq!(host.block_on(async { request.await }).unwrap(), 1);
}
