//! The inner loops: symmetric and antisymmetric sums over rows and along a row.
//!
//! Each output is `h₀·x₀ + Σ hₖ·(x₊ₖ ± x₋ₖ)`, summed from the outermost tap to the centre with fused multiply-adds, or the
//! sum of several such, one for each [`Part`]. Folding the two sides saves half of the multiplications; [`BLOCK`] outputs
//! are computed side by side, so that an input that several of them need is loaded once and their sums do not wait for
//! each other.

use std::array::from_fn;

use pulp::{Arch, Simd, WithSimd};

use super::taps::Taps;

/// How many rows, or vectors of a row, are computed side by side.
pub(super) const BLOCK: usize = 4;

/// What to convolve, and with which kernel.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) data: &'a [f32],
    pub(super) taps: &'a Taps,
}

/// Convolves across rows: writes to `out` as many rows, at most [`BLOCK`], as `starts` is longer than `2r`.
///
/// Row `i` of each part begins at `data[starts[i]]`; row `o` of the output is the sum over the rows `o..=o + 2r` of all
/// parts, which have kernels of the same radius. All rows of `out` are as long as the first.
pub(super) fn vertical(arch: Arch, parts: &[Part<'_>], starts: &[usize], out: &mut [&mut [f32]]) {
    debug_assert!(
        parts
            .iter()
            .all(|part| starts.len() == out.len() + 2 * part.taps.radius())
    );
    arch.dispatch(Vertical { parts, starts, out });
}

/// Convolves along rows: `out[i]` is the sum around `data[i + r * step]` of the elements `step` apart, over all parts.
///
/// `data` of each part is longer than `out` by `2 * r * step` at least.
pub(super) fn horizontal(arch: Arch, parts: &[Part<'_>], step: usize, out: &mut [f32]) {
    debug_assert!(
        parts
            .iter()
            .all(|part| part.data.len() >= out.len() + 2 * part.taps.radius() * step)
    );
    arch.dispatch(Horizontal { parts, step, out });
}

struct Vertical<'a, 'b> {
    parts: &'a [Part<'a>],
    starts: &'a [usize],
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
    /// All columns of `N` rows: as many vectors side by side as there are registers for, then one by one.
    #[inline(always)]
    fn rows<S: Simd, const N: usize>(mut self, simd: S) {
        let (width, lanes) = (self.out.first().map_or(0, |row| row.len()), S::F32_LANES);
        let Some(last) = width.checked_sub(lanes) else {
            return self.narrow_rows::<S, N>(simd, width);
        };
        let mut column = 0;
        if S::REGISTER_COUNT >= 32 {
            while column + 2 * lanes <= width {
                self.columns::<S, N, 2>(simd, column);
                column += 2 * lanes;
            }
        }
        while column < width {
            // The last vector may overlap the one before: that writes the same once more, and masks are slow.
            self.columns::<S, N, 1>(simd, column.min(last));
            column += lanes;
        }
    }

    /// `W` vectors, from `column` on, of each of `N` rows.
    #[inline(always)]
    fn columns<S: Simd, const N: usize, const W: usize>(&mut self, simd: S, column: usize) {
        let mut sums = [[simd.splat_f32s(0.0); W]; N];
        for part in self.parts {
            let load = |start: usize| vectors::<S, W>(&part.data[start + column..]);
            sums = across::<S, N, W>(simd, part.taps, self.starts, load, sums);
        }
        for (out, sum) in self.out.iter_mut().zip(sums) {
            S::as_mut_simd_f32s(&mut out[column..][..W * S::F32_LANES])
                .0
                .copy_from_slice(&sum);
        }
    }

    /// `N` rows that are shorter than a vector.
    #[inline(always)]
    fn narrow_rows<S: Simd, const N: usize>(self, simd: S, width: usize) {
        let mut sums = [[simd.splat_f32s(0.0); 1]; N];
        for part in self.parts {
            let load = |start: usize| [some(simd, &part.data[start..], width)];
            sums = across::<S, N, 1>(simd, part.taps, self.starts, load, sums);
        }
        for (out, [sum]) in self.out.iter_mut().zip(sums) {
            simd.partial_store_f32s(out, sum);
        }
    }
}

/// Adds to the `sums` of `N` output rows, `W` vectors each; `load` gives those of the input row that begins at `start`.
#[inline(always)]
fn across<S: Simd, const N: usize, const W: usize>(
    simd: S,
    taps: &Taps,
    starts: &[usize],
    load: impl Fn(usize) -> [S::f32s; W],
    sums: [[S::f32s; W]; N],
) -> [[S::f32s; W]; N] {
    if taps.is_odd() {
        folded_across(simd, taps.half(), starts, load, sums, |before, after| {
            simd.sub_f32s(after, before)
        })
    } else {
        folded_across(simd, taps.half(), starts, load, sums, |before, after| {
            simd.add_f32s(after, before)
        })
    }
}

/// [`across`] with the two sides of the kernel taken together by `fold`.
///
/// From one tap to the next the inputs on either side move on by one row, so each step loads two rows for `N` outputs.
#[inline(always)]
fn folded_across<S: Simd, const N: usize, const W: usize>(
    simd: S,
    half: &[f32],
    starts: &[usize],
    load: impl Fn(usize) -> [S::f32s; W],
    mut sums: [[S::f32s; W]; N],
    fold: impl Fn(S::f32s, S::f32s) -> S::f32s,
) -> [[S::f32s; W]; N] {
    let radius = half.len() - 1;
    let mut before: [_; N] = from_fn(|o| load(starts[o]));
    let mut after: [_; N] = from_fn(|o| load(starts[o + 2 * radius]));
    let next_before = &starts[N..][..radius];
    let next_after = starts[radius..][..radius].iter().rev();
    for ((weight, &next_before), &next_after) in half[1..].iter().rev().zip(next_before).zip(next_after) {
        let weight = simd.splat_f32s(*weight);
        for o in 0..N {
            sums[o] = from_fn(|v| simd.mul_add_e_f32s(weight, fold(before[o][v], after[o][v]), sums[o][v]));
        }
        before = from_fn(|o| if o + 1 < N { before[o + 1] } else { load(next_before) });
        after = from_fn(|o| if o > 0 { after[o - 1] } else { load(next_after) });
    }
    let weight = simd.splat_f32s(half[0]);
    from_fn(|o| from_fn(|v| simd.mul_add_e_f32s(weight, before[o][v], sums[o][v])))
}

struct Horizontal<'a> {
    parts: &'a [Part<'a>],
    step: usize,
    out: &'a mut [f32],
}

