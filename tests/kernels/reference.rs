//! Naive implementations in `f64`, one loop per definition.

use ndarray::{ArrayD, Axis};

/// Where `index` lands inside `0..len` when every border reflects without repeating the edge, as often as it takes.
pub(crate) fn mirrored(index: isize, len: usize) -> usize {
    let last = len as isize - 1;
    let mut index = if last == 0 { 0 } else { index };
    while index < 0 || index > last {
        index = if index < 0 { -index } else { 2 * last - index };
    }
    index as usize
}

/// Gaussian smoothing with one sigma for each axis: the definition, without any of the tricks of the real one.
pub(crate) fn reference_gaussian(data: &ArrayD<f64>, sigmas: &[f64], window: f64) -> ArrayD<f64> {
    let mut result = data.clone();
    for (axis, &sigma) in sigmas.iter().enumerate() {
        let len = result.len_of(Axis(axis));
        if sigma == 0.0 || len == 1 {
            continue;
        }
        let radius = (window * sigma + 0.5).floor().max(1.0) as isize;
        let weights = (-radius..=radius).map(|i| (-((i * i) as f64) / (2.0 * sigma * sigma)).exp());
        let weights: Vec<f64> = weights.collect();
        let total: f64 = weights.iter().sum();
        for mut lane in result.lanes_mut(Axis(axis)) {
            let before = lane.to_vec();
            for (at, value) in lane.iter_mut().enumerate() {
                let mut sum = 0.0;
                for (weight, tap) in weights.iter().zip(at as isize - radius..) {
                    sum += weight * before[mirrored(tap, len)];
                }
                *value = sum / total;
            }
        }
    }
    result
}
