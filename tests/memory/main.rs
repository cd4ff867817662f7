//! What operators say that they need, against what they take: an allocator that counts. A binary of its own, and one test
//! at a time, for the count is of the whole process.

use std::sync::{Mutex, MutexGuard, PoisonError};

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
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most bytes that `work` had allocated at any time beyond what was allocated before.
fn peak<T>(work: impl FnOnce() -> T) -> (u64, T) {
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
