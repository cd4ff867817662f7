//! One request at a time.

use std::hint::black_box;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use headwater::{Error, Request};

use crate::table::pairs;
use crate::{Bench, timed};

const N: u64 = 20_000;

pub(crate) fn rows(bench: &Bench) {
    bench.row("C49 submit+await in a request / tokio spawn+await", Some(1.0), || {
        pairs(N, || submit_and_await(bench), || spawn_and_await(bench))
    });
    bench.row("C49 submit+await in a request / spawn+Shared", Some(0.6), || {
        pairs(N, || submit_and_await(bench), || spawn_shared(bench))
    });
    bench.row("C50 direct execution / tokio spawn+await", Some(0.2), || {
        pairs(N, || direct(bench), || spawn_and_await(bench))
    });
    bench.row("C50 direct execution / boxed await (aim)", Some(4.0), || {
        pairs(N, || direct(bench), || boxed(bench))
    });
    bench.row("submit+wait, foreign thread / tokio spawn+block_on", None, || {
        pairs(
            1_000,
            || submit_and_wait(bench, 1_000),
            || spawn_and_block(bench, 1_000),
        )
    });
    bench.row("direct wait, foreign thread / tokio spawn+block_on", None, || {
        pairs(1_000, || direct_wait(bench, 1_000), || spawn_and_block(bench, 1_000))
    });
    bench.row("C53 asking a finished request / 20 ns", Some(1.0), || {
        pairs(N, || finished(bench), || Duration::from_nanos(20 * N))
    });
    bench.row("joining a running request / cloning+polling Shared", None, || {
        pairs(N, || join(bench), || join_shared(bench))
    });
}

fn submit_and_await(bench: &Bench) -> Duration {
    bench.ours(|| async {
        timed! { for i in 0..N {
            let request = Request::new(async move { Ok(i) });
            request.submit();
            black_box(request.await.ok());
        }}
    })
}

fn spawn_and_await(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        timed! { for i in 0..N {
            black_box(tokio::spawn(async move { i }).await.ok());
        }}
    })
}

fn spawn_shared(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        timed! { for i in 0..N {
            black_box(tokio::spawn(async move { i }).map(Result::ok).shared().await);
        }}
    })
}

fn direct(bench: &Bench) -> Duration {
    bench.ours(|| async {
        timed! { for i in 0..N {
            black_box(Request::new(async move { Ok(i) }).await.ok());
        }}
    })
}

fn boxed(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        timed! { for i in 0..N {
            let boxed: BoxFuture<'static, Result<u64, Error>> = Box::pin(async move { Ok(i) });
            black_box(black_box(boxed).await.ok());
        }}
    })
}

fn submit_and_wait(bench: &Bench, n: u64) -> Duration {
    timed! { for i in 0..n {
        let request = Request::builder().on(&bench.ours).future(async move { Ok(i) });
        request.submit();
        black_box(request.wait().ok());
    }}
}

fn direct_wait(bench: &Bench, n: u64) -> Duration {
    timed! { for i in 0..n {
        black_box(Request::builder().on(&bench.ours).future(async move { Ok(i) }).wait().ok());
    }}
}

fn spawn_and_block(bench: &Bench, n: u64) -> Duration {
    timed! { for i in 0..n {
        black_box(bench.tokio.block_on(bench.tokio.spawn(async move { i })).ok());
    }}
}

fn finished(bench: &Bench) -> Duration {
    let request = Request::value(7u64);
    bench.ours(move || async move {
        timed! { for _ in 0..N {
            black_box((&request).await.ok());
        }}
    })
}

/// A wait that begins, is polled once and ends.
fn join(bench: &Bench) -> Duration {
    bench.ours(|| async {
        let running = Request::new(async { std::future::pending::<Result<u64, Error>>().await });
        running.submit();
        let time = timed! { for _ in 0..N {
            black_box((&running).into_future().now_or_never());
        }};
        let _ = running.cancel();
        time
    })
}

fn join_shared(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        let running = std::future::pending::<u64>().shared();
        timed! { for _ in 0..N {
            black_box(running.clone().now_or_never());
        }}
    })
}
