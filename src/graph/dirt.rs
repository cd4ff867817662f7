//! Which part of a slot's data an edit changed.

use std::fmt;

use crate::graph::id::Revision;
use crate::roi::{RegionSet, Roi};
use crate::sync::Arc;

/// The region of a value: it has no axes.
pub(crate) const WHOLE: Roi = Roi::literal::<0>(&[]);

/// A part of a slot's data: all of it, or some regions. Of a value slot it is always all.
#[derive(Clone, Default, PartialEq)]
pub struct Dirt(Extent);

#[derive(Clone, Default, PartialEq)]
enum Extent {
    #[default]
    Nothing,
    // Most edits touch one box; it needs no memory of its own.
    One(Roi),
    Many(Box<RegionSet>),
    Everything,
}

/// How many separate regions are told apart.
const REGIONS: usize = 256;

impl Dirt {
    pub(crate) const NOTHING: Self = Self(Extent::Nothing);

    /// Nothing.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// All of it, whatever its shape.
    pub fn everything() -> Self {
        Self(Extent::Everything)
    }

    /// Whether nothing is in it.
    pub fn is_nothing(&self) -> bool {
        self.0 == Extent::Nothing
    }

    /// Whether it is all, by name rather than by counting.
    pub fn is_everything(&self) -> bool {
        self.0 == Extent::Everything
    }

    /// Whether it has a pixel in `roi`.
    pub fn intersects(&self, roi: &Roi) -> bool {
        match &self.0 {
            Extent::Nothing => false,
            Extent::One(own) => own.intersects(roi),
            Extent::Many(set) => set.intersects(roi),
            Extent::Everything => true,
        }
    }

    /// Its regions, which do not overlap; all of `whole` if it is everything.
    pub fn regions(&self, whole: Roi) -> Vec<Roi> {
        match &self.0 {
            Extent::Nothing => Vec::new(),
            Extent::One(roi) => vec![*roi],
            Extent::Many(set) => set.iter().copied().collect(),
            Extent::Everything => vec![whole],
        }
    }

    /// Adds a region. More than some hundred that do not touch are taken together into fewer, larger ones; regions of
    /// different ranks into everything.
    pub fn add(&mut self, roi: Roi) {
        if roi.is_empty() {
            return;
        }
        match &mut self.0 {
            Extent::Nothing => self.0 = Extent::One(roi),
            Extent::One(own) if own.contains(&roi) => {}
            Extent::One(own) if roi.contains(own) => *own = roi,
            Extent::One(own) => match RegionSet::from_regions([*own, roi]) {
                Ok(set) => self.0 = Extent::Many(Box::new(set)),
                Err(_) => self.0 = Extent::Everything,
            },
            Extent::Many(set) => {
                if set.add_lossy(&roi, REGIONS).is_err() {
                    self.0 = Extent::Everything;
                }
            }
            Extent::Everything => {}
        }
    }

    /// Adds all that `other` has.
    pub fn merge(&mut self, other: &Self) {
        match &other.0 {
            Extent::Nothing => {}
            Extent::One(roi) => self.add(*roi),
            Extent::Many(set) => set.iter().for_each(|roi| self.add(*roi)),
            Extent::Everything => self.0 = Extent::Everything,
        }
    }

    /// What lies within `whole`; everything if that is all of it.
    pub(crate) fn clipped(self, whole: Roi) -> Self {
        match &self.0 {
            Extent::One(roi) if roi.contains(&whole) => Self::everything(),
            Extent::One(roi) if whole.contains(roi) => self,
            Extent::One(roi) => Self::from_iter(roi.intersection(&whole)),
            Extent::Many(set) => Self::from_iter(set.iter().filter_map(|roi| roi.intersection(&whole))),
            Extent::Nothing | Extent::Everything => self,
        }
    }
}

impl From<Roi> for Dirt {
    fn from(roi: Roi) -> Self {
        Self::from_iter([roi])
    }
}

impl FromIterator<Roi> for Dirt {
    fn from_iter<I: IntoIterator<Item = Roi>>(rois: I) -> Self {
        let mut dirt = Self::nothing();
        rois.into_iter().for_each(|roi| dirt.add(roi));
        dirt
    }
}

impl fmt::Debug for Dirt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Dirt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Extent::Nothing => f.write_str("nothing"),
            Extent::One(roi) => write!(f, "{roi}"),
            Extent::Many(set) => {
                let regions: Vec<_> = set.iter().map(ToString::to_string).collect();
                f.write_str(&regions.join("; "))
            }
            Extent::Everything => f.write_str("everything"),
        }
    }
}

