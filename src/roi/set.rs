//! Any set of points, as disjoint boxes.

use crate::roi::error::same_rank;
use crate::roi::{Roi, RoiError};

/// Any set of points of one space, kept as disjoint boxes that are not empty: what is dirty, what is cached.
///
/// All operations are exact, except for [`add_lossy`](Self::add_lossy) and [`coalesce`](Self::coalesce), which may make the set
/// larger, but never smaller, to keep it simple. Boxes that make up a larger box are merged as they are added, so regions that
/// overlap, repeat or tile do not pile up, and the set is cut anew when it has become untidy ([`simplify`](Self::simplify)): the
/// number of boxes is that of the set's own steps and corners, not that of its history.
///
/// The first region that is added fixes the rank until the set is empty again. Two sets are equal if they have the same points,
/// however these are cut into boxes.
///
/// lazyflow has none: it keeps a single bounding box, or a list of blocks.
///
/// # Examples
///
/// ```
/// use headwater::{RegionSet, roi};
///
/// let mut dirty = RegionSet::new();
/// dirty.add(&roi![0..64, 0..64])?;
/// dirty.add(&roi![0..64, 32..128])?;
/// assert_eq!(dirty.iter().collect::<Vec<_>>(), [&roi![0..64, 0..128]]); // merged
///
/// dirty.subtract(&roi![0..32, 0..32])?;
/// assert_eq!(dirty.volume()?, 64 * 128 - 32 * 32);
/// assert!(dirty.contains(&roi![40..50, 0..128]));
/// assert!(!dirty.intersects(&roi![0..32, 0..32]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RegionSet {
    /// Disjoint, of one rank, none of them empty.
    pub(in crate::roi) boxes: Vec<Roi>,
    /// How many boxes have come in since the set was last cut anew.
    pub(in crate::roi) fresh: usize,
}

impl RegionSet {
    /// The set of no points.
    #[inline]
    pub const fn new() -> Self {
        Self {
            boxes: Vec::new(),
            fresh: 0,
        }
    }

    /// The set of all points that are in one of `regions`.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`].
    pub fn from_regions(regions: impl IntoIterator<Item = Roi>) -> Result<Self, RoiError> {
        let mut set = Self::new();
        for region in regions {
            set.add(&region)?;
        }
        Ok(set)
    }

    /// The disjoint boxes, in no particular order.
    #[inline]
    pub fn iter(&self) -> std::slice::Iter<'_, Roi> {
        self.boxes.iter()
    }

    /// The number of boxes.
    #[inline]
    pub fn box_count(&self) -> usize {
        self.boxes.len()
    }

    /// Whether there are no points.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.boxes.is_empty()
    }

    /// The number of axes, if there are points.
    #[inline]
    pub fn rank(&self) -> Option<usize> {
        self.boxes.first().map(Roi::rank)
    }

    /// The number of points.
    ///
    /// # Errors
    ///
    /// [`RoiError::Overflow`] if `usize` cannot hold it.
    pub fn volume(&self) -> Result<usize, RoiError> {
        self.iter().try_fold(0usize, |total, part| {
            let overflow = RoiError::Overflow { what: "the volume" };
            total.checked_add(part.volume()?).ok_or(overflow)
        })
    }

    /// The smallest region that contains all points, if there are any.
    pub fn bounding_box(&self) -> Option<Roi> {
        self.boxes.iter().copied().reduce(|all, part| all.hull(&part))
    }

    /// Whether every point of `region` is in the set. True for a region without points; false for one of another rank.
    #[inline]
    pub fn contains(&self, region: &Roi) -> bool {
        region.is_empty() || self.boxes.iter().any(|part| part.contains(region)) || self.covers(region)
    }

    /// [`contains`](Self::contains) for a region that no single box contains.
    fn covers(&self, region: &Roi) -> bool {
        let mut left = vec![*region];
        let mut cut = Vec::new();
        for part in &self.boxes {
            cut.clear();
            cut.extend(left.iter().flat_map(|piece| piece.difference(part)));
            std::mem::swap(&mut left, &mut cut);
            if left.is_empty() {
                return true;
            }
        }
        false
    }

    /// Whether `point` is in the set. False for a point of another rank.
    #[inline]
    pub fn contains_point(&self, point: impl AsRef<[usize]>) -> bool {
        let point = point.as_ref();
        self.boxes.iter().any(|part| part.contains_point(point))
    }

    /// Whether a point of `region` is in the set. False for a region of another rank.
    #[inline]
    pub fn intersects(&self, region: &Roi) -> bool {
        self.boxes.iter().any(|part| part.intersects(region))
    }

    /// The points that are in `region` too. None for a region of another rank.
    #[must_use]
    pub fn intersection(&self, region: &Roi) -> Self {
        let inside = self.boxes.iter().filter_map(|part| part.intersection(region));
        Self {
            boxes: inside.collect(),
            fresh: 0,
        }
    }

    /// Removes all points.
    #[inline]
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Refuses a region of another rank than the set's points have.
    #[inline]
    pub(in crate::roi) fn check(&self, region: &Roi) -> Result<(), RoiError> {
        match self.boxes.first() {
            Some(first) => same_rank("the region", region.rank(), first.rank()),
            None => Ok(()),
        }
    }
}

impl From<Roi> for RegionSet {
    fn from(region: Roi) -> Self {
        let boxes = if region.is_empty() { Vec::new() } else { vec![region] };
        Self { boxes, fresh: 0 }
    }
}

impl<'a> IntoIterator for &'a RegionSet {
    type Item = &'a Roi;
    type IntoIter = std::slice::Iter<'a, Roi>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for RegionSet {
    fn eq(&self, other: &Self) -> bool {
        self.iter().all(|part| other.contains(part)) && other.iter().all(|part| self.contains(part))
    }
}

impl Eq for RegionSet {}
