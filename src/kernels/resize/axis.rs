//! Where the elements of the result come from along one axis.

use std::ops::Range;

use super::Interpolation;
use crate::kernels::border::reflect;

/// The window of the smoothing before an axis gets shorter, in multiples of sigma.
const WINDOW: f64 = 3.5;

/// From `from` elements to `to`.
#[derive(Clone, Debug)]
pub(super) struct AxisMap {
    pub(super) from: usize,
    pub(super) to: usize,
    interpolation: Interpolation,
    /// The weights of the smoothing by distance; a single 1 if there is none.
    half: Vec<f64>,
}

/// What an element of the result is the weighted sum of.
pub(super) struct Taps {
    /// The first input element, before reflection.
    first: isize,
    pub(super) weights: Vec<f64>,
}

impl AxisMap {
    pub(super) fn new(from: usize, to: usize, interpolation: Interpolation) -> Self {
        let mut half = vec![1.0];
        if from > to && to > 0 && interpolation == Interpolation::Linear {
            let sigma = from as f64 / to as f64 / 4.0;
            let radius = (WINDOW * sigma + 0.5).floor().max(1.0) as usize;
            half = (0..=radius)
                .map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp())
                .collect();
            let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
            half.iter_mut().for_each(|weight| *weight /= sum);
        }
        Self {
            from,
            to,
            interpolation,
            half,
        }
    }

    /// Whether nothing happens along the axis.
    pub(super) fn is_identity(&self) -> bool {
        self.from == self.to
    }

    /// The same axis before anything happened to it.
    pub(super) fn idle(&self) -> Self {
        Self::new(self.from, self.from, self.interpolation)
    }

    /// The same axis after it was done with.
    pub(super) fn done(&self) -> Self {
        Self::new(self.to, self.to, self.interpolation)
    }

    /// Where element `nth` of the result lies, as the element of the input at or before it, and how far behind that, from 0 to
    /// less than 1; of the nearest element, where that is.
    fn place(&self, nth: usize) -> (isize, f64) {
        let [nth, from, to] = [nth, self.from, self.to].map(|number| number as i128);
        // (nth + 1/2) from / to - 1/2, over 2 to.
        let (position, whole) = ((2 * nth + 1) * from - to, 2 * to);
        match self.interpolation {
            Interpolation::Nearest => ((position + to).div_euclid(whole) as isize, 0.0),
            Interpolation::Linear => {
                let behind = position.rem_euclid(whole) as f64 / whole as f64;
                (position.div_euclid(whole) as isize, behind)
            }
        }
    }

    pub(super) fn taps(&self, nth: usize) -> Taps {
        let (at, behind) = self.place(nth);
        let radius = self.half.len() - 1;
        let weight = |distance: isize| self.half.get(distance.unsigned_abs()).copied().unwrap_or(0.0);
        let count = 2 * radius + if behind > 0.0 { 2 } else { 1 };
        let weights = (0..count).map(|tap| {
            let distance = tap.cast_signed() - radius.cast_signed();
            (1.0 - behind) * weight(distance) + behind * weight(distance - 1)
        });
        Taps {
            first: at - radius.cast_signed(),
            weights: weights.collect(),
        }
    }

    /// The elements of the input that element `nth` of the result depends on, and those between them.
    fn support(&self, nth: usize) -> Range<usize> {
        let (at, behind) = self.place(nth);
        let radius = (self.half.len() - 1).cast_signed();
        let (first, last) = (at - radius, at + radius + isize::from(behind > 0.0));
        let end = self.from.cast_signed() - 1;
        if -first > end || last - end > end {
            return 0..self.from;
        }
        let lowest = first.max(0).min(2 * end - last);
        let highest = last.min(end).max(-first);
        lowest.max(0).cast_unsigned()..highest.cast_unsigned() + 1
    }

    /// The elements of the input that a range of the result, not an empty one, depends on.
    pub(super) fn needed(&self, range: Range<usize>) -> Range<usize> {
        // Supports go up with the element, but for what reflection adds at the ends.
        let ends = [
            range.start,
            (range.start + 1).min(range.end - 1),
            range.end - 1,
            range.end.saturating_sub(2),
        ];
        let supports = ends.map(|nth| self.support(nth.clamp(range.start, range.end - 1)));
        let start = supports.iter().map(|support| support.start).min().unwrap_or(0);
        start..supports.iter().map(|support| support.end).max().unwrap_or(0)
    }

    /// The elements of the result, and those between them, that depend on a range of the input.
    pub(super) fn affected(&self, range: Range<usize>) -> Range<usize> {
        if range.is_empty() || self.to == 0 {
            return 0..0;
        }
        // Wide enough for the smoothing, for reflection and for rounding; then exactly.
        let scale = self.to as f64 / self.from as f64;
        let reach = self.half.len() as f64 + 2.0;
        let first = ((range.start as f64 - 2.0 * reach) * scale - 2.0).max(0.0) as usize;
        let last = ((range.end as f64 + 2.0 * reach) * scale + 2.0) as usize;
        let mut all = first.min(self.to)..last.min(self.to);
        let depends = |nth: &usize| self.positions(*nth).any(|at| range.contains(&at));
        let Some(start) = all.find(depends) else { return 0..0 };
        start..all.rfind(depends).map_or(start, |last| last.max(start)) + 1
    }

    /// The elements of the input that element `nth` of the result is the sum of.
    fn positions(&self, nth: usize) -> impl Iterator<Item = usize> + '_ {
        let taps = self.taps(nth);
        (0..taps.weights.len()).map(move |tap| reflect(taps.first + tap.cast_signed(), self.from))
    }

    /// The same, with their weights.
    pub(super) fn sources(&self, nth: usize) -> (Vec<usize>, Vec<f64>) {
        (self.positions(nth).collect(), self.taps(nth).weights)
    }

    /// The nearest element of the input.
    pub(super) fn nearest(&self, nth: usize) -> usize {
        reflect(self.place(nth).0, self.from)
    }

    /// About how many elements of the input one of the result depends on.
    pub(super) fn width(&self) -> usize {
        if self.is_identity() {
            1
        } else {
            (2 * self.half.len()).min(self.from)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps() -> impl Iterator<Item = AxisMap> {
        let interpolations = [Interpolation::Linear, Interpolation::Nearest];
        (1..14).flat_map(move |from| {
            (1..30).flat_map(move |to| interpolations.map(|interpolation| AxisMap::new(from, to, interpolation)))
        })
    }

    #[test]
    fn what_is_needed_is_what_is_summed_up() {
        for map in maps() {
            for start in 0..map.to {
                for end in start + 1..=map.to {
                    let positions: Vec<_> = (start..end)
                        .flat_map(|nth| map.positions(nth).collect::<Vec<_>>())
                        .collect();
                    let bounds = positions.iter().min().copied().unwrap()..positions.iter().max().copied().unwrap() + 1;
                    assert_eq!(map.needed(start..end), bounds, "{start}..{end} of {map:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_affected_is_what_depends() {
        for map in maps() {
            for start in 0..map.from {
                for end in start + 1..=map.from {
                    let depends = |nth: &usize| map.positions(*nth).any(|at| (start..end).contains(&at));
                    let expected = match ((0..map.to).find(depends), (0..map.to).rfind(depends)) {
                        (Some(first), Some(last)) => first..last + 1,
                        _ => 0..0,
                    };
                    assert_eq!(map.affected(start..end), expected, "{start}..{end} of {map:?}");
                }
            }
        }
    }

    #[test]
    fn weights_sum_to_one() {
        for map in maps() {
            for nth in 0..map.to {
                assert!((map.taps(nth).weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn centres_lie_where_lazyflow_puts_them() {
        let map = AxisMap::new(10, 5, Interpolation::Linear);
        assert_eq!(map.place(1), (2, 0.5));
        let map = AxisMap::new(5, 10, Interpolation::Linear);
        assert_eq!((map.place(0), map.place(1)), ((-1, 0.75), (0, 0.25)));
        let map = AxisMap::new(10, 5, Interpolation::Nearest);
        assert_eq!(map.place(1), (3, 0.0));
    }
}
