//! What a suspended request holds in memory, beyond its future.

use std::fs;

use headwater::{Error, Request, RequestState};

use crate::Bench;
use crate::table::figure;

const N: usize = 100_000;

pub(crate) fn rows(bench: &Bench) {
    if !bench.wanted("C54 memory of a suspended request / task") {
        return;
    }
    let ours = requests(bench, N);
    let peer = tasks(bench, N);
    figure(
        "C54 suspended request / suspended tokio task",
        &format!("{ours:.0} / {peer:.0} = {:.2}", ours / peer),
        "limit 1.20",
    );
    let million = requests(bench, 1_000_000) * 1e6;
    figure(
        "C54 1,000,000 suspended requests",
        &format!("{:.0} MB", million / 1e6),
        "limit 1000 MB",
    );
}

/// Resident memory of this process, in bytes.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(0.0) * 4096.0
}

/// Both hold the same future, which waits for ever; each side is measured with memory that has not been used before.
fn requests(bench: &Bench, n: usize) -> f64 {
    let mut handles = Vec::with_capacity(n);
    handles.resize_with(n, || None);
    let before = resident();
    for handle in &mut handles {
        let request = Request::builder()
            .on(&bench.ours)
            .future(std::future::pending::<Result<u64, Error>>());
        request.submit();
        *handle = Some(request);
    }
    let is_suspended =
        |request: &Option<Request<u64>>| request.as_ref().is_some_and(|r| r.state() == RequestState::Suspended);
    while !handles.iter().rev().all(is_suspended) {
        std::thread::yield_now();
    }
    let bytes = resident() - before;
    for request in handles.iter().flatten() {
        let _ = request.cancel();
    }
    bytes / n as f64
}

fn tasks(bench: &Bench, n: usize) -> f64 {
    let mut handles = Vec::with_capacity(n);
    handles.resize_with(n, || None);
    let before = resident();
    for handle in &mut handles {
        *handle = Some(bench.tokio.spawn(std::future::pending::<Result<u64, Error>>()));
    }
    bench.tokio.block_on(async {
        for _ in 0..1_000 {
            tokio::task::yield_now().await
        }
    });
    let bytes = resident() - before;
    handles.iter().flatten().for_each(tokio::task::JoinHandle::abort);
    bytes / n as f64
}
