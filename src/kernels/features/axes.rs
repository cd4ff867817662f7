//! Principal axes: the eigenvectors of a small symmetric matrix.

/// The eigenvalues of `matrix`, the largest first, each with its eigenvector: of length 1, its largest component positive.
///
/// By Jacobi's rotations (1846), which are exact to rounding for matrices this small.
pub(super) fn principal(mut matrix: [[f64; 3]; 3]) -> [(f64, [f64; 3]); 3] {
    let mut vectors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    // Off-diagonal elements shrink quadratically; a handful of sweeps is enough.
    for _ in 0..16 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            rotate(&mut matrix, &mut vectors, p, q);
        }
    }
    let mut pairs = [0, 1, 2].map(|nth| (matrix[nth][nth], upright(vectors.map(|row| row[nth]))));
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs
}

/// Rotates in the plane of two axes, so that the element where they meet vanishes.
fn rotate(matrix: &mut [[f64; 3]; 3], vectors: &mut [[f64; 3]; 3], p: usize, q: usize) {
    if matrix[p][q] == 0.0 {
        return;
    }
    let slope = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let tangent = slope.signum() / (slope.abs() + slope.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |a: f64, b: f64| (cosine * a - sine * b, sine * a + cosine * b);
    for row in matrix.iter_mut().chain(vectors.iter_mut()) {
        (row[p], row[q]) = turn(row[p], row[q]);
    }
    let (upper, lower) = (matrix[p], matrix[q]);
    for (column, (a, b)) in upper.into_iter().zip(lower).enumerate() {
        (matrix[p][column], matrix[q][column]) = turn(a, b);
    }
    (matrix[p][q], matrix[q][p]) = (0.0, 0.0);
}

fn upright(vector: [f64; 3]) -> [f64; 3] {
    let largest = vector.into_iter().reduce(|a, b| if b.abs() > a.abs() { b } else { a });
    if largest.is_some_and(|largest| largest < 0.0) {
        return vector.map(|component| -component);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::principal;

    #[test]
    fn values_and_vectors_make_up_the_matrix() {
        let matrix = [[4.0, 1.0, -2.0], [1.0, 3.0, 0.5], [-2.0, 0.5, 9.0]];
        let pairs = principal(matrix);
        assert!(pairs[0].0 >= pairs[1].0 && pairs[1].0 >= pairs[2].0);
        for (row, column) in (0..3).flat_map(|row| (0..3).map(move |column| (row, column))) {
            let sum: f64 = pairs
                .iter()
                .map(|(value, vector)| value * vector[row] * vector[column])
                .sum();
            assert!((sum - matrix[row][column]).abs() < 1e-12);
        }
    }

    #[test]
    fn a_diagonal_matrix_has_the_axes_themselves() {
        let pairs = principal([[0.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 7.0]]);
        assert_eq!(
            pairs,
            [(7.0, [0.0, 0.0, 1.0]), (2.0, [0.0, 1.0, 0.0]), (0.0, [1.0, 0.0, 0.0])]
        );
    }
}