/// When each part of a slot's data was last changed. It answers one question: is what was computed for a region in one
/// revision still right in another? It is, if [`Mark::stamp`] gives the same for both.
#[derive(Clone, Default)]
pub(crate) struct Mark {
    /// No part has changed before this and not been told of.
    base: Revision,
    /// Later changes of parts, the latest first. Versions share the older ones.
    recent: Option<Arc<Change>>,
}

struct Change {
    roi: Roi,
    revision: Revision,
    older: Option<Arc<Change>>,
    /// How many there are, with this one.
    count: u32,
}

/// How many partial changes pile up before those that are hidden by later ones are looked for.
const RECENT: u32 = 32;

impl Mark {
    /// The changes of parts, the latest first.
    fn recent(&self) -> impl Iterator<Item = &Change> {
        std::iter::successors(self.recent.as_deref(), |change| change.older.as_deref())
    }

    /// The revision of the last change of any part of `roi`.
    #[inline]
    pub(crate) fn stamp(&self, roi: &Roi) -> Revision {
        let hit = self.recent().find(|change| change.roi.intersects(roi));
        hit.map_or(self.base, |change| change.revision)
    }

    /// The revision of the last change of any part.
    pub(crate) fn latest(&self) -> Revision {
        self.recent.as_ref().map_or(self.base, |change| change.revision)
    }

    /// Remembers that `dirt` changed in `revision`, the greatest so far.
    pub(crate) fn add(&mut self, dirt: &Dirt, revision: Revision) {
        match &dirt.0 {
            Extent::Nothing => {}
            Extent::Everything => {
                *self = Self {
                    base: revision,
                    recent: None,
                };
            }
            Extent::One(roi) => self.push(*roi, revision),
            Extent::Many(set) => set.iter().for_each(|roi| self.push(*roi, revision)),
        }
    }

    fn push(&mut self, roi: Roi, revision: Revision) {
        let count = self.recent.as_ref().map_or(0, |change| change.count);
        let older = if count < RECENT {
            self.recent.take()
        } else {
            self.thinned(&roi)
        };
        let count = older.as_ref().map_or(0, |change| change.count) + 1;
        self.recent = Some(Arc::new(Change {
            roi,
            revision,
            older,
            count,
        }));
    }

    /// At most half as many changes, without those that a later one or `roi` hides.
    fn thinned(&self, roi: &Roi) -> Option<Arc<Change>> {
        let mut kept: Vec<(Roi, Revision)> = Vec::new();
        for change in self.recent() {
            let hidden = roi.contains(&change.roi) || kept.iter().any(|(later, _)| later.contains(&change.roi));
            if !hidden {
                kept.push((change.roi, change.revision));
            }
        }
        while kept.len() > RECENT as usize / 2 {
            // The two oldest become one, as old as the younger: a little more than true is called changed, never less.
            let (oldest, _) = kept.pop().expect("invariant: longer than half of RECENT");
            let (roi, _) = kept.last_mut().expect("invariant: longer than half of RECENT");
            *roi = roi.bounding_box(&oldest).unwrap_or(*roi);
        }
        kept.into_iter()
            .rev()
            .fold(None, |older: Option<Arc<Change>>, (roi, revision)| {
                let count = older.as_ref().map_or(0, |change| change.count) + 1;
                Some(Arc::new(Change {
                    roi,
                    revision,
                    older,
                    count,
                }))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roi;

    #[test]
    fn a_stamp_is_never_older_than_the_last_change_and_exact_while_changes_are_few() {
        let mut mark = Mark::default();
        let mut changes: Vec<(Roi, u64)> = Vec::new();
        for revision in 1..=500_u64 {
            let at = (revision as usize * 37) % 90;
            let roi = roi![at..at + 1 + revision as usize % 7, 0..5];
            mark.add(&roi.into(), Revision(revision));
            changes.push((roi, revision));
            for probe in (0..100).map(|at| roi![at..at + 1, 2..3]) {
                let last = changes
                    .iter()
                    .rev()
                    .find(|(roi, _)| roi.intersects(&probe))
                    .map_or(0, |(_, last)| *last);
                let stamp = mark.stamp(&probe).0;
                assert!(
                    stamp >= last,
                    "revision {revision}: {stamp} of {probe} is before {last}"
                );
                assert!(
                    revision > 16 || stamp == last,
                    "revision {revision}: {stamp} of {probe}, not {last}"
                );
            }
        }
        mark.add(&Dirt::everything(), Revision(501));
        assert_eq!(
            (mark.latest(), mark.stamp(&roi![0..1, 0..1])),
            (Revision(501), Revision(501))
        );
    }
}
