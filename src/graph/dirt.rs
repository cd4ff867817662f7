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
    /// Later changes of parts, the latest first.
    recent: Option<Arc<[(Roi, Revision)]>>,
}

/// How many partial changes are told apart before the oldest are taken together.
const RECENT: usize = 32;

impl Mark {
    /// The revision of the last change of any part of `roi`.
    #[inline]
    pub(crate) fn stamp(&self, roi: &Roi) -> Revision {
        let recent = self.recent.as_deref().unwrap_or(&[]);
        let hit = recent.iter().find(|(part, _)| part.intersects(roi));
        hit.map_or(self.base, |(_, revision)| *revision)
    }

    /// The revision of the last change of any part.
    pub(crate) fn latest(&self) -> Revision {
        let recent = self.recent.as_deref().unwrap_or(&[]);
        recent.first().map_or(self.base, |(_, revision)| *revision)
    }

    /// Remembers that `dirt` changed in `revision`, the greatest so far.
    pub(crate) fn add(&mut self, dirt: &Dirt, revision: Revision) {
        match &dirt.0 {
            Extent::Nothing => {}
            Extent::Everything => {
                *self = Self {
                    base: revision,
                    recent: None,
                }
            }
            Extent::One(roi) => self.add_parts(&[*roi], revision),
            Extent::Many(set) => self.add_parts(&set.iter().copied().collect::<Vec<_>>(), revision),
        }
    }

    fn add_parts(&mut self, parts: &[Roi], revision: Revision) {
        let old = self.recent.as_deref().unwrap_or(&[]);
        if old.is_empty() && parts.len() <= RECENT {
            self.recent = Some(parts.iter().map(|roi| (*roi, revision)).collect());
            return;
        }
        let hidden = |(roi, _): &&(Roi, Revision)| !parts.iter().any(|part| part.contains(roi));
        let mut recent: Vec<_> = parts.iter().map(|roi| (*roi, revision)).collect();
        recent.extend(old.iter().filter(hidden).copied());
        while recent.len() > RECENT {
            // The two oldest become one, as old as the younger: a little more than true is called changed, never less.
            let (oldest, _) = recent.pop().expect("invariant: longer than RECENT");
            let (roi, _) = recent.last_mut().expect("invariant: longer than RECENT");
            *roi = roi.bounding_box(&oldest).unwrap_or(*roi);
        }
        self.recent = Some(recent.into());
    }
}
