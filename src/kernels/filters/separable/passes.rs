//! Which convolutions a sweep does, and in which order, so that none is done twice.

use super::recipe::Term;
use super::taps::Taps;

/// The convolutions of one sweep.
///
/// ```text
/// inputs ──height──▶ columns ──row──▶ planes ──depth──▶ sums
/// ```
///
/// Sums that need the same column or plane share it. Terms of a sum that differ in nothing but height and row become one
/// plane, so that the pass along the depth, which is linear, is done once for all of them: a Laplacian takes two of its
/// passes, not three. Which columns and planes make up a sum, and in which order, does not depend on the other sums.
#[derive(Clone, Debug, Default)]
pub(super) struct Passes {
    /// The kernels along depth, height and row.
    pub(super) banks: [Vec<Taps>; 3],
    /// The input, and the kernel along the height.
    pub(super) columns: Vec<(usize, usize)>,
    /// Columns, each with its kernel along the row.
    pub(super) planes: Vec<Vec<(usize, usize)>>,
    /// Planes, each with its kernel along the depth.
    pub(super) sums: Vec<Vec<(usize, usize)>>,
}

impl Passes {
    /// No sums yet; `banks` are the kernels along depth, height and row.
    pub(super) fn new(banks: [Vec<Taps>; 3]) -> Self {
        Self {
            banks,
            ..Self::default()
        }
    }

    /// The number of the sum over `terms` of `input`. Each says which kernel of the bank to take along depth, height and row.
    pub(super) fn add(&mut self, input: usize, terms: &[Term]) -> usize {
        let mut planes: Vec<(usize, Vec<(usize, usize)>)> = Vec::new();
        for &[depth, height, row] in terms {
            let column = number(&mut self.columns, (input, height));
            match planes.iter_mut().find(|plane| plane.0 == depth) {
                Some(plane) => plane.1.push((column, row)),
                None => planes.push((depth, vec![(column, row)])),
            }
        }
        let planes = planes.into_iter();
        let sum = planes.map(|(depth, plane)| (number(&mut self.planes, plane), depth));
        let sum = sum.collect();
        number(&mut self.sums, sum)
    }

    /// The radius along depth, height and row.
    pub(super) fn radii(&self) -> [usize; 3] {
        [0, 1, 2].map(|part| self.banks[part][0].radius())
    }
}

/// The position of `item` in `list`, where it is put if it is not there.
fn number<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|other| *other == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_laplacian_takes_seven_convolutions() {
        let mut passes = Passes::default();
        passes.add(0, &[[2, 0, 0], [0, 2, 0], [0, 0, 2]]);
        assert_eq!(passes.columns, [(0, 0), (0, 2)]);
        assert_eq!(passes.planes, [vec![(0, 0)], vec![(1, 0), (0, 2)]]);
        assert_eq!(passes.sums, [[(0, 2), (1, 0)]]);
    }

    #[test]
    fn a_sum_has_one_number() {
        let mut passes = Passes::default();
        let numbers = [[0, 1, 0], [1, 0, 0], [0, 1, 0]].map(|term| passes.add(0, &[term]));
        assert_eq!(numbers, [0, 1, 0]);
    }

    #[test]
    fn sums_share_planes() {
        let mut passes = Passes::default();
        for term in [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]] {
            passes.add(0, &[term]);
        }
        assert_eq!(passes.columns.len(), 2);
        assert_eq!(passes.planes.len(), 3);
        assert_eq!(passes.sums[3], [(0, 0)]);
    }
}
