//! Many requests: fans, chains, trees, many waiters.

use std::hint::black_box;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use headwater::{Error, Request};
use tokio::task::JoinSet;

use crate::table::pairs;
use crate::{Bench, timed};

pub(crate) fn rows(bench: &Bench) {
    bench.row("C51 fan of 1,000 / Vec<JoinHandle>", Some(1.0), || {
        pairs(1_000, || fan(bench, 1_000), || spawn_fan(bench, 1_000))
    });
    bench.row("C51 fan of 1,000 / JoinSet", Some(0.65), || {
        pairs(1_000, || fan(bench, 1_000), || join_set(bench, 1_000))
    });
    bench.row("fan of 1,000 / rayon scope", None, || {
        pairs(1_000, || fan(bench, 1_000), || scope(1_000))
    });
    bench.row("fan of 100,000 / Vec<JoinHandle>", None, || {
        pairs(100_000, || fan(bench, 100_000), || spawn_fan(bench, 100_000))
    });
    bench.row("C52 1,000 waiters on one / futures::Shared", Some(1.0), || {
        pairs(1_000, || waiters(bench, 1_000), || shared_waiters(bench, 1_000))
    });
    bench.row("C52 1,000 waiters on one / moka get_with", Some(0.4), || {
        pairs(1_000, || waiters(bench, 1_000), || moka_waiters(bench, 1_000))
    });
    bench.row("chain of 1,000, direct / tokio task per link", None, || {
        pairs(1_000, || chain(bench, 1_000), || spawn_chain(bench, 1_000))
    });
    bench.row("chain of 1,000,000, direct / tokio task per link", None, || {
        pairs(1_000_000, || chain(bench, 1_000_000), || spawn_chain(bench, 1_000_000))
    });
    bench.row("tree of 11,111, submitted / tokio task per node", None, || {
        pairs(11_111, || tree(bench), || spawn_tree(bench))
    });
}

fn fan(bench: &Bench, n: u64) -> Duration {
    bench.ours(move || async move {
        timed! {
            let fan: Vec<_> = (0..n).map(|i| submitted(async move { Ok(i) })).collect();
            for request in fan {
                black_box(request.await.ok());
            }
        }
    })
}

fn submitted(future: impl Future<Output = Result<u64, Error>> + Send + 'static) -> Request<u64> {
    let request = Request::new(future);
    request.submit();
    request
}

fn spawn_fan(bench: &Bench, n: u64) -> Duration {
    bench.tokio(move || async move {
        timed! {
            let fan: Vec<_> = (0..n).map(|i| tokio::spawn(async move { i })).collect();
            for handle in fan {
                black_box(handle.await.ok());
            }
        }
    })
}

fn join_set(bench: &Bench, n: u64) -> Duration {
    bench.tokio(move || async move {
        timed! {
            let mut set: JoinSet<u64> = (0..n).map(|i| async move { i }).collect();
            while let Some(joined) = set.join_next().await {
                black_box(joined.ok());
            }
        }
    })
}

fn scope(n: u64) -> Duration {
    timed! {
        rayon::scope(|scope| (0..n).for_each(|i| scope.spawn(move |_| { black_box(i); })));
    }
}

/// A request that cannot end before all waiters have been made, and `n` requests that wait for it.
fn waiters(bench: &Bench, n: u64) -> Duration {
    bench.ours(move || async move {
        timed! {
            let (open, gate) = tokio::sync::oneshot::channel::<u64>();
            let one = submitted(async move { gate.await.map_err(Error::new) });
            let all: Vec<_> = (0..n).map(|_| { let one = one.clone(); submitted(async move { one.await }) }).collect();
            black_box(open.send(7).ok());
            for waiter in all {
                black_box(waiter.await.ok());
            }
        }
    })
}

fn shared_waiters(bench: &Bench, n: u64) -> Duration {
    bench.tokio(move || async move {
        timed! {
            let (open, gate) = tokio::sync::oneshot::channel::<u64>();
            let one = tokio::spawn(gate).map(|joined| joined.ok()?.ok()).shared();
            let all: Vec<_> = (0..n).map(|_| tokio::spawn(one.clone())).collect();
            black_box(open.send(7).ok());
            for waiter in all {
                black_box(waiter.await.ok());
            }
        }
    })
}

fn moka_waiters(bench: &Bench, n: u64) -> Duration {
    bench.tokio(move || async move {
        let cache: moka::future::Cache<u64, u64> = moka::future::Cache::new(10);
        timed! {
            let (open, gate) = tokio::sync::oneshot::channel::<u64>();
            let first = tokio::spawn({
                let cache = cache.clone();
                async move { cache.get_with(1, async move { gate.await.unwrap_or_default() }).await }
            });
            tokio::task::yield_now().await;
            let all: Vec<_> = (0..n).map(|_| {
                let cache = cache.clone();
                tokio::spawn(async move { cache.get_with(1, async { 7 }).await })
            }).collect();
            black_box(open.send(7).ok());
            black_box(first.await.ok());
            for waiter in all {
                black_box(waiter.await.ok());
            }
        }
    })
}

fn link(n: u64) -> Request<u64> {
    Request::new(async move {
        match n {
            0 => Ok(0),
            _ => Ok(link(n - 1).await? + 1),
        }
    })
}

fn chain(bench: &Bench, n: u64) -> Duration {
    bench.ours(move || async move {
        timed! { black_box(link(n).await.ok()); }
    })
}

fn spawned_link(n: u64) -> BoxFuture<'static, u64> {
    Box::pin(async move {
        match n {
            0 => 0,
            _ => tokio::spawn(spawned_link(n - 1)).await.unwrap_or_default() + 1,
        }
    })
}

fn spawn_chain(bench: &Bench, n: u64) -> Duration {
    bench.tokio(move || async move {
        timed! { black_box(tokio::spawn(spawned_link(n)).await.ok()); }
    })
}

/// Ten children each, four levels deep.
fn node(depth: u32) -> Request<u64> {
    Request::new(async move {
        if depth == 0 {
            return Ok(1);
        }
        let children: Vec<_> = (0..10)
            .map(|_| {
                let child = node(depth - 1);
                child.submit();
                child
            })
            .collect();
        let mut sum = 1;
        for child in children {
            sum += child.await?;
        }
        Ok(sum)
    })
}

fn tree(bench: &Bench) -> Duration {
    bench.ours(|| async {
        timed! { assert_eq!(node(4).await.ok(), Some(11_111)); }
    })
}

fn spawned_node(depth: u32) -> BoxFuture<'static, u64> {
    Box::pin(async move {
        if depth == 0 {
            return 1;
        }
        let children: Vec<_> = (0..10).map(|_| tokio::spawn(spawned_node(depth - 1))).collect();
        let mut sum = 1;
        for child in children {
            sum += child.await.unwrap_or_default();
        }
        sum
    })
}

fn spawn_tree(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        timed! { assert_eq!(spawned_node(4).await, 11_111); }
    })
}
