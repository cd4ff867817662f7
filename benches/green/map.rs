//! One function over many items, ten at a time, results in order (W4 of the comparison with greenhouse and gevent).
//!
//! The load: a service that looks up many small things and answers in the order of the questions. The function does next to
//! nothing, so what is left is what the machinery costs.

use std::hint::black_box;
use std::time::Duration;

use futures::StreamExt;
use headwater::green::{self, Close, Pool};

use crate::table::pairs;
use crate::{Bench, timed};

const ITEMS: u64 = 10_000;
const WIDTH: usize = 10;

pub(crate) fn rows(bench: &Bench) {
    bench.row("ordered map, 10 at a time / buffered tokio tasks", None, || {
        pairs(ITEMS, || map(bench), || buffered(bench))
    });
    bench.row("ordered pool, 10 at a time / buffered tokio tasks", None, || {
        pairs(ITEMS, || pool(bench), || buffered(bench))
    });
}

fn map(bench: &Bench) -> Duration {
    bench.ours(|| async {
        timed! {
            let mut results = green::map(|n: u64| async move { Ok(n + 1) }, 0..ITEMS, WIDTH);
            while let Some(result) = results.next().await {
                black_box(result.ok());
            }
        }
    })
}

fn pool(bench: &Bench) -> Duration {
    bench.ours(|| async {
        timed! {
            let pool = Pool::ordered(WIDTH, |n: u64| async move { Ok(n + 1) }).window(2 * WIDTH);
            let putter = pool.clone();
            let putting = green::schedule(async move {
                for n in 0..ITEMS {
                    putter.put(n).await?;
                }
                putter.close(Close::Drain);
                Ok(())
            });
            while let Ok(Some(result)) = pool.get().await {
                black_box(result.ok());
            }
            black_box(putting.await.ok());
        }
    })
}

fn buffered(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        timed! {
            let tasks = futures::stream::iter(0..ITEMS).map(|n| tokio::spawn(async move { n + 1 }));
            let mut results = tasks.buffered(WIDTH);
            while let Some(result) = results.next().await {
                black_box(result.ok());
            }
        }
    })
}
