//! Which part of a slot's data an edit changed.

use std::fmt;

use crate::roi::{RegionSet, Roi};
use crate::sync::Arc;

/// The region of a value: it has no axes.
pub(crate) const WHOLE: Roi = Roi::literal::<0>(&[]);

/// A part of a slot's data: all of it, or some regions. Of a value slot it is always all.
#[derive(Clone, Default, PartialEq)]
pub struct Dirt(Extent);

/// Small, and cheap to clone: a wave hands it from slot to slot, mostly unchanged.
#[derive(Clone, Default, PartialEq)]
enum Extent {
    #[default]
    Nothing,
    One(Arc<Roi>),
    Many(Arc<RegionSet>),
    Everything,
}

fn sorted(set: &RegionSet) -> Vec<Roi> {
    let mut regions: Vec<_> = set.iter().copied().collect();
    regions.sort();
    regions
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

    /// Its regions, which do not overlap, sorted; all of `whole` if it is everything.
    pub fn regions(&self, whole: Roi) -> Vec<Roi> {
        match &self.0 {
            Extent::Nothing => Vec::new(),
            Extent::One(roi) => vec![**roi],
            Extent::Many(set) => sorted(set),
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
            Extent::Nothing => self.0 = Extent::One(Arc::new(roi)),
            Extent::One(own) if own.contains(&roi) => {}
            Extent::One(own) if roi.contains(own) => *own = Arc::new(roi),
            Extent::One(own) => match RegionSet::from_regions([**own, roi]) {
                Ok(set) => self.0 = Extent::Many(Arc::new(set)),
                Err(_) => self.0 = Extent::Everything,
            },
            Extent::Many(set) => {
                if Arc::make_mut(set).add_lossy(&roi, REGIONS).is_err() {
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
            _ if self.is_nothing() => *self = other.clone(),
            Extent::One(roi) => self.add(**roi),
            Extent::Many(set) => set.iter().for_each(|roi| self.add(*roi)),
            Extent::Everything => self.0 = Extent::Everything,
        }
    }

    /// What it is made of.
    pub(crate) fn parts(&self) -> Parts<'_> {
        match &self.0 {
            Extent::Nothing => Parts::Some(&[]),
            Extent::One(roi) => Parts::One(roi),
            Extent::Many(set) => Parts::Some(set.iter().as_slice()),
            Extent::Everything => Parts::All,
        }
    }

    /// How many axes its regions have, if it is made of some.
    pub(crate) fn rank(&self) -> Option<usize> {
        match &self.0 {
            Extent::One(roi) => Some(roi.rank()),
            Extent::Many(set) => set.iter().next().map(Roi::rank),
            Extent::Nothing | Extent::Everything => None,
        }
    }

    /// What lies within `whole`; everything if that is all of it, or if it has other axes: it can be anywhere then.
    pub(crate) fn clipped(self, whole: Roi) -> Self {
        if self.rank().is_some_and(|rank| rank != whole.rank()) {
            return Self::everything();
        }
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
                let regions: Vec<_> = sorted(set).iter().map(ToString::to_string).collect();
                f.write_str(&regions.join("; "))
            }
            Extent::Everything => f.write_str("everything"),
        }
    }
}

/// What dirt is made of.
pub(crate) enum Parts<'a> {
    Some(&'a [Roi]),
    One(&'a Arc<Roi>),
    All,
}
