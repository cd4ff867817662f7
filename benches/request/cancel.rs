//! Cancelling trees and queues.

use std::sync::Arc;
use std::time::{Duration, Instant};

use headwater::{Error, Request, RequestState, Runtime};
use tokio_util::sync::CancellationToken;

use crate::table::{figure, pairs};
use crate::{Bench, timed};

const TREE: u64 = 11_110;

pub(crate) fn rows(bench: &Bench) {
    bench.row(
        "C55 cancel a tree of 11,110 waiting, all ended / tokens",
        Some(0.75),
        || pairs(TREE, || cancel_tree(bench).1, || cancel_tokens(bench).1),
    );
    bench.row("C55 the call of cancel alone / tokens, flags alone", Some(0.1), || {
        pairs(TREE, || cancel_tree(bench).0, cancel_bare_tokens)
    });
    queued(bench);
}

/// A node that waits for ten children; the leaves wait for ever.
///
/// `alive` is held by each until it has ended.
fn node(depth: u32, alive: Arc<()>) -> Request<u64> {
    Request::new(async move {
        let alive = alive;
        if depth == 0 {
            return std::future::pending().await;
        }
        let children: Vec<_> = (0..10)
            .map(|_| {
                let child = node(depth - 1, Arc::clone(&alive));
                child.submit();
                child
            })
            .collect();
        for child in children {
            child.await?;
        }
        Ok(1)
    })
}

/// The time of the call, and until everything has ended.
fn cancel_tree(bench: &Bench) -> (Duration, Duration) {
    let alive = Arc::new(());
    let root = {
        let _entered = bench.ours.enter();
        node(4, Arc::clone(&alive))
    };
    root.submit();
    settle(&bench.ours, TREE as usize + 1);
    let began = Instant::now();
    let _ = root.cancel();
    let call = began.elapsed();
    while Arc::strong_count(&alive) > 1 {
        std::thread::yield_now();
    }
    (call, began.elapsed())
}

/// Until `n` requests are suspended.
fn settle(runtime: &Runtime, n: usize) {
    loop {
        let live = runtime.snapshot();
        if live.len() == n && live.iter().all(|info| info.state == RequestState::Suspended) {
            return;
        }
        std::thread::yield_now();
    }
}

fn tokens(depth: u32, token: CancellationToken, tasks: &mut Vec<CancellationToken>) {
    if depth > 0 {
        for _ in 0..10 {
            let child = token.child_token();
            tokens(depth - 1, child.clone(), tasks);
            tasks.push(child);
        }
    }
}

fn cancel_tokens(bench: &Bench) -> (Duration, Duration) {
    let root = CancellationToken::new();
    let mut all = Vec::new();
    tokens(4, root.clone(), &mut all);
    let tasks: Vec<_> = all
        .into_iter()
        .map(|token| bench.tokio.spawn(async move { token.cancelled().await }))
        .collect();
    while bench.tokio.metrics().num_alive_tasks() < tasks.len() || bench.tokio.metrics().global_queue_depth() > 0 {
        std::thread::yield_now();
    }
    // Let every task come to its wait.
    bench.tokio.block_on(async {
        for _ in 0..1_000 {
            tokio::task::yield_now().await
        }
    });
    let began = Instant::now();
    root.cancel();
    let call = began.elapsed();
    bench.tokio.block_on(async {
        for task in tasks {
            let _ = task.await;
        }
    });
    (call, began.elapsed())
}

fn cancel_bare_tokens() -> Duration {
    let root = CancellationToken::new();
    let mut all = Vec::new();
    tokens(4, root.clone(), &mut all);
    timed! { root.cancel(); }
}

/// C57: a subtree of 100,000 that stands in the queue ends within 20 ms, while the only slot is busy.
fn queued(bench: &Bench) {
    let name = "C57 cancel a queued subtree of 100,000, all ended";
    if !bench.wanted(name) {
        return;
    }
    let runtime = Runtime::builder()
        .slots(1)
        .compute_threads(1)
        .build()
        .expect("threads can be started");
    let mut times: Vec<Duration> = (0..5).map(|_| cancel_queued(&runtime)).collect();
    times.sort();
    figure(name, &format!("{:.1} ms", times[2].as_secs_f64() * 1e3), "limit 20 ms");
}

fn cancel_queued(runtime: &Runtime) -> Duration {
    let (made, is_made) = std::sync::mpsc::channel();
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let parent = Request::builder().on(runtime).future(async move {
        let children: Vec<_> = (0..100_000)
            .map(|i| {
                let child = Request::new(async move { Ok::<u32, Error>(i) });
                child.submit();
                child
            })
            .collect();
        let _ = made.send(());
        // The slot stays busy: nothing of the queue can run.
        let _ = gate.recv();
        Ok(children.len())
    });
    parent.submit();
    is_made.recv().expect("the parent says when it is done");
    let took = timed! { let _ = parent.cancel(); };
    let live = runtime.snapshot().len();
    assert_eq!(live, 1, "all but the parent have ended when `cancel` returns");
    drop(open);
    let _ = parent.wait();
    took
}
