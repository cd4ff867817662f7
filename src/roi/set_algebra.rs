//! Adding to and taking from a set of points.

use crate::roi::{RegionSet, Roi, RoiError};

impl RegionSet {
    /// Adds the points of `region`, exactly.
    ///
    /// The number of boxes has no limit here: a set of scattered points needs as many. Where that may happen and too many
    /// points do no harm, use [`add_lossy`](Self::add_lossy).
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`] if the set has points of another rank; nothing is added then.
    pub fn add(&mut self, region: &Roi) -> Result<(), RoiError> {
        self.check(region)?;
        if region.is_empty() {
            return Ok(());
        }
        let mut pieces = vec![*region];
        let mut at = 0;
        while at < self.boxes.len() {
            let part = self.boxes[at];
            if !part.intersects(region) {
                at += 1;
                continue;
            }
            if part.contains(region) {
                return Ok(()); // and no other one meets it: they are disjoint
            }
            let mut rest = part.difference(region);
            match (rest.next(), rest.next()) {
                // Swallowed.
                (None, _) => {
                    self.boxes.swap_remove(at);
                }
                // Shortened: better than cutting the new region in pieces.
                (Some(shorter), None) => {
                    self.boxes[at] = shorter;
                    at += 1;
                }
                _ => {
                    pieces = pieces.iter().flat_map(|piece| piece.difference(&part)).collect();
                    at += 1;
                }
            }
        }
        for piece in pieces {
            self.insert(piece);
        }
        self.tidy();
        Ok(())
    }

    /// Adds the points of all regions in `other`.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`] if both have points, of different rank; nothing is added then.
    pub fn add_all(&mut self, other: &Self) -> Result<(), RoiError> {
        other.iter().try_for_each(|part| self.add(part))
    }

    /// Removes the points of `region`.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`] if the set has points of another rank; nothing is removed then.
    pub fn subtract(&mut self, region: &Roi) -> Result<(), RoiError> {
        self.check(region)?;
        let mut pieces = Vec::new();
        self.boxes.retain_mut(|part| {
            if !part.intersects(region) {
                return true;
            }
            let mut rest = part.difference(region);
            let first = rest.next();
            pieces.extend(rest);
            first.is_some_and(|first| {
                *part = first;
                true
            })
        });
        for piece in pieces {
            self.insert(piece);
        }
        self.tidy();
        Ok(())
    }

    /// Removes the points of all regions in `other`.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`] if both have points, of different rank; nothing is removed then.
    pub fn subtract_all(&mut self, other: &Self) -> Result<(), RoiError> {
        other.iter().try_for_each(|part| self.subtract(part))
    }

    /// Takes in a box that is disjoint from all others, together with every one that makes a box with it.
    pub(in crate::roi) fn insert(&mut self, piece: Roi) {
        let mut piece = piece;
        let mut at = 0;
        while at < self.boxes.len() {
            match self.boxes[at].merged(&piece) {
                Some(merged) => {
                    piece = merged;
                    self.boxes.swap_remove(at);
                    at = 0; // a larger box may fit with those that the smaller one did not
                }
                None => at += 1,
            }
        }
        self.boxes.push(piece);
        self.fresh += 1;
    }
}
