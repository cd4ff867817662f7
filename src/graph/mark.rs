//! When each part of a slot's data was last changed.

use crate::graph::dirt::{Dirt, Parts};
use crate::graph::id::Revision;
use crate::graph::meta::Meta;
use crate::roi::{BlockGrid, Roi, Shape, determine_block_shape};
use crate::sync::Arc;

/// Answers one question: is what was computed for a region in one revision still right in another? It is, if
/// [`Mark::stamp`] gives the same for both.
///
/// The latest changes are kept as they were. Older ones are kept by tile, each with the last change of any part of it: so the
/// size stays bounded however long a session is, and a stamp says too much only of what lies in one tile with what changed.
#[derive(Clone, Default)]
pub(crate) struct Mark {
    /// When all of it changed last.
    base: Revision,
    /// Later changes of parts, the latest first. Versions share the older ones.
    recent: Option<Arc<Change>>,
    /// Changes between the two.
    tiles: Option<Arc<Tiles>>,
}

struct Change {
    roi: Arc<Roi>,
    revision: Revision,
    older: Option<Arc<Change>>,
    /// How many there are, with this one.
    count: u32,
}

/// How many changes are kept as they were before the older half goes into tiles.
const RECENT: u32 = 32;

/// How many tiles there may be: those of the ideal block if they are no more than this, else about a quarter as many.
const TILES: usize = 4096;

#[derive(Clone)]
struct Tiles {
    grid: BlockGrid,
    changed: Vec<Revision>,
}

impl Mark {
    /// The changes of parts, the latest first.
    fn recent(&self) -> impl Iterator<Item = &Change> {
        std::iter::successors(self.recent.as_deref(), |change| change.older.as_deref())
    }

    /// The revision of the last change of any part of `roi`.
    #[inline]
    pub(crate) fn stamp(&self, roi: &Roi) -> Revision {
        if let Some(change) = self.recent().find(|change| change.roi.intersects(roi)) {
            return change.revision;
        }
        self.tiles
            .as_deref()
            .map_or(self.base, |tiles| tiles.stamp(roi).max(self.base))
    }

    /// The revision of the last change of any part.
    pub(crate) fn latest(&self) -> Revision {
        self.recent.as_ref().map_or(self.base, |change| change.revision)
    }

    /// Remembers that `dirt` changed in `revision`, the greatest so far, of data that is as `meta` says.
    pub(crate) fn add(&mut self, dirt: &Dirt, revision: Revision, meta: Option<&Meta>) {
        match (dirt.parts(), meta) {
            (Parts::Some(rois), Some(meta)) => {
                rois.iter().for_each(|roi| self.push(Arc::new(*roi), revision, meta));
            }
            (Parts::One(roi), Some(meta)) => self.push(Arc::clone(roi), revision, meta),
            (Parts::Some([]), None) => {}
            (Parts::All, _) | (_, None) => {
                *self = Self {
                    base: revision,
                    ..Self::default()
                };
            }
        }
    }

    fn push(&mut self, roi: Arc<Roi>, revision: Revision, meta: &Meta) {
        if self.recent.as_ref().is_some_and(|change| change.count >= RECENT) {
            self.settle(meta);
        }
        let older = self.recent.take();
        let count = older.as_ref().map_or(0, |change| change.count) + 1;
        self.recent = Some(Arc::new(Change {
            roi,
            revision,
            older,
            count,
        }));
    }

    /// Moves the older half of the recent changes into tiles.
    fn settle(&mut self, meta: &Meta) {
        let Some(tiles) = self.tiles.take().or_else(|| Tiles::of(meta).map(Arc::new)) else {
            // Nothing to tell parts apart by: all of it changed.
            let base = self.latest();
            return *self = Self {
                base,
                ..Self::default()
            };
        };
        let mut tiles = tiles;
        let (young, old): (Vec<_>, Vec<_>) = {
            let mut changes: Vec<_> = self
                .recent()
                .map(|change| (Arc::clone(&change.roi), change.revision))
                .collect();
            let old = changes.split_off(RECENT as usize / 2);
            (changes, old)
        };
        let own = Arc::make_mut(&mut tiles);
        old.iter().rev().for_each(|(roi, revision)| own.note(roi, *revision));
        self.tiles = Some(tiles);
        self.recent = young
            .into_iter()
            .rev()
            .fold(None, |older: Option<Arc<Change>>, (roi, revision)| {
                let count = older.as_ref().map_or(0, |change| change.count) + 1;
                Some(Arc::new(Change {
                    roi,
                    revision,
                    older,
                    count,
                }))
            });
    }
}

