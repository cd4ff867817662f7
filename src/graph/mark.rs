//! When each part of a slot's data was last changed.

use crate::graph::dirt::{Dirt, Parts};
use crate::graph::id::Revision;
use crate::graph::meta::Meta;
use crate::roi::{BlockGrid, MAX_AXES, Roi, Shape, determine_block_shape};
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
    /// Those before, of which all go into tiles at once.
    previous: Option<Arc<Change>>,
    /// Those before.
    tiles: Option<Arc<Tiles>>,
}

struct Change {
    roi: Arc<Roi>,
    revision: Revision,
    older: Option<Arc<Change>>,
    /// How many there are, with this one.
    count: u32,
}

/// How many changes are kept as they were, and as many again before they go into tiles.
const RECENT: u32 = 16;

/// How many tiles there may be: those of the ideal block if they are no more than this, else about a quarter as many.
const TILES: usize = 4096;

#[derive(Clone)]
struct Tiles {
    grid: BlockGrid,
    changed: Vec<Revision>,
}

impl Mark {
    /// The changes that are kept as they were, the latest first.
    fn changes(&self) -> impl Iterator<Item = &Change> {
        all(&self.recent).chain(all(&self.previous))
    }

    /// The revision of the last change of any part of `roi`.
    #[inline]
    pub(crate) fn stamp(&self, roi: &Roi) -> Revision {
        if let Some(change) = self.changes().find(|change| change.roi.intersects(roi)) {
            return change.revision;
        }
        self.tiles
            .as_deref()
            .map_or(self.base, |tiles| tiles.stamp(roi).max(self.base))
    }

    /// What changed in `revision`; of old changes the tiles that they touched.
    pub(crate) fn changed_in(&self, revision: Revision) -> Dirt {
        if self.base == revision {
            return Dirt::everything();
        }
        let recent = self.changes().filter(|change| change.revision == revision);
        let recent = recent.map(|change| *change.roi);
        let old = self.tiles.iter().flat_map(|tiles| {
            let tiles = tiles.grid.iter().zip(&tiles.changed);
            let hit = tiles.filter(|(_, changed)| **changed == revision);
            hit.map(|(tile, _)| tile.roi)
        });
        recent.chain(old).collect()
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

    /// Makes room for recent changes: those before them go into tiles.
    fn settle(&mut self, meta: &Meta) {
        if let Some(previous) = self.previous.take() {
            match self.tiles.take().or_else(|| Tiles::of(meta).map(Arc::new)) {
                Some(mut tiles) => {
                    let own = Arc::make_mut(&mut tiles);
                    // The oldest last, where only the greatest counts anyway.
                    all(&Some(previous)).for_each(|change| own.note(&change.roi, change.revision));
                    self.tiles = Some(tiles);
                }
                // Nothing to tell parts apart by: all of it changed.
                None => self.base = previous.revision,
            }
        }
        self.previous = self.recent.take();
    }
}

/// The latest first.
fn all(changes: &Option<Arc<Change>>) -> impl Iterator<Item = &Change> {
    std::iter::successors(changes.as_deref(), |change| change.older.as_deref())
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

    /// The last change of a tile that `roi` touches; of any, if it has other axes: whoever asks with those is refused, but
    /// later.
    fn stamp(&self, roi: &Roi) -> Revision {
        if roi.rank() != self.grid.counts().rank() {
            return self.changed.iter().copied().max().unwrap_or_default();
        }
        let mut latest = Revision::default();
        self.each(roi, |tile| latest = latest.max(self.changed[tile]));
        latest
    }

    fn note(&mut self, roi: &Roi, revision: Revision) {
        let mut changed = std::mem::take(&mut self.changed);
        self.each(roi, |tile| changed[tile] = changed[tile].max(revision));
        self.changed = changed;
    }

    /// Calls `f` with the place of each tile that `roi`, of as many axes, touches. Where a place is all that is asked for, this is an order
    /// of magnitude quicker than the grid's own iterator, which makes a region of each.
    fn each(&self, roi: &Roi, mut f: impl FnMut(usize)) {
        let (counts, block) = (self.grid.counts(), self.grid.block_shape());
        let rank = counts.rank();
        let mut first = [0; MAX_AXES];
        let mut last = [0; MAX_AXES];
        for axis in 0..rank {
            let range = roi.range(axis);
            if range.is_empty() || counts[axis] == 0 {
                return;
            }
            first[axis] = (range.start / block[axis]).min(counts[axis] - 1);
            last[axis] = ((range.end - 1) / block[axis]).min(counts[axis] - 1);
        }
        let mut at = first;
        loop {
            f((0..rank).fold(0, |place, axis| place * counts[axis] + at[axis]));
            // The last axis is the fastest.
            let Some(axis) = (0..rank).rev().find(|&axis| at[axis] < last[axis]) else {
                return;
            };
            at[axis] += 1;
            at[axis + 1..rank].copy_from_slice(&first[axis + 1..rank]);
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
    fn g15_g17_g19_a_stamp_is_never_older_than_the_last_change_and_exact_while_changes_are_few() {
        let meta = meta([300, 5000]);
        let (mut mark, mut changes) = (Mark::default(), Vec::new());
        for revision in 1..=500_u64 {
            let at = (revision as usize * 37) % 4900;
            let roi = roi![0..5, at..at + 1 + revision as usize % 7];
            mark.add(&roi.into(), Revision(revision), Some(&meta));
            changes.push((roi, revision));
            assert_eq!(mark.changed_in(Revision(revision)), roi.into());
            for probe in (0..4900).step_by(97).map(|at| roi![2..3, at..at + 1]) {
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
        assert_eq!(mark.stamp(&roi![0..1, 0..1]), Revision(501));
        assert!(mark.changed_in(Revision(501)).is_everything());
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
