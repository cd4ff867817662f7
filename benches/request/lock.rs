//! A lock that half of the requests want at the same time.

use std::sync::Arc;
use std::time::Duration;

use headwater::{Error, Request, RequestLock};

use crate::table::pairs;
use crate::{Bench, timed};

const N: u64 = 1_000;

pub(crate) fn rows(bench: &Bench) {
    bench.row("lock, 50 % contention, fan of 1,000 / tokio Mutex", None, || {
        pairs(N, || ours(bench), || peer(bench))
    });
    bench.row("lock, free: lock+unlock in a request / tokio Mutex", None, || {
        pairs(N, || free(bench), || free_peer(bench))
    });
}

/// Every second one holds the lock over an await, so the next ones find it taken.
fn ours(bench: &Bench) -> Duration {
    bench.ours(|| async {
        timed! {
            let lock = RequestLock::new(0u64);
            let fan: Vec<_> = (0..N).map(|i| {
                let lock = lock.clone();
                let request = Request::new(async move {
                    let mut guard = lock.lock().await?;
                    if i % 2 == 0 {
                        tokio::task::yield_now().await;
                    }
                    *guard += 1;
                    Ok::<(), Error>(())
                });
                request.submit();
                request
            }).collect();
            for request in fan {
                let _ = request.await;
            }
        }
    })
}

fn peer(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        timed! {
            let lock = Arc::new(tokio::sync::Mutex::new(0u64));
            let fan: Vec<_> = (0..N).map(|i| {
                let lock = Arc::clone(&lock);
                tokio::spawn(async move {
                    let mut guard = lock.lock().await;
                    if i % 2 == 0 {
                        tokio::task::yield_now().await;
                    }
                    *guard += 1;
                })
            }).collect();
            for task in fan {
                let _ = task.await;
            }
        }
    })
}

fn free(bench: &Bench) -> Duration {
    bench.ours(|| async {
        let lock = RequestLock::new(0u64);
        timed! { for _ in 0..N {
            if let Ok(mut guard) = lock.lock().await {
                *guard += 1;
            }
        }}
    })
}

fn free_peer(bench: &Bench) -> Duration {
    bench.tokio(|| async {
        let lock = tokio::sync::Mutex::new(0u64);
        timed! { for _ in 0..N {
            *lock.lock().await += 1;
        }}
    })
}
