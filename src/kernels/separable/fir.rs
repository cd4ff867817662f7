//! The inner loops: symmetric sums over rows and along a row.
//!
//! Each output is `h₀·x₀ + Σ hₖ·(x₋ₖ + x₊ₖ)`, summed from the outermost tap to the centre with fused multiply-adds. Folding
//! the two sides saves half of the multiplications; [`BLOCK`] outputs are computed side by side, so that an input that
//! several of them need is loaded once and their sums do not wait for each other.

use std::array::from_fn;

use pulp::{Arch, Simd, WithSimd};

/// How many rows, or vectors of a row, are computed side by side.
pub(super) const BLOCK: usize = 4;

/// Convolves across rows: writes to `out` as many rows, at most [`BLOCK`], as `starts` is longer than `2r`.
///
/// Row `i` of the input begins at `data[starts[i]]`; row `o` of the output is the sum over the input rows `o..=o + 2r`.
/// `half` has the weights by distance. All rows of `out` are as long as the first.
pub(super) fn vertical(
    arch: Arch,
    data: &[f32],
    starts: &[usize],
    half: &[f32],
    out: &mut [&mut [f32]],
) {
    debug_assert_eq!(starts.len(), out.len() + 2 * (half.len() - 1));
    arch.dispatch(Vertical {
        data,
        starts,
        half,
        out,
    });
}

/// Convolves along a row: `out[i]` is the sum around `row[i + r * step]` of the elements `step` apart.
///
/// `row` is longer than `out` by `2 * r * step`.
pub(super) fn horizontal(arch: Arch, row: &[f32], half: &[f32], step: usize, out: &mut [f32]) {
    debug_assert_eq!(row.len(), out.len() + 2 * (half.len() - 1) * step);
    arch.dispatch(Horizontal {
        row,
        half,
        step,
        out,
    });
}

struct Vertical<'a, 'b> {
    data: &'a [f32],
    starts: &'a [usize],
    half: &'a [f32],
    out: &'a mut [&'b mut [f32]],
}

impl WithSimd for Vertical<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.out.len() {
            4 => self.rows::<S, 4>(simd),
            3 => self.rows::<S, 3>(simd),
            2 => self.rows::<S, 2>(simd),
            _ => self.rows::<S, 1>(simd),
        }
    }
}

impl Vertical<'_, '_> {
    /// All columns of `N` rows.
    #[inline(always)]
    fn rows<S: Simd, const N: usize>(self, simd: S) {
        let Some(width) = self.out.first().map(|row| row.len()) else {
            return;
        };
        let rest = width % S::F32_LANES;
        for column in (0..width - rest).step_by(S::F32_LANES) {
            let load = |row: usize| first::<S>(&self.data[self.starts[row] + column..]);
            let sums = across::<S, N>(simd, self.half, load);
            for (out, sum) in self.out.iter_mut().zip(sums) {
                *first_mut::<S>(&mut out[column..]) = sum;
            }
        }
        if rest > 0 {
            let column = width - rest;
            let load = |row: usize| {
                simd.partial_load_f32s(&self.data[self.starts[row] + column..][..rest])
            };
            let sums = across::<S, N>(simd, self.half, load);
            for (out, sum) in self.out.iter_mut().zip(sums) {
                simd.partial_store_f32s(&mut out[column..], sum);
            }
        }
    }
}

/// One vector of each of `N` output rows; `load` gives that of an input row.
///
/// From one tap to the next the inputs on either side move on by one row, so each step loads two vectors for `N` outputs.
#[inline(always)]
fn across<S: Simd, const N: usize>(
    simd: S,
    half: &[f32],
    load: impl Fn(usize) -> S::f32s,
) -> [S::f32s; N] {
    let radius = half.len() - 1;
    let mut before: [S::f32s; N] = from_fn(&load);
    let mut after: [S::f32s; N] = from_fn(|o| load(o + 2 * radius));
    let mut sums = [simd.splat_f32s(0.0); N];
    for k in (1..=radius).rev() {
        let weight = simd.splat_f32s(half[k]);
        for o in 0..N {
            sums[o] = simd.mul_add_e_f32s(weight, simd.add_f32s(before[o], after[o]), sums[o]);
        }
        before = from_fn(|o| {
            if o + 1 < N {
                before[o + 1]
            } else {
                load(N + radius - k)
            }
        });
        after = from_fn(|o| {
            if o > 0 {
                after[o - 1]
            } else {
                load(radius + k - 1)
            }
        });
    }
    let weight = simd.splat_f32s(half[0]);
    from_fn(|o| simd.mul_add_e_f32s(weight, before[o], sums[o]))
}

struct Horizontal<'a> {
    row: &'a [f32],
    half: &'a [f32],
    step: usize,
    out: &'a mut [f32],
}

impl WithSimd for Horizontal<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (row, half, step) = (self.row, self.half, self.step);
        let (vectors, rest) = S::as_mut_simd_f32s(self.out);
        let (blocks, singles) = vectors.as_chunks_mut::<BLOCK>();
        let mut at = 0;
        for block in blocks {
            *block = along::<S, BLOCK>(simd, half, |tap| {
                let row = S::as_simd_f32s(&row[at + tap * step..][..BLOCK * S::F32_LANES]).0;
                from_fn(|v| row[v])
            });
            at += BLOCK * S::F32_LANES;
        }
        for single in singles {
            [*single] = along::<S, 1>(simd, half, |tap| [first::<S>(&row[at + tap * step..])]);
            at += S::F32_LANES;
        }
        if !rest.is_empty() {
            let load = |tap: usize| [simd.partial_load_f32s(&row[at + tap * step..][..rest.len()])];
            let [sum] = along::<S, 1>(simd, half, load);
            simd.partial_store_f32s(rest, sum);
        }
    }
}

/// `N` neighbouring vectors of an output row; `load` gives those of the input that a tap, counted from the left, meets.
#[inline(always)]
fn along<S: Simd, const N: usize>(
    simd: S,
    half: &[f32],
    load: impl Fn(usize) -> [S::f32s; N],
) -> [S::f32s; N] {
    let radius = half.len() - 1;
    let mut sums = [simd.splat_f32s(0.0); N];
    for k in (1..=radius).rev() {
        let weight = simd.splat_f32s(half[k]);
        let (before, after) = (load(radius - k), load(radius + k));
        for v in 0..N {
            sums[v] = simd.mul_add_e_f32s(weight, simd.add_f32s(before[v], after[v]), sums[v]);
        }
    }
    let weight = simd.splat_f32s(half[0]);
    let centre = load(radius);
    from_fn(|v| simd.mul_add_e_f32s(weight, centre[v], sums[v]))
}

/// The first vector in `data`.
#[inline(always)]
fn first<S: Simd>(data: &[f32]) -> S::f32s {
    S::as_simd_f32s(&data[..S::F32_LANES]).0[0]
}

/// The place of the first vector in `data`.
#[inline(always)]
fn first_mut<S: Simd>(data: &mut [f32]) -> &mut S::f32s {
    &mut S::as_mut_simd_f32s(&mut data[..S::F32_LANES]).0[0]
}
