//! Starting tasks, and taking turns.

use std::hint::black_box;
use std::time::Duration;

use headwater::green;

use crate::table::pairs;
use crate::{Bench, timed};

const N: u64 = 20_000;
const AT_ONCE: u64 = 1_000;

pub(crate) fn rows(many: &Bench, one: &Bench) {
    many.row("spawn+join, one after the other / tokio", None, || {
        pairs(N, || one_by_one(many), || one_by_one_tokio(many))
    });
    many.row("spawn+join, a thousand at once / tokio", None, || {
        pairs(AT_ONCE, || at_once(many), || at_once_tokio(many))
    });
    one.row("yield, two tasks on one thread / tokio", None, || {
        pairs(2 * N, || yields(one), || yields_tokio(one))
    });
}

fn one_by_one(bench: &Bench) -> Duration {
    bench.ours(|| async {
        timed! { for i in 0..N {
            black_box(green::schedule(async move { Ok(i) }).await.ok());
        }}
    })
}

fn one_by_one_tokio(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        timed! { for i in 0..N {
            black_box(tokio::spawn(async move { i }).await.ok());
        }}
    })
}

fn at_once(bench: &Bench) -> Duration {
    bench.ours(|| async {
        timed! {
            let tasks: Vec<_> = (0..AT_ONCE).map(|i| green::schedule(async move { Ok(i) })).collect();
            for task in tasks {
                black_box(task.await.ok());
            }
        }
    })
}

fn at_once_tokio(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        timed! {
            let tasks: Vec<_> = (0..AT_ONCE).map(|i| tokio::spawn(async move { i })).collect();
            for task in tasks {
                black_box(task.await.ok());
            }
        }
    })
}

fn yields(bench: &Bench) -> Duration {
    bench.ours(|| async {
        let turns = || {
            green::schedule(async {
                for _ in 0..N {
                    green::pause().await;
                }
                Ok(())
            })
        };
        timed! {
            let (left, right) = (turns(), turns());
            black_box((left.await.ok(), right.await.ok()));
        }
    })
}

fn yields_tokio(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        let turns = || {
            tokio::spawn(async {
                for _ in 0..N {
                    tokio::task::yield_now().await;
                }
            })
        };
        timed! {
            let (left, right) = (turns(), turns());
            black_box((left.await.ok(), right.await.ok()));
        }
    })
}
