//! The least of parabolas on many lines at once, looking only as far as it can matter.
//!
//! At a place where the value is `f` already, a parabola from `r` away matters only if `w·r² < f`. Where distances are short,
//! as between the things in an image, trying all of these, for a vector of lines at a time, is several times faster than
//! the [envelope](super::envelope) of each line.

use pulp::{Arch, Simd, WithSimd};

/// Steps between two looks at the greatest value left.
const STEPS: usize = 4;

/// A square of a distance that fits many into a vector.
pub(super) trait Lane: Copy + PartialOrd + Default {
    /// The largest: what does not fit is this.
    const MAX: Self;
    /// The most steps whose square fits.
    const MOST: usize;
    fn square(steps: usize, weight: f64) -> Self;
    fn plus(self, other: Self) -> Self;
    fn least(self, other: Self) -> Self;
    fn greatest(self, other: Self) -> Self;
}

impl Lane for u16 {
    const MAX: Self = u16::MAX;
    const MOST: usize = 255;

    #[inline(always)]
    fn square(steps: usize, _: f64) -> Self {
        (steps * steps) as u16
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.saturating_add(other)
    }

    #[inline(always)]
    fn least(self, other: Self) -> Self {
        self.min(other)
    }

    #[inline(always)]
    fn greatest(self, other: Self) -> Self {
        self.max(other)
    }
}

impl Lane for f64 {
    const MAX: Self = f64::INFINITY;
    const MOST: usize = usize::MAX;

    #[inline(always)]
    fn square(steps: usize, weight: f64) -> Self {
        weight * (steps * steps) as f64
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn least(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    #[inline(always)]
    fn greatest(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}

/// One place on each of `N` lines, in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Lanes<V, const N: usize>(pub(super) [V; N]);

impl<V: Lane, const N: usize> Lanes<V, N> {
    #[inline(always)]
    fn greatest(&self) -> V {
        self.0.iter().fold(V::default(), |most, &lane| most.greatest(lane))
    }
}

/// Places `first..` of the lines, as many as fit `out`.
pub(super) struct Window<'a, V, const N: usize> {
    pub(super) lines: &'a [Lanes<V, N>],
    pub(super) out: &'a mut [Lanes<V, N>],
    pub(super) first: usize,
    pub(super) weight: f64,
    /// How far to look at most.
    pub(super) reach: usize,
    /// After how many steps at one place to give up.
    pub(super) patience: usize,
}

impl<V: Lane, const N: usize> Window<'_, V, N> {
    /// Writes the least for each place, and returns how many steps that took in all; `None` if it gave up.
    pub(super) fn run(self, arch: Arch) -> Option<usize> {
        arch.dispatch(self)
    }
}

impl<V: Lane, const N: usize> WithSimd for Window<'_, V, N> {
    type Output = Option<usize>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Option<usize> {
        let last = self.lines.len() - 1;
        let mut taken = 0;
        for (at, out) in (self.first..).zip(self.out) {
            let mut best = self.lines[at];
            let reach = self.reach.min(at.max(last - at)).min(V::MOST);
            let mut step = 1;
            while step <= reach && V::square(step, self.weight) < best.greatest() {
                if step > self.patience {
                    return None;
                }
                let stop = reach.min(step + STEPS - 1);
                while step <= stop {
                    // What is beyond the end is taken for the end: from there it is nearer than `step`, so nothing is
                    // found that is not so.
                    let before = &self.lines[at.saturating_sub(step)];
                    let after = &self.lines[(at + step).min(last)];
                    let square = V::square(step, self.weight);
                    for lane in 0..N {
                        let nearer = before.0[lane].least(after.0[lane]).plus(square);
                        best.0[lane] = best.0[lane].least(nearer);
                    }
                    step += 1;
                }
            }
            taken += step;
            *out = best;
        }
        Some(taken)
    }
}
