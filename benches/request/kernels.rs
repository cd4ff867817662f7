//! Kernels through the compute pool and back.

use std::hint::black_box;
use std::time::Duration;

use headwater::{Checkpoint, Request};
use tokio::sync::oneshot;

use crate::table::pairs;
use crate::{Bench, timed};

const N: u64 = 1_000;

pub(crate) fn rows(bench: &Bench) {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads can be started");
    let pool: &'static rayon::ThreadPool = Box::leak(Box::new(pool));
    bench.row("C56 fan of 1,000 kernels / rayon spawn+oneshot", Some(1.1), || {
        pairs(N, || kernels(bench), || offload(bench, pool))
    });
}

fn kernels(bench: &Bench) -> Duration {
    bench.ours(|| async {
        timed! {
            let fan: Vec<_> = (0..N).map(|i| { let kernel = Request::kernel(move |_: &Checkpoint| Ok(i)); kernel.submit(); kernel }).collect();
            for kernel in fan {
                black_box(kernel.await.ok());
            }
        }
    })
}

fn offload(bench: &Bench, pool: &'static rayon::ThreadPool) -> Duration {
    bench.tokio(move || async move {
        timed! {
            let fan: Vec<_> = (0..N).map(|i| {
                let (done, is_done) = oneshot::channel();
                pool.spawn(move || { let _ = done.send(i); });
                is_done
            }).collect();
            for is_done in fan {
                black_box(is_done.await.ok());
            }
        }
    })
}
