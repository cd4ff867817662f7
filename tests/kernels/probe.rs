//! What tests of kernels need again and again: data without a pattern, pools, checkpoints that count.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::array::Element;
use headwater::{Array, Checkpoint, DType, Error, Interrupt, match_dtype};

/// Numbers without a pattern, the same in each run.
pub(crate) fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 11
    })
}

/// An array of integers below `below`.
pub(crate) fn integers(axes: &str, shape: &[usize], dtype: DType, below: u64, seed: u64) -> Array {
    let count = shape.iter().product();
    let values: Vec<u64> = numbers(seed).map(|number| number % below).take(count).collect();
    Array::from_vec(axes, shape, values).unwrap().cast(dtype).unwrap()
}

/// The elements in the order of the axes, as `f64`.
pub(crate) fn reals(array: &Array) -> Vec<f64> {
    match_dtype!(array.dtype(), T => array.view::<T>().unwrap().iter().map(|value: &T| value.cast::<f64>()).collect())
}

/// The same elements with their axes in another order in memory.
pub(crate) fn turned(array: &Array) -> Array {
    let letters: String = array.axes().to_string().chars().rev().collect();
    let turned = array.to_axes(letters.as_str()).unwrap().to_contiguous().unwrap();
    turned.to_axes(array.axes()).unwrap()
}

pub(crate) fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

/// Stops after some looks, and counts them.
#[derive(Debug)]
pub(crate) struct StopAfter {
    looks: AtomicUsize,
    most: usize,
}

impl StopAfter {
    pub(crate) fn new(most: usize) -> (Arc<Self>, Checkpoint) {
        let looks = AtomicUsize::new(0);
        let own = Arc::new(Self { looks, most });
        (Arc::clone(&own), Checkpoint::new(own))
    }

    pub(crate) fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }
}

impl Interrupt for StopAfter {
    fn interrupted(&self) -> Option<Error> {
        let stop = self.looks.fetch_add(1, Ordering::SeqCst) >= self.most;
        stop.then(|| Error::msg("enough"))
    }
}

/// A kernel that is interrupted at its first look, at its last or on the way stops right there. How often it looks.
pub(crate) fn check_interrupts(run: impl Fn(&Checkpoint) -> Result<(), Error>) -> usize {
    let (all, checkpoint) = StopAfter::new(usize::MAX);
    run(&checkpoint).unwrap();
    for most in [
        0,
        all.looks() / 4,
        all.looks() / 2,
        all.looks() / 4 * 3,
        all.looks() - 1,
    ] {
        let (stop, checkpoint) = StopAfter::new(most);
        assert_eq!(run(&checkpoint).unwrap_err().report(), "enough");
        assert_eq!(stop.looks(), most + 1, "it went on after look {most}");
    }
    all.looks()
}
