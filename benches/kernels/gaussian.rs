//! Gaussian smoothing: into a caller's buffer, checked against plain loops.

use headwater::Checkpoint;
use headwater::kernels::Gaussian;
use ndarray::{ArrayD, Axis, IxDyn};

use crate::table::Bench;

const CASES: [(&str, &[usize], f64, f64); 4] = [
    ("Gaussian 3-D, sigma 1", &[256, 256, 256], 1.0, 5.0),
    ("Gaussian 3-D, sigma 3", &[256, 256, 256], 3.0, 15.0),
    ("Gaussian 2-D, sigma 1", &[4096, 4096], 1.0, 2.5),
    ("Gaussian 2-D, sigma 3", &[4096, 4096], 3.0, 5.0),
];

pub(crate) fn rows(bench: &Bench) {
    for (name, shape, sigma, goal) in CASES.into_iter().filter(|case| bench.wants(case.0)) {
        let (smoothing, input, never) = (Gaussian::new(sigma), noise(shape), Checkpoint::never());
        let mut out = ArrayD::<f32>::zeros(shape);
        let mut ours = || {
            let done = smoothing.apply_into(input.view(), out.view_mut(), &never);
            done.expect("a valid sigma");
        };
        bench.against_copy(name, input.len(), goal, &mut ours);
        check(&out, &naive(&input, sigma));
    }
}

/// Values from 0 to 1 without a pattern.
pub(crate) fn noise(shape: &[usize]) -> ArrayD<f32> {
    let mut state = 0x9e37_79b9_u32;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32
    })
}

fn flat(array: &ArrayD<f32>) -> &[f32] {
    array.as_slice().expect("contiguous")
}

/// Separable smoothing as one would write it down: one pass for each axis over the whole data, a sum for each element.
fn naive(input: &ArrayD<f32>, sigma: f64) -> Vec<f32> {
    let radius = (3.5 * sigma + 0.5) as isize;
    let weights: Vec<f64> = (-radius..=radius)
        .map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp())
        .collect();
    let total: f64 = weights.iter().sum();
    let weights: Vec<f32> = weights.iter().map(|weight| (weight / total) as f32).collect();
    let mut data = flat(input).to_vec();
    for axis in 0..input.ndim() {
        let (len, stride) = (input.len_of(Axis(axis)), input.strides()[axis] as usize);
        let mut out = vec![0.0; data.len()];
        for (begin, block) in out.chunks_exact_mut(len * stride).enumerate() {
            let data = &data[begin * len * stride..][..len * stride];
            for (at, row) in block.chunks_exact_mut(stride).enumerate() {
                let last = len as isize - 1;
                let mirrored = |tap: isize| (last - (last - tap.abs()).abs()) as usize * stride;
                let taps: Vec<usize> = (-radius..=radius).map(|i| mirrored(at as isize + i)).collect();
                for (column, out) in row.iter_mut().enumerate() {
                    let products = weights
                        .iter()
                        .zip(&taps)
                        .map(|(weight, tap)| weight * data[tap + column]);
                    *out = products.sum();
                }
            }
        }
        data = out;
    }
    data
}

/// A fast wrong result is no result.
fn check(own: &ArrayD<f32>, naive: &[f32]) {
    let off = own
        .iter()
        .zip(naive)
        .map(|(own, naive)| (own - naive).abs())
        .fold(0.0, f32::max);
    assert!(off < 1e-5, "results differ by {off}");
}