impl WithSimd for Horizontal<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { parts, step, out } = self;
        let (width, lanes) = (out.len(), S::F32_LANES);
        let Some(last) = width.checked_sub(lanes) else {
            let mut sum = [simd.splat_f32s(0.0)];
            for part in parts {
                let load = |tap: usize| [some(simd, &part.data[tap * step..], width)];
                sum = along::<S, 1>(simd, part.taps, load, sum);
            }
            return simd.partial_store_f32s(out, sum[0]);
        };
        let blocks = width - width % (BLOCK * lanes);
        for at in (0..blocks).step_by(BLOCK * lanes) {
            piece::<S, BLOCK>(simd, parts, step, at, out);
        }
        // As above: the last vector may overlap the one before.
        for at in (blocks..last).step_by(lanes).chain((blocks < width).then_some(last)) {
            piece::<S, 1>(simd, parts, step, at, out);
        }
    }
}

/// `N` neighbouring vectors of an output row, from `at` on.
#[inline(always)]
fn piece<S: Simd, const N: usize>(simd: S, parts: &[Part<'_>], step: usize, at: usize, out: &mut [f32]) {
    let mut sums = [simd.splat_f32s(0.0); N];
    for part in parts {
        let load = |tap: usize| vectors::<S, N>(&part.data[at + tap * step..]);
        sums = along::<S, N>(simd, part.taps, load, sums);
    }
    S::as_mut_simd_f32s(&mut out[at..][..N * S::F32_LANES])
        .0
        .copy_from_slice(&sums);
}

/// Adds to `sums`, `N` neighbouring vectors; `load` gives those of the input that a tap, counted from the left, meets.
#[inline(always)]
fn along<S: Simd, const N: usize>(
    simd: S,
    taps: &Taps,
    load: impl Fn(usize) -> [S::f32s; N],
    sums: [S::f32s; N],
) -> [S::f32s; N] {
    if taps.is_odd() {
        folded_along(simd, taps.half(), load, sums, |before, after| {
            simd.sub_f32s(after, before)
        })
    } else {
        folded_along(simd, taps.half(), load, sums, |before, after| {
            simd.add_f32s(after, before)
        })
    }
}

/// [`along`] with the two sides of the kernel taken together by `fold`.
#[inline(always)]
fn folded_along<S: Simd, const N: usize>(
    simd: S,
    half: &[f32],
    load: impl Fn(usize) -> [S::f32s; N],
    mut sums: [S::f32s; N],
    fold: impl Fn(S::f32s, S::f32s) -> S::f32s,
) -> [S::f32s; N] {
    let radius = half.len() - 1;
    for k in (1..=radius).rev() {
        let weight = simd.splat_f32s(half[k]);
        let (before, after) = (load(radius - k), load(radius + k));
        for v in 0..N {
            sums[v] = simd.mul_add_e_f32s(weight, fold(before[v], after[v]), sums[v]);
        }
    }
    let weight = simd.splat_f32s(half[0]);
    let centre = load(radius);
    from_fn(|v| simd.mul_add_e_f32s(weight, centre[v], sums[v]))
}

/// The first `W` vectors in `data`.
#[inline(always)]
fn vectors<S: Simd, const W: usize>(data: &[f32]) -> [S::f32s; W] {
    let vectors = S::as_simd_f32s(&data[..W * S::F32_LANES]).0;
    from_fn(|v| vectors[v])
}

/// A vector that begins with the first `width` of `data`, fewer than it has room for.
#[inline(always)]
fn some<S: Simd>(simd: S, data: &[f32], width: usize) -> S::f32s {
    match data.get(..S::F32_LANES) {
        Some(data) => S::as_simd_f32s(data).0[0],
        None => simd.partial_load_f32s(&data[..width]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set of instructions that this machine has: only the best is used otherwise.
    fn archs() -> Vec<Arch> {
        let mut archs = vec![Arch::Scalar, Arch::new()];
        #[cfg(target_arch = "x86_64")]
        archs.extend(pulp::x86::V3::try_new().map(Arch::V3));
        archs
    }

    fn noise(len: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * i * 31 + i * 17) % 101) as f32 / 100.0).collect()
    }

    /// A kernel of each kind.
    fn kernels(radius: usize) -> [Taps; 2] {
        let half: Vec<f32> = (0..=radius).map(|k| 1.0 / (k + 2) as f32).collect();
        let odd = half
            .iter()
            .enumerate()
            .map(|(k, weight)| if k == 0 { 0.0 } else { *weight });
        [Taps::antisymmetric(odd.collect()), Taps::symmetric(half)]
    }

    fn assert_close(own: &[f32], expected: &[f32]) {
        for (own, expected) in own.iter().zip(expected) {
            assert!((own - expected).abs() < 1e-4, "{own:?} is not {expected:?}");
        }
    }

    /// The sum around `at` of elements `step` apart.
    fn expected(data: &[f32], taps: &Taps, at: usize, step: usize) -> f32 {
        let sign = if taps.is_odd() { -1.0 } else { 1.0 };
        let pairs = taps.half()[1..].iter().enumerate();
        let sides = pairs.map(|(k, weight)| weight * (data[at + (k + 1) * step] + sign * data[at - (k + 1) * step]));
        taps.half()[0] * data[at] + sides.sum::<f32>()
    }

    #[test]
    fn rows_of_any_width_on_all_instructions() {
        for (width, radius, rows) in [(1, 0, 1), (3, 2, 4), (16, 1, 2), (17, 4, 3), (47, 11, 4), (100, 3, 1)] {
            let (data, [odd, even]) = (noise((rows + 2 * radius) * width), kernels(radius));
            let starts: Vec<_> = (0..rows + 2 * radius).map(|row| row * width).collect();
            for kernels in [&[&odd][..], &[&even], &[&even, &odd]] {
                let wanted = (0..rows * width).map(|at| {
                    let sums = kernels
                        .iter()
                        .map(|taps| expected(&data, taps, radius * width + at, width));
                    sums.sum::<f32>()
                });
                let wanted: Vec<_> = wanted.collect();
                let parts: Vec<_> = kernels.iter().map(|taps| Part { data: &data, taps }).collect();
                for arch in archs() {
                    let mut out = vec![f32::NAN; rows * width];
                    let mut slices: Vec<_> = out.chunks_mut(width).collect();
                    vertical(arch, &parts, &starts, &mut slices);
                    assert_close(&out, &wanted);
                }
            }
        }
    }

    #[test]
    fn a_row_of_any_width_on_all_instructions() {
        for (width, radius, step) in [(1, 0, 1), (5, 2, 3), (16, 1, 1), (33, 4, 1), (64, 11, 2), (203, 5, 1)] {
            let (data, [odd, even]) = (noise(width + 2 * radius * step), kernels(radius));
            for kernels in [&[&odd][..], &[&even], &[&even, &odd]] {
                let wanted = (0..width).map(|at| {
                    let sums = kernels
                        .iter()
                        .map(|taps| expected(&data, taps, radius * step + at, step));
                    sums.sum::<f32>()
                });
                let wanted: Vec<_> = wanted.collect();
                let parts: Vec<_> = kernels.iter().map(|taps| Part { data: &data, taps }).collect();
                for arch in archs() {
                    let mut out = vec![f32::NAN; width];
                    horizontal(arch, &parts, step, &mut out);
                    assert_close(&out, &wanted);
                }
            }
        }
    }
}
