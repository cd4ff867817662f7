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

/// The samples from `-r` to `r` of a derivative of the Gaussian, as vigra takes them.
fn samples(sigma: f64, order: u32, window: f64) -> Vec<f64> {
    let n = f64::from(order);
    let reach = if window == 0.0 {
        (3.0 + n / 2.0) * sigma
    } else {
        window * sigma
    };
    let radius = (reach + 0.5).floor().max(1.0) as i64;
    let gauss = |x: f64| (-x * x / (2.0 * sigma * sigma)).exp();
    let sample = |i: i64| {
        let x = i as f64;
        match order {
            0 => gauss(x),
            1 => -x * gauss(x),
            _ => (x * x / (sigma * sigma) - 1.0) * gauss(x),
        }
    };
    let mut samples: Vec<f64> = (-radius..=radius).map(sample).collect();
    if order > 0 {
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        samples.iter_mut().for_each(|sample| *sample -= mean);
    }
    let factorial = if order == 2 { 2.0 } else { 1.0 };
    let moments = samples
        .iter()
        .zip(-radius..)
        .map(|(sample, i)| sample * (-i as f64).powi(order as i32));
    let moment = moments.sum::<f64>() / factorial;
    samples.iter_mut().for_each(|sample| *sample /= moment);
    samples
}

/// Convolves along `axis` with a derivative of some order; an axis of length 1 or with a sigma of 0 stays as it is.
fn convolved(data: &ArrayD<f64>, axis: usize, sigma: f64, order: u32, window: f64) -> ArrayD<f64> {
    let mut result = data.clone();
    let len = result.len_of(Axis(axis));
    if sigma == 0.0 || len <= 1 {
        return result;
    }
    let samples = samples(sigma, order, window);
    let radius = (samples.len() / 2) as isize;
    for mut lane in result.lanes_mut(Axis(axis)) {
        let before = lane.to_vec();
        for (at, value) in lane.iter_mut().enumerate() {
            let products = samples.iter().zip(-radius..);
            let products = products.map(|(sample, i)| sample * before[mirrored(at as isize - i, len)]);
            *value = products.sum();
        }
    }
    result
}

/// The derivative of an order for each axis.
pub(crate) fn reference_derivative(data: &ArrayD<f64>, sigmas: &[f64], orders: &[u32], window: f64) -> ArrayD<f64> {
    let axes = sigmas.iter().zip(orders).enumerate();
    axes.fold(data.clone(), |data, (axis, (&sigma, &order))| {
        convolved(&data, axis, sigma, order, window)
    })
}

/// The axes that are filtered.
pub(crate) fn filtered(data: &ArrayD<f64>, sigmas: &[f64]) -> Vec<usize> {
    let is_filtered = |&axis: &usize| sigmas[axis] > 0.0 && data.shape()[axis] > 1;
    (0..data.ndim()).filter(is_filtered).collect()
}

fn partial(data: &ArrayD<f64>, sigmas: &[f64], axes: &[usize], window: f64) -> ArrayD<f64> {
    let mut orders = vec![0; data.ndim()];
    axes.iter().for_each(|&axis| orders[axis] += 1);
    reference_derivative(data, sigmas, &orders, window)
}

pub(crate) fn reference_laplacian(data: &ArrayD<f64>, sigmas: &[f64], window: f64) -> ArrayD<f64> {
    let axes = filtered(data, sigmas).into_iter();
    let second = axes.map(|axis| partial(data, sigmas, &[axis, axis], window));
    second.fold(data * 0.0, |sum, second| sum + second)
}

pub(crate) fn reference_gradient_magnitude(data: &ArrayD<f64>, sigmas: &[f64], window: f64) -> ArrayD<f64> {
    let axes = filtered(data, sigmas).into_iter();
    let squares = axes.map(|axis| partial(data, sigmas, &[axis], window).mapv(|slope| slope * slope));
    squares.fold(data * 0.0, |sum, square| sum + square).mapv(f64::sqrt)
}

/// The upper triangle, row by row.
pub(crate) fn reference_hessian(data: &ArrayD<f64>, sigmas: &[f64], window: f64) -> Vec<ArrayD<f64>> {
    let axes = filtered(data, sigmas);
    let mut entries = Vec::new();
    for (row, &first) in axes.iter().enumerate() {
        for &second in &axes[row..] {
            entries.push(partial(data, sigmas, &[first, second], window));
        }
    }
    entries
}

/// The upper triangle, row by row.
pub(crate) fn reference_structure_tensor(
    data: &ArrayD<f64>,
    inner: &[f64],
    outer: &[f64],
    window: f64,
) -> Vec<ArrayD<f64>> {
    let axes = filtered(data, inner);
    let gradient: Vec<_> = axes.iter().map(|&axis| partial(data, inner, &[axis], window)).collect();
    let mut entries = Vec::new();
    for (row, first) in gradient.iter().enumerate() {
        for second in &gradient[row..] {
            entries.push(partial(&(first * second), outer, &[], window));
        }
    }
    entries
}

/// The eigenvalues of the symmetric matrix with the upper triangle `entries`, in descending order, by Jacobi's rotations.
pub(crate) fn reference_eigenvalues_of(entries: &[f64]) -> Vec<f64> {
    let rows = (1..).find(|rows| rows * (rows + 1) / 2 == entries.len()).unwrap();
    let mut matrix = vec![vec![0.0; rows]; rows];
    let places = (0..rows).flat_map(|row| (row..rows).map(move |column| (row, column)));
    for ((row, column), entry) in places.zip(entries) {
        matrix[row][column] = *entry;
        matrix[column][row] = *entry;
    }
    for _ in 0..30 {
        for p in 0..rows {
            for q in p + 1..rows {
                rotate(&mut matrix, p, q);
            }
        }
    }
    let mut values: Vec<f64> = (0..rows).map(|row| matrix[row][row]).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// The rotation that makes an element vanish.
fn rotate(matrix: &mut [Vec<f64>], p: usize, q: usize) {
    if matrix[p][q] == 0.0 {
        return;
    }
    let angle = 0.5 * (2.0 * matrix[p][q]).atan2(matrix[q][q] - matrix[p][p]);
    let (sin, cos) = angle.sin_cos();
    for row in matrix.iter_mut() {
        let (a, b) = (row[p], row[q]);
        (row[p], row[q]) = (cos * a - sin * b, sin * a + cos * b);
    }
    let (first, second) = (matrix[p].clone(), matrix[q].clone());
    for (column, (a, b)) in first.into_iter().zip(second).enumerate() {
        (matrix[p][column], matrix[q][column]) = (cos * a - sin * b, sin * a + cos * b);
    }
}

/// The eigenvalues at each point, the largest of all first.
pub(crate) fn reference_eigenvalues(entries: &[ArrayD<f64>]) -> Vec<ArrayD<f64>> {
    let points: Vec<Vec<f64>> = (0..entries[0].len())
        .map(|at| {
            let point: Vec<f64> = entries.iter().map(|entry| entry.as_slice().unwrap()[at]).collect();
            reference_eigenvalues_of(&point)
        })
        .collect();
    let rows = (1..).find(|rows| rows * (rows + 1) / 2 == entries.len()).unwrap();
    let result = |row: usize| {
        let values = points.iter().map(|point| point[row]).collect();
        ArrayD::from_shape_vec(entries[0].raw_dim(), values).unwrap()
    };
    (0..rows).map(result).collect()
}
