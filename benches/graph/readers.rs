//! Ten thousand readers of one block: one execution, at little more than the price of joining a plain request.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures::future::join_all;
use headwater::graph::Graph;
use headwater::{Array, Request, Runtime, roi};

use crate::operators::{Counts, Plane};
use crate::table::{pairs, row};
use crate::wanted;

const READERS: usize = 10_000;

pub(crate) fn rows() {
    let name = "ask for it and await it, against a plain request's clone";
    if !wanted(name) {
        return;
    }
    let runtime = Runtime::builder().build().expect("threads can be started");
    let ours = || {
        let graph = Graph::on(&runtime);
        let counts = Arc::new(Counts::default());
        let plane = graph.add(Plane {
            side: 64,
            work: 1,
            counts: Arc::clone(&counts),
        });
        let output = plane.output.clone();
        let time = within(&runtime, async move {
            let start = Instant::now();
            let readers = (0..READERS).map(|_| output.request(roi![0..64, 0..64]).into_future());
            check(join_all(readers).await);
            start.elapsed()
        });
        assert_eq!(
            counts.executed.load(Ordering::SeqCst),
            1,
            "one execution for all readers"
        );
        time
    };
    let peer = || {
        within(&runtime, async {
            let start = Instant::now();
            let block = Request::new(async {
                let block = Request::kernel(|_| Array::full("yx", &[64, 64], 0_u32));
                block.await
            });
            check(join_all((0..READERS).map(|_| block.clone().into_future())).await);
            start.elapsed()
        })
    };
    row(name, &pairs(READERS as u64, ours, peer), Some(1.5));
}

fn check(results: Vec<Result<Array, headwater::Error>>) {
    assert!(
        results
            .into_iter()
            .all(|block| block.is_ok_and(|block| block.len() == 4096))
    );
}

fn within(runtime: &Runtime, work: impl Future<Output = Duration> + Send + 'static) -> Duration {
    let request = Request::builder().on(runtime).future(async { Ok(work.await) });
    request.submit();
    request.wait().expect("the workload of a bench succeeds")
}