impl Tiles {
    /// Tiles over an extent, none of which has changed.
    fn of(meta: &Meta) -> Option<Self> {
        let ideal = meta
            .ideal_block()
            .and_then(|block| BlockGrid::aligned(meta.roi(), block).ok());
        let grid = ideal.filter(|grid| grid.len() <= TILES).or_else(|| {
            let whole: Vec<_> = meta.shape().iter().map(|length| length.max(1)).collect();
            let whole = Shape::new(whole).ok()?;
            let tile = determine_block_shape(whole, whole.saturating_volume().div_ceil(TILES / 4)).ok()?;
            BlockGrid::aligned(meta.roi(), tile).ok()
        })?;
        // Long thin extents can have more tiles than were aimed at.
        (grid.len() <= 4 * TILES).then(|| Self {
            changed: vec![Revision::default(); grid.len()],
            grid,
        })
    }

    fn stamp(&self, roi: &Roi) -> Revision {
        let Ok(tiles) = self.grid.intersecting(roi) else {
            return Revision(u64::MAX);
        };
        tiles.map(|tile| self.changed[tile.number]).max().unwrap_or_default()
    }

    fn note(&mut self, roi: &Roi, revision: Revision) {
        let Ok(tiles) = self.grid.intersecting(roi) else { return };
        for tile in tiles {
            self.changed[tile.number] = self.changed[tile.number].max(revision);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;
    use crate::roi;

    fn meta(shape: [usize; 2]) -> Meta {
        Meta::new(shape.into(), DType::U8, "yx").unwrap()
    }

    fn last(changes: &[(Roi, u64)], probe: &Roi) -> u64 {
        changes
            .iter()
            .rev()
            .find(|(roi, _)| roi.intersects(probe))
            .map_or(0, |(_, last)| *last)
    }

    #[test]
    fn a_stamp_is_never_older_than_the_last_change_and_exact_while_changes_are_few() {
        let meta = meta([300, 5000]);
        let (mut mark, mut changes) = (Mark::default(), Vec::new());
        for revision in 1..=500_u64 {
            let at = (revision as usize * 37) % 4900;
            let roi = roi![0..5, at..at + 1 + revision as usize % 7];
            mark.add(&roi.into(), Revision(revision), Some(&meta));
            changes.push((roi, revision));
            for probe in (0..4900).step_by(11).map(|at| roi![2..3, at..at + 1]) {
                let (last, stamp) = (last(&changes, &probe), mark.stamp(&probe).0);
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
        mark.add(&Dirt::everything(), Revision(501), Some(&meta));
        assert_eq!(
            (mark.latest(), mark.stamp(&roi![0..1, 0..1])),
            (Revision(501), Revision(501))
        );
    }

    #[test]
    fn old_changes_are_exact_by_ideal_block() {
        let meta = meta([640, 640]).with_ideal_block([64, 64].into());
        let (mut mark, mut changes) = (Mark::default(), Vec::new());
        for revision in 1..=1000_u64 {
            let (y, x) = ((revision as usize * 71) % 600, (revision as usize * 113) % 600);
            let roi = roi![y..y + 20, x..x + 20];
            mark.add(&roi.into(), Revision(revision), Some(&meta));
            changes.push((roi, revision));
        }
        let blocks = BlockGrid::aligned(roi![0..640, 0..640], [64, 64]).unwrap();
        for block in blocks.iter() {
            assert_eq!(mark.stamp(&block.roi).0, last(&changes, &block.roi), "{}", block.roi);
        }
    }
}
