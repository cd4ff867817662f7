//! The peers: the same stages as tasks or threads with channels between them.

use std::sync::OnceLock;
use std::thread;

use super::flows::expected;

pub(crate) fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().unwrap()
    })
}

pub(crate) fn tokio(items: u64, depth: usize) {
    use tokio::sync::mpsc::channel;
    let (first, mut receive) = channel(depth);
    let (rt, mut tasks) = (runtime(), Vec::new());
    tasks.push(rt.spawn(async move {
        for n in 0..items {
            first.send(n).await.unwrap();
        }
    }));
    for _ in 0..3 {
        let (send, next) = channel(depth);
        let mut before = std::mem::replace(&mut receive, next);
        tasks.push(rt.spawn(async move {
            while let Some(n) = before.recv().await {
                send.send(n + 1).await.unwrap();
            }
        }));
    }
    let sum = rt.spawn(async move {
        let mut sum = 0;
        while let Some(n) = receive.recv().await {
            sum += n;
        }
        sum
    });
    assert_eq!(rt.block_on(sum).unwrap(), expected(items));
}

pub(crate) fn flume(items: u64, depth: usize) {
    let (first, mut receive) = flume::bounded(depth);
    let rt = runtime();
    rt.spawn(async move {
        for n in 0..items {
            first.send_async(n).await.unwrap();
        }
    });
    for _ in 0..3 {
        let (send, next) = flume::bounded(depth);
        let before = std::mem::replace(&mut receive, next);
        rt.spawn(async move {
            while let Ok(n) = before.recv_async().await {
                send.send_async(n + 1).await.unwrap();
            }
        });
    }
    let sum = rt.spawn(async move {
        let mut sum = 0;
        while let Ok(n) = receive.recv_async().await {
            sum += n;
        }
        sum
    });
    assert_eq!(rt.block_on(sum).unwrap(), expected(items));
}

#[expect(clippy::disallowed_methods, reason = "this peer is made of threads")]
pub(crate) fn crossbeam(items: u64, depth: usize) {
    let (first, mut receive) = crossbeam_channel::bounded(depth);
    thread::spawn(move || (0..items).for_each(|n| first.send(n).unwrap()));
    for _ in 0..3 {
        let (send, next) = crossbeam_channel::bounded(depth);
        let before = std::mem::replace(&mut receive, next);
        thread::spawn(move || before.iter().for_each(|n: u64| send.send(n + 1).unwrap()));
    }
    assert_eq!(receive.iter().sum::<u64>(), expected(items));
}
