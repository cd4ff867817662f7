//! What a request costs, beside what tokio, futures and rayon charge for the nearest thing.
//!
//! `cargo bench --bench request` prints a table; `cargo bench --bench request -- NAME` only the rows whose name contains
//! NAME. Peers run on a tokio runtime of the same size as ours.

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::{Pairs, head, pairs, row};
use futures::FutureExt;
use headwater::{Error, Request, Runtime};

struct Bench {
    ours: Runtime,
    tokio: tokio::runtime::Runtime,
    filter: Option<String>,
}

impl Bench {
    fn wanted(&self, name: &str) -> bool {
        self.filter.as_deref().is_none_or(|filter| name.contains(filter))
    }

    /// Runs `work` within a request and times it there.
    fn within<F: Future<Output = Duration> + Send + 'static>(&self, work: impl FnOnce() -> F + Send + 'static) -> Duration {
        let request = Request::builder().on(&self.ours).future(async move { Ok(work().await) });
        request.submit();
        request.wait().expect("the workload of a bench succeeds")
    }

    fn within_tokio<F: Future<Output = Duration> + Send + 'static>(&self, work: F) -> Duration {
        self.tokio.block_on(self.tokio.spawn(work)).expect("the workload of a bench succeeds")
    }

    fn row(&self, name: &str, limit: Option<f64>, measure: impl FnOnce() -> Pairs) {
        if self.wanted(name) {
            row(name, &measure(), limit);
        }
    }
}

macro_rules! timed {
    ($($body:tt)*) => {{
        let began = std::time::Instant::now();
        $($body)*
        began.elapsed()
    }};
}

fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let bench = Bench {
        ours: Runtime::builder().slots(threads).build().expect("threads can be started"),
        tokio: tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("threads can be started"),
        filter,
    };
    head(&format!("{threads} slots, {threads} tokio workers; ns for each request"));
    one(&bench);
    fans(&bench);
}

fn one(bench: &Bench) {
    const N: u64 = 20_000;
    bench.row("submit + await, in a request / tokio::spawn + await", Some(1.0), || {
        pairs(
            N,
            || {
                bench.within(|| async {
                    timed! { for i in 0..N {
                        let request = Request::new(async move { Ok(i) });
                        request.submit();
                        black_box(request.await.ok());
                    }}
                })
            },
            || {
                bench.within_tokio(async {
                    timed! { for i in 0..N {
                        black_box(tokio::spawn(async move { i }).await.ok());
                    }}
                })
            },
        )
    });
    bench.row("submit + await, in a request / spawn + futures::Shared", Some(0.6), || {
        pairs(
            N,
            || {
                bench.within(|| async {
                    timed! { for i in 0..N {
                        let request = Request::new(async move { Ok(i) });
                        request.submit();
                        black_box(request.await.ok());
                    }}
                })
            },
            || {
                bench.within_tokio(async {
                    timed! { for i in 0..N {
                        black_box(tokio::spawn(async move { i }).map(|joined| joined.ok()).shared().await);
                    }}
                })
            },
        )
    });
    bench.row("direct execution / tokio::spawn + await", Some(0.2), || {
        pairs(
            N,
            || {
                bench.within(|| async {
                    timed! { for i in 0..N {
                        black_box(Request::new(async move { Ok(i) }).await.ok());
                    }}
                })
            },
            || {
                bench.within_tokio(async {
                    timed! { for i in 0..N {
                        black_box(tokio::spawn(async move { i }).await.ok());
                    }}
                })
            },
        )
    });
    bench.row("direct execution / boxed await", None, || {
        pairs(
            N,
            || {
                bench.within(|| async {
                    timed! { for i in 0..N {
                        black_box(Request::new(async move { Ok(i) }).await.ok());
                    }}
                })
            },
            || {
                bench.within_tokio(async {
                    timed! { for i in 0..N {
                        let boxed: futures::future::BoxFuture<'static, Result<u64, Error>> = Box::pin(async move { Ok(i) });
                        black_box(black_box(boxed).await.ok());
                    }}
                })
            },
        )
    });
    bench.row("asking a finished request / (20 ns)", None, || {
        let request = Request::value(7u64);
        pairs(
            N,
            || bench.within({ let request = request.clone(); move || async move { timed! { for _ in 0..N { black_box((&request).await.ok()); } } } }),
            || Duration::from_nanos(20 * N),
        )
    });
}

fn fans(bench: &Bench) {
    const N: u64 = 1_000;
    bench.row("fan of 1,000 / Vec<JoinHandle>", Some(1.0), || {
        pairs(
            N,
            || {
                bench.within(|| async {
                    timed! {
                        let fan: Vec<_> = (0..N).map(|i| { let request = Request::new(async move { Ok(i) }); request.submit(); request }).collect();
                        for request in fan { black_box(request.await.ok()); }
                    }
                })
            },
            || {
                bench.within_tokio(async {
                    timed! {
                        let fan: Vec<_> = (0..N).map(|i| tokio::spawn(async move { i })).collect();
                        for handle in fan { black_box(handle.await.ok()); }
                    }
                })
            },
        )
    });

}
