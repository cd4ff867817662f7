//! Sets of points that are kept simple at the price of points.

use crate::roi::{RegionSet, Roi, RoiError};

impl RegionSet {
    /// How many boxes a set should have if nothing else is known: few enough to look at all of them at each request.
    pub const FEW: usize = 32;

    /// Adds the points of `region`, and possibly others, so that there are at most `most` boxes (at least 1) afterwards.
    ///
    /// Exact as long as the set needs no more than that. Beyond, boxes are [coalesced](Self::coalesce) to half of `most`, so
    /// that this does not happen again at the next region. Nothing is ever lost: fit for what is dirty, where too much costs
    /// time and too little costs correctness, and not for what is clean.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`] if the set has points of another rank; nothing is added then.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{RegionSet, roi};
    ///
    /// let mut dirty = RegionSet::new();
    /// for n in 0..1000 {
    ///     dirty.add_lossy(&roi![2 * n..2 * n + 1, 2 * n..2 * n + 1], RegionSet::FEW)?; // a diagonal of dots
    /// }
    /// assert!(dirty.box_count() <= RegionSet::FEW);
    /// assert!((0..1000).all(|n| dirty.contains_point([2 * n, 2 * n])));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn add_lossy(&mut self, region: &Roi, most: usize) -> Result<(), RoiError> {
        self.add(region)?;
        if self.boxes.len() > most.max(1) {
            self.coalesce(most / 2);
        }
        Ok(())
    }

    /// Reduces the set to at most `most` boxes (at least 1) by adding points: an over-approximation, unless there are no more
    /// boxes already.
    ///
    /// Again and again, the two boxes whose bounding box has the fewest points that neither has are replaced by it, together
    /// with every other box that it meets.
    pub fn coalesce(&mut self, most: usize) {
        while self.boxes.len() > most.max(1) {
            let Some((one, other)) = self.closest_pair() else {
                return;
            };
            // The later first: removing it leaves the earlier where it is.
            let later = self.boxes.swap_remove(other);
            let earlier = self.boxes.swap_remove(one);
            let all = self.absorb(earlier.hull(&later));
            self.insert(all);
        }
    }

    /// The positions of the two boxes whose bounding box wastes the fewest points, the earlier one first.
    fn closest_pair(&self) -> Option<(usize, usize)> {
        let volume = |part: &Roi| part.ranges().map(|range| range.len() as f64).product::<f64>();
        let volumes: Vec<f64> = self.boxes.iter().map(volume).collect();
        let mut best = None;
        let mut least = f64::INFINITY;
        for (one, part) in self.boxes.iter().enumerate() {
            for (other, another) in self.boxes.iter().enumerate().skip(one + 1) {
                let waste = volume(&part.hull(another)) - volumes[one] - volumes[other];
                if waste < least || best.is_none() {
                    (least, best) = (waste, Some((one, other)));
                }
            }
        }
        best
    }

    /// Removes every box that `all` meets, growing it around each, until it meets none.
    fn absorb(&mut self, all: Roi) -> Roi {
        let mut all = all;
        while let Some(met) = self.boxes.iter().position(|part| part.intersects(&all)) {
            all = all.hull(&self.boxes.swap_remove(met));
        }
        all
    }
}
