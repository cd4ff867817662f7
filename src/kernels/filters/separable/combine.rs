//! The last step: from sums of convolutions to results, row by row, while they are in the first-level cache.

use pulp::{Arch, Simd, WithSimd};

use super::recipe::Combine;
use crate::kernels::filters::eigen::{eigenvalues2, eigenvalues3};

/// The most values that are combined at a point: the upper triangle of a matrix of three rows.
pub(super) const MOST: usize = 6;

/// The most results at a point.
pub(super) const MOST_RESULTS: usize = 3;

/// How many points are computed side by side.
const LANES: usize = 16;

/// Combines `values` and writes the results from `at` on to the rows of `out`, but for those that are empty.
pub(super) fn row(arch: Arch, combine: Combine, values: &[&[f32]; MOST], out: &mut [&mut [f32]], at: usize) {
    arch.dispatch(Row {
        combine,
        values,
        out,
        at,
    });
}

/// `out[i] = a[i] * b[i]`.
pub(super) fn product(arch: Arch, a: &[f32], b: &[f32], out: &mut [f32]) {
    arch.dispatch(Product { a, b, out });
}

/// Products, compiled for each set of instructions: a closure is not sure to be inlined there.
struct Product<'a> {
    a: &'a [f32],
    b: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for ((out, a), b) in self.out.iter_mut().zip(self.a).zip(self.b) {
            *out = a * b;
        }
    }
}

struct Row<'a, 'b> {
    combine: Combine,
    values: &'a [&'a [f32]; MOST],
    out: &'a mut [&'b mut [f32]],
    at: usize,
}

impl WithSimd for Row<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // A fused multiplication without an instruction for it is a call of a library.
        if S::F32_LANES > 1 {
            self.compute::<true>();
        } else {
            self.compute::<false>();
        }
    }
}

/// A function of the values at one point.
///
/// A trait rather than a closure: all of it has to be compiled for the instructions that were chosen, so all of it has to
/// be inlined, and only functions can be told so.
trait Pointwise<const N: usize, const M: usize> {
    fn at<const FUSED: bool>(values: [f32; N]) -> [f32; M];
}

struct Sum;

impl<const N: usize> Pointwise<N, 1> for Sum {
    #[inline(always)]
    fn at<const FUSED: bool>(values: [f32; N]) -> [f32; 1] {
        let mut sum = 0.0;
        for value in values {
            sum += value;
        }
        [sum]
    }
}

struct Magnitude;

impl<const N: usize> Pointwise<N, 1> for Magnitude {
    #[inline(always)]
    fn at<const FUSED: bool>(values: [f32; N]) -> [f32; 1] {
        let mut sum = 0.0;
        for value in values {
            sum += value * value;
        }
        [sum.sqrt()]
    }
}

struct Eigenvalues;

impl Pointwise<3, 2> for Eigenvalues {
    #[inline(always)]
    fn at<const FUSED: bool>(values: [f32; 3]) -> [f32; 2] {
        eigenvalues2::<FUSED>(values)
    }
}

impl Pointwise<6, 3> for Eigenvalues {
    #[inline(always)]
    fn at<const FUSED: bool>(values: [f32; 6]) -> [f32; 3] {
        eigenvalues3::<FUSED>(values)
    }
}

impl Row<'_, '_> {
    #[inline(always)]
    fn compute<const FUSED: bool>(self) {
        let count = self.values.iter().filter(|row| !row.is_empty()).count();
        match (self.combine, count) {
            (Combine::Eigenvalues(_), 6) => self.map::<Eigenvalues, 6, 3, FUSED>(),
            (Combine::Eigenvalues(_), 3) => self.map::<Eigenvalues, 3, 2, FUSED>(),
            (Combine::Sum, 3) => self.map::<Sum, 3, 1, FUSED>(),
            (Combine::Sum, 2) => self.map::<Sum, 2, 1, FUSED>(),
            (Combine::Sum, 1) => self.map::<Sum, 1, 1, FUSED>(),
            (Combine::Magnitude, 3) => self.map::<Magnitude, 3, 1, FUSED>(),
            (Combine::Magnitude, 2) => self.map::<Magnitude, 2, 1, FUSED>(),
            (Combine::Magnitude, 1) => self.map::<Magnitude, 1, 1, FUSED>(),
            _ => debug_assert!(false, "nothing to combine"),
        }
    }

    /// Applies a function at each point.
    ///
    /// The points are computed in groups that lie in arrays of this function, so that the compiler sees that what is
    /// written is not what is read: then it does a whole group by the same instructions.
    #[inline(always)]
    fn map<P: Pointwise<N, M>, const N: usize, const M: usize, const FUSED: bool>(self) {
        let width = self.values[0].len();
        let whole = width - width % LANES;
        let mut values = [[0.0; LANES]; N];
        // Two loops, lest the copies of whole groups are taken together with those of the last one, of any length.
        for at in (0..whole).step_by(LANES) {
            for (group, row) in values.iter_mut().zip(self.values) {
                if let Some(row) = row[at..].first_chunk() {
                    *group = *row;
                }
            }
            let results = group::<P, N, M, FUSED>(&values);
            for (group, row) in results.iter().zip(self.out.iter_mut()) {
                if let Some(row) = row.get_mut(self.at + at..).and_then(|row| row.first_chunk_mut()) {
                    *row = *group;
                }
            }
        }
        if whole < width {
            for (group, row) in values.iter_mut().zip(self.values) {
                group[..width - whole].copy_from_slice(&row[whole..]);
            }
            let results = group::<P, N, M, FUSED>(&values);
            for (group, row) in results.iter().zip(self.out.iter_mut()) {
                if let Some(row) = row.get_mut(self.at + whole..self.at + width) {
                    row.copy_from_slice(&group[..width - whole]);
                }
            }
        }
    }
}

/// The results at a group of points.
#[inline(always)]
fn group<P: Pointwise<N, M>, const N: usize, const M: usize, const FUSED: bool>(
    values: &[[f32; LANES]; N],
) -> [[f32; LANES]; M] {
    let mut results = [[0.0; LANES]; M];
    for lane in 0..LANES {
        let mut point = [0.0; N];
        for value in 0..N {
            point[value] = values[value][lane];
        }
        let point = P::at::<FUSED>(point);
        for result in 0..M {
            results[result][lane] = point[result];
        }
    }
    results
}
