//! The best threshold of one feature.

use super::key;
use super::sort::PATIENCE;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// One row of a node, in the order of one feature: its key, then its class, then how often it was drawn.
pub(super) fn entry(key: u32, class: u16, weight: u16) -> u64 {
    u64::from(key) << 32 | u64::from(class) << 16 | u64::from(weight)
}

/// The weight of each class, and the sum of its squares.
///
/// All are integers, exact as `f64` up to 2⁵³: the sums do not depend on the order of the rows, as long as they stand for
/// fewer than 9·10⁷ draws. Beyond that thresholds are nearly as good.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    by_class: Vec<f64>,
    total: f64,
    squares: f64,
}

impl Counts {
    pub(super) fn clear(&mut self, classes: usize) {
        self.by_class.clear();
        self.by_class.resize(classes, 0.0);
        (self.total, self.squares) = (0.0, 0.0);
    }

    #[inline]
    pub(super) fn add(&mut self, class: usize, weight: f64) {
        let own = &mut self.by_class[class];
        self.squares += weight * (2.0 * *own + weight);
        *own += weight;
        self.total += weight;
    }

    pub(super) fn total(&self) -> f64 {
        self.total
    }

    /// The share of each class.
    pub(super) fn shares(&self) -> impl Iterator<Item = f32> + '_ {
        self.by_class.iter().map(|weight| (weight / self.total) as f32)
    }

    /// Whether there is only one class.
    pub(super) fn is_pure(&self) -> bool {
        self.by_class.iter().filter(|weight| **weight > 0.0).count() <= 1
    }

    /// The sum of squares over the total: the greater, the purer. `total · (1 - gini)`.
    pub(super) fn purity(&self) -> f64 {
        self.squares / self.total
    }
}

/// Where to cut a feature, and how pure both sides are together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut {
    pub(super) threshold: u32,
    pub(super) purity: f64,
}

/// The threshold that leaves both sides purest, of sorted `entries` with `all` together; `None` if they all agree.
///
/// `left` is room to count in.
pub(super) fn best_cut(
    entries: &[u64],
    all: &Counts,
    left: &mut Counts,
    checkpoint: &Checkpoint,
) -> Result<Option<Cut>, Error> {
    left.clear(all.by_class.len());
    let mut best: Option<(f64, u32, u32)> = None;
    // The squares on the right, kept in step: all that is needed of that side.
    let mut right_squares = all.squares;
    let mut begin = 0;
    while begin + 1 < entries.len() {
        checkpoint.check()?;
        let end = (begin + PATIENCE).min(entries.len() - 1);
        for pair in entries[begin..=end].windows(2) {
            let (class, weight) = ((pair[0] >> 16) as u16 as usize, f64::from(pair[0] as u16));
            let right = all.by_class[class] - left.by_class[class];
            right_squares -= weight * (2.0 * right - weight);
            left.add(class, weight);
            let (low, high) = ((pair[0] >> 32) as u32, (pair[1] >> 32) as u32);
            if low == high {
                continue;
            }
            let right_total = all.total - left.total;
            let purity = (left.squares * right_total + right_squares * left.total) / (left.total * right_total);
            if best.is_none_or(|best| purity > best.0) {
                best = Some((purity, low, high));
            }
        }
        begin = end;
    }
    Ok(best.map(|(purity, low, high)| Cut {
        threshold: key::between(low, high),
        purity,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use key::key;

    fn cut(rows: &[(f32, u16, u16)]) -> Option<Cut> {
        let mut all = Counts::default();
        all.clear(3);
        rows.iter().for_each(|row| all.add(row.1.into(), row.2.into()));
        let mut entries: Vec<_> = rows.iter().map(|row| entry(key(row.0), row.1, row.2)).collect();
        entries.sort_unstable();
        best_cut(&entries, &all, &mut Counts::default(), &Checkpoint::never()).unwrap()
    }

    #[test]
    fn a_pure_cut_is_found_between_the_values() {
        let found = cut(&[(1.0, 0, 1), (2.0, 0, 1), (4.0, 2, 2), (5.0, 2, 1)]).unwrap();
        assert_eq!(key::value(found.threshold), 3.0);
        assert_eq!(found.purity, 5.0);
    }

    #[test]
    fn equal_values_are_never_parted() {
        assert_eq!(cut(&[(1.0, 0, 1), (1.0, 1, 1)]), None);
        assert_eq!(cut(&[(-0.0, 0, 1), (0.0, 1, 1)]), None);
        let found = cut(&[(1.0, 0, 1), (1.0, 1, 1), (2.0, 1, 1)]).unwrap();
        assert_eq!(key::value(found.threshold), 1.5);
    }

    #[test]
    fn a_row_drawn_twice_counts_twice() {
        // By rows both cuts are as good; by draws the first is better.
        let found = cut(&[(1.0, 0, 3), (2.0, 1, 1), (3.0, 0, 1)]).unwrap();
        assert_eq!(key::value(found.threshold), 1.5);
    }
}
