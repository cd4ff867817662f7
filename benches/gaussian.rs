//! Gaussian smoothing against the memory: how many times longer than copying the same data does it take?
//!
//! The load is that of somebody who looks at an image, and of the first filter of a pixel classifier: a volume of 256³ or
//! an image of 4096², `f32`, on two threads. The rival is `memcpy` by two threads between buffers that exist, measured
//! alternately in the same run; a goal is met if the worse quartile of the ratios of neighbours meets it. The best peer,
//! fastfilters, takes 8.4 (sigma 1) and 28 times (sigma 3) as long as a copy in 3-D, 3.6 and 7.3 times in 2-D.
//!
//! `cargo bench --bench gaussian`; the number of pairs can be given as an argument.

use std::hint::black_box;
use std::time::Instant;

use headwater::Checkpoint;
use headwater::kernels::Gaussian;
use ndarray::{ArrayD, Axis, IxDyn};

/// A load and the multiple of a copy that it may take.
struct Case {
    shape: &'static [usize],
    sigma: f64,
    goal: f64,
}

const CASES: [Case; 4] = [
    Case {
        shape: &[256, 256, 256],
        sigma: 1.0,
        goal: 5.0,
    },
    Case {
        shape: &[256, 256, 256],
        sigma: 3.0,
        goal: 15.0,
    },
    Case {
        shape: &[4096, 4096],
        sigma: 1.0,
        goal: 2.5,
    },
    Case {
        shape: &[4096, 4096],
        sigma: 3.0,
        goal: 5.0,
    },
];

const THREADS: usize = 2;

fn main() {
    let pairs = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(15);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(THREADS)
        .build()
        .expect("threads for the pool");
    println!(
        "ns per voxel, medians of {pairs} interleaved runs; {THREADS} threads, f32; ratio = ours / copy of the same pair\n"
    );
    println!(
        "{:15} {:>5} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} | {:>6} {:>13} {:>5}",
        "shape", "sigma", "ours", "alloc", "u8", "naive", "copy", "fresh", "ratio", "quartiles", "goal"
    );
    for case in CASES {
        pool.install(|| run(&case, pairs));
    }
    println!(
        "\nours: into an existing buffer; alloc: with a new one; u8: ours from bytes; naive: plain loops, one thread;"
    );
    println!("copy: into an existing buffer, {THREADS} threads; fresh: into a new one");
}

fn run(case: &Case, pairs: usize) {
    let smoothing = Gaussian::new(case.sigma);
    let input = noise(case.shape);
    let bytes = input.mapv(|value| (value * 255.0) as u8);
    let mut out = ArrayD::<f32>::zeros(case.shape);
    let mut copied = ArrayD::<f32>::zeros(case.shape);
    let voxels = input.len() as f64;
    let never = Checkpoint::never();

    let mut naive_out = Vec::new();
    let naive = time(|| naive_out = naive(&input, case.sigma)) / voxels;
    smoothing
        .apply_into(input.view(), out.view_mut(), &never)
        .expect("a valid sigma");
    check(&out, &naive_out);

    let mut times: [Vec<f64>; 5] = Default::default();
    for _ in 0..=pairs {
        let ours = time(|| {
            smoothing
                .apply_into(input.view(), out.view_mut(), &never)
                .expect("a valid sigma")
        });
        let copy = time(|| copy(flat(&input), copied.as_slice_mut().expect("contiguous")));
        let alloc = time(|| drop(black_box(smoothing.apply_view(input.view(), &never))));
        let fresh = time(|| {
            let mut fresh = vec![0.0; input.len()];
            copy_into(flat(&input), &mut fresh);
            black_box(&fresh);
        });
        let eight = time(|| {
            smoothing
                .apply_into(bytes.view(), out.view_mut(), &never)
                .expect("a valid sigma")
        });
        for (times, time) in times.iter_mut().zip([ours, copy, alloc, fresh, eight]) {
            times.push(time / voxels);
        }
    }
    report(case, naive, times.map(|times| times[1..].to_vec()));
}

fn report(case: &Case, naive: f64, [ours, copy, alloc, fresh, eight]: [Vec<f64>; 5]) {
    let ratios: Vec<f64> = ours.iter().zip(&copy).map(|(ours, copy)| ours / copy).collect();
    let worse = quantile(&ratios, 0.75);
    println!(
        "{:15} {:5} {:7.3} {:7.3} {:7.3} {:7.2} {:7.3} {:7.3} | {:6.2} {:6.2}-{:6.2} {:5} {}",
        format!("{:?}", case.shape),
        case.sigma,
        quantile(&ours, 0.5),
        quantile(&alloc, 0.5),
        quantile(&eight, 0.5),
        naive,
        quantile(&copy, 0.5),
        quantile(&fresh, 0.5),
        quantile(&ratios, 0.5),
        quantile(&ratios, 0.25),
        worse,
        case.goal,
        if worse <= case.goal { "met" } else { "MISSED" },
    );
}

/// Values from 0 to 1 without a pattern.
fn noise(shape: &[usize]) -> ArrayD<f32> {
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

/// Nanoseconds.
fn time(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_nanos() as f64
}

fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * at).round() as usize]
}

/// `memcpy` by two threads.
fn copy(from: &[f32], to: &mut [f32]) {
    copy_into(from, to);
    black_box(to);
}

fn copy_into(from: &[f32], to: &mut [f32]) {
    let (left, right) = to.split_at_mut(from.len() / THREADS);
    rayon::join(
        || left.copy_from_slice(&from[..left.len()]),
        || {
            let begin = from.len() - right.len();
            right.copy_from_slice(&from[begin..]);
        },
    );
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
