//! The one-dimensional kernels of the Gaussian filters.
//!
//! Along each filtered axis the data is convolved with samples of a derivative of the Gaussian, vigra's (Köthe 2000): `i`
//! from `-r` to `r` with `r = ⌊w·σ + ½⌋`, at least 1, for a window of `w`, and `⌊(3 + n/2)·σ + ½⌋` for a window of 0 and
//! order `n`. The samples of order 0 sum to 1. From those of a higher order their mean is taken, and they are scaled so
//! that `Σ k(i)·(-i)ⁿ / n! = 1`: a ramp has slope 1 and `x²` the second derivative 2, whatever the window. Beyond its border
//! the data is reflected without repeating the edge. There is no factor of `σⁿ`. scipy's kernels differ from these, but for
//! order 0.

use crate::kernels::filters::separable::Taps;

/// The samples of a derivative of the Gaussian of scale `sigma`, of order 0, 1 or 2, normalised.
pub(super) fn sampled(sigma: f64, order: u8, radius: usize) -> Taps {
    // The Gaussian at `i` by that at `from`, for scales too that have no square.
    let at = |i: usize, from: usize| match (from * from) as f64 - (i * i) as f64 {
        0.0 => 1.0,
        squares => (0.5 * squares / sigma / sigma).exp(),
    };
    let single = |half: Vec<f64>| half.into_iter().map(|weight| weight as f32).collect::<Vec<f32>>();
    match order {
        0 => {
            let half: Vec<f64> = (0..=radius).map(|i| at(i, 0)).collect();
            let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
            Taps::symmetric(single(half.iter().map(|weight| weight / sum).collect()))
        }
        1 => {
            // Compared with the first sample, which is never 0 by that.
            let weight = |i: usize| if i == 0 { 0.0 } else { i as f64 * at(i, 1) };
            let half: Vec<f64> = (0..=radius).map(weight).collect();
            let slope: f64 = half.iter().enumerate().map(|(i, weight)| 2.0 * i as f64 * weight).sum();
            Taps::antisymmetric(single(half.iter().map(|weight| weight / slope).collect()))
        }
        _ => {
            let weight = |i: usize| match at(i, 0) {
                0.0 => 0.0,
                gaussian => ((i as f64 / sigma).powi(2) - 1.0) * gaussian,
            };
            let half: Vec<f64> = (0..=radius).map(weight).collect();
            let mean = (half[0] + 2.0 * half[1..].iter().sum::<f64>()) / (2 * radius + 1) as f64;
            let half: Vec<f64> = half.iter().map(|weight| weight - mean).collect();
            let curvature: f64 = half.iter().enumerate().map(|(i, weight)| (i * i) as f64 * weight).sum();
            Taps::symmetric(single(half.iter().map(|weight| weight / curvature).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(taps: &Taps, expected: &[f64]) {
        assert_eq!(taps.half().len(), expected.len());
        for (own, vigras) in taps.half().iter().zip(expected) {
            assert!((f64::from(*own) - vigras).abs() < 1e-6, "{own} is not {vigras}");
        }
    }

    #[test]
    fn the_samples_are_vigras() {
        check(&sampled(1.0, 0, 2), &[0.402_620, 0.244_201, 0.054_489]);
        check(&sampled(1.0, 1, 2), &[0.0, 0.264_198, 0.117_901]);
        check(&sampled(1.0, 2, 2), &[-0.531_124, 0.020_749, 0.244_813]);
        check(&sampled(0.7, 0, 1), &[0.581_093, 0.209_454]);
        check(&sampled(0.7, 1, 1), &[0.0, 0.5]);
        check(&sampled(0.7, 2, 1), &[-2.0, 1.0]);
    }

    #[test]
    fn a_scale_below_everything_leaves_differences_of_neighbours() {
        for sigma in [0.01, 1e-5, 1e-200] {
            check(&sampled(sigma, 0, 1), &[1.0, 0.0]);
            check(&sampled(sigma, 1, 1), &[0.0, 0.5]);
            check(&sampled(sigma, 2, 1), &[-2.0, 1.0]);
        }
    }
}
