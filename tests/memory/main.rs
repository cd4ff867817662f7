//! What operators say that they need, against what they take: an allocator that counts. A binary of its own, and one test
//! at a time, for the count is of the whole process.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use headwater::kernels::{Form, Stencil};
use headwater::{Array, Checkpoint, Roi};
use peak_alloc::PeakAlloc;

mod labels;
mod operators;
mod ranks;
mod resize;
mod segmentation;
mod stencils;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Held by each test from its beginning to its end: what another one allocates meanwhile would count.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    settle(Duration::from_millis(100));
    alone
}

/// Waits until nobody has allocated or freed anything for `quiet`: threads that end free what they have after those who
/// ended them went on, and what is freed amid a measurement would be missing from it.
#[expect(clippy::disallowed_methods, reason = "it waits for what tells nobody")]
fn settle(quiet: Duration) {
    let end = Instant::now() + Duration::from_secs(20);
    let (mut usage, mut since) = (ALLOCATOR.current_usage(), Instant::now());
    while since.elapsed() < quiet && Instant::now() < end {
        std::thread::sleep(quiet / 10);
        let now = ALLOCATOR.current_usage();
        if now != usage {
            (usage, since) = (now, Instant::now());
        }
    }
}

/// The most bytes that `work` had allocated at any time beyond what was allocated before.
fn peak<T>(work: impl FnOnce() -> T) -> (u64, T) {
    settle(Duration::from_millis(10));
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let result = work();
    ((ALLOCATOR.peak_usage() - before) as u64, result)
}

/// Applies `kernel` to a region in the middle of an image and holds what it took against what it said.
#[track_caller]
fn assert_estimate<K: Stencil>(kernel: &K, image: &Array, roi: &Roi, threads: usize) {
    let form = Form::of(image).unwrap();
    let estimate = kernel.bytes(&form, roi, threads).unwrap();
    let apply = || kernel.apply_region(image, roi, &Checkpoint::never()).unwrap();
    let (taken, _result) = match threads {
        1 => peak(apply),
        _ => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(apply); // whatever the threads set up for themselves
            peak(|| pool.install(apply))
        }
    };
    let off = estimate as f64 / taken as f64 - 1.0;
    assert!(
        off.abs() <= 0.1,
        "{kernel:?} on {form:?}, {roi}, {threads} threads: said {estimate}, took {taken}, {:+.0} %",
        off * 100.0
    );
}
