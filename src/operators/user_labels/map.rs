//! Blocks of labels that are shared between the revisions in which they do not differ.

use std::collections::BTreeMap;
use std::fmt;

use ndarray::{ArrayD, ArrayViewD, Axis, Slice};

use crate::array::{Array, Axes, BufferPool};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::SlotType;
use crate::operators::cache::{Packed, Packing};
use crate::roi::{BlockGrid, Roi, Shape};
use crate::sync::Arc;

/// How many block numbers share a page: what one stroke copies, against how many pages a map counts.
const PAGE: usize = 64;

/// Where labels can be.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Extent {
    pub(super) axes: Axes,
    pub(super) grid: BlockGrid,
}

impl Extent {
    pub(super) fn shape(&self) -> Shape {
        self.grid.extent().shape()
    }
}

/// All labels of one revision. A clone shares everything.
#[derive(Clone, Default)]
pub(super) struct LabelMap(Arc<Inner>);

#[derive(Clone, Default)]
struct Inner {
    /// Known as long as there are labels.
    extent: Option<Extent>,
    pages: BTreeMap<usize, Arc<Page>>,
}

type Page = BTreeMap<usize, Arc<Block>>;

/// A block with at least one label.
pub(super) struct Block {
    packed: Packed,
    /// Which labels occur in it.
    labels: LabelSet,
}

/// A map that follows from another, and where they differ.
pub(super) struct Changed {
    pub(super) map: LabelMap,
    /// For each block that differs, the smallest box around the points that do.
    pub(super) regions: Vec<Roi>,
}

impl Block {
    pub(super) fn unpack(&self, checkpoint: &Checkpoint) -> Result<Array, Error> {
        self.packed.unpack(checkpoint)
    }

    pub(super) fn unpack_in(&self, buffers: &Arc<BufferPool>, checkpoint: &Checkpoint) -> Result<Array, Error> {
        self.packed.unpack_in(buffers, checkpoint)
    }

    pub(super) fn nbytes(&self) -> u64 {
        self.packed.nbytes() + size_of::<Self>() as u64
    }
}

impl LabelMap {
    /// Where its labels are, if there are any.
    pub(super) fn extent(&self) -> Option<&Extent> {
        self.0.extent.as_ref()
    }

    fn get(&self, number: usize) -> Option<&Arc<Block>> {
        self.0.pages.get(&(number / PAGE))?.get(&number)
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &Arc<Block>)> {
        let pages = self.0.pages.values().flat_map(|page| page.iter());
        pages.map(|(number, block)| (*number, block))
    }

    /// The regions of its blocks, in the order of their numbers.
    pub(super) fn regions(&self) -> Vec<Roi> {
        let Some(extent) = self.extent() else { return Vec::new() };
        self.iter()
            .filter_map(|(number, _)| extent.grid.block(number))
            .collect()
    }

    /// The blocks that touch a region.
    pub(super) fn touching(&self, roi: &Roi) -> Result<Vec<(Roi, Arc<Block>)>, Error> {
        let Some(extent) = self.extent() else {
            return Ok(Vec::new());
        };
        let count: usize = self.0.pages.values().map(|page| page.len()).sum();
        let asked = extent.grid.intersecting(roi)?;
        // Through what there is, or through what is asked: either can be any number.
        if asked.len() < count {
            let found = asked.filter_map(|block| Some((block.roi, Arc::clone(self.get(block.number)?))));
            return Ok(found.collect());
        }
        let all = self
            .iter()
            .filter_map(|(number, block)| Some((extent.grid.block(number)?, block)));
        let found = all.filter(|(own, _)| own.intersects(roi));
        Ok(found.map(|(own, block)| (own, Arc::clone(block))).collect())
    }

    /// The greatest label in it; 0 if there is none.
    pub(super) fn greatest(&self) -> u8 {
        self.iter().map(|(_, block)| block.labels.greatest()).max().unwrap_or(0)
    }

    /// Writes `strokes` over `roi`: 0 keeps what is there, `eraser` takes it away, every other number is a label.
    pub(super) fn paint(&self, extent: &Extent, roi: &Roi, strokes: &Array, eraser: u8) -> Result<Changed, Error> {
        let mut draft = Draft::of(self, extent);
        for block in extent.grid.intersecting(roi)? {
            let Some(part) = block.roi.intersection(roi) else {
                continue;
            };
            let new = strokes.slice(&part.relative_to(roi)?)?;
            let new = new.view::<u8>()?;
            if new.iter().all(|stroke| *stroke == 0) {
                continue;
            }
            let stroke = |old: u8, new: u8| match new {
                0 => old,
                new if new == eraser => 0,
                new => new,
            };
            draft.change(block.number, block.roi, part, Some(new), stroke)?;
        }
        Ok(draft.finish())
    }

    /// Puts `table[label]` in the place of every label.
    pub(super) fn replace(&self, table: &[u8; 256]) -> Result<Changed, Error> {
        let Some(extent) = self.extent() else {
            return Ok(Changed {
                map: self.clone(),
                regions: Vec::new(),
            });
        };
        let moved = LabelSet::of((1..=u8::MAX).filter(|label| table[usize::from(*label)] != *label));
        let mut draft = Draft::of(self, extent);
        for (number, block) in self.iter().filter(|(_, block)| block.labels.intersects(&moved)) {
            let Some(roi) = extent.grid.block(number) else { continue };
            let _ = block;
            draft.change(number, roi, roi, None, |old, _| table[usize::from(old)])?;
        }
        Ok(draft.finish())
    }
}

/// A map in the making.
struct Draft {
    extent: Extent,
    inner: Inner,
    regions: Vec<Roi>,
}

impl Draft {
    fn of(map: &LabelMap, extent: &Extent) -> Self {
        Self {
            extent: *extent,
            inner: Inner::clone(&map.0),
            regions: Vec::new(),
        }
    }

    /// Puts `f(old, new)` in the place of each element of `part` of a block; without `new`, of `f(old, 0)`.
    fn change(
        &mut self,
        number: usize,
        roi: Roi,
        part: Roi,
        new: Option<ArrayViewD<'_, u8>>,
        f: impl Fn(u8, u8) -> u8,
    ) -> Result<(), Error> {
        let old = self
            .inner
            .pages
            .get(&(number / PAGE))
            .and_then(|page| page.get(&number));
        let mut labels: ArrayD<u8> = match old {
            Some(block) => block.unpack(&Checkpoint::never())?.into_ndarray::<u8>()?.into_owned(),
            None => crate::array::zeros(roi.shape().as_slice())?,
        };
        let Some(changed) = apply(&mut labels, &part.relative_to(&roi)?, new, f) else {
            return Ok(());
        };
        self.regions.push(changed.absolute_in(&roi)?);
        let set = LabelSet::of(labels.iter().copied());
        let page = Arc::make_mut(self.inner.pages.entry(number / PAGE).or_default());
        match set.is_empty() {
            true => page.remove(&number),
            false => {
                let packed =
                    Packing::Lz4.pack(&Array::from_ndarray(self.extent.axes, labels)?, &Checkpoint::never())?;
                page.insert(number, Arc::new(Block { packed, labels: set }))
            }
        };
        if page.is_empty() {
            self.inner.pages.remove(&(number / PAGE));
        }
        Ok(())
    }

    fn finish(mut self) -> Changed {
        self.inner.extent = (!self.inner.pages.is_empty()).then_some(self.extent);
        Changed {
            map: LabelMap(Arc::new(self.inner)),
            regions: self.regions,
        }
    }
}

/// Puts `f(old, new)` in the place of each element within `part`, row by row. Returns the smallest box around those that
/// changed, if any did.
fn apply(
    labels: &mut ArrayD<u8>,
    part: &Roi,
    new: Option<ArrayViewD<'_, u8>>,
    f: impl Fn(u8, u8) -> u8,
) -> Option<Roi> {
    let mut window = labels.view_mut();
    for (axis, range) in part.ranges().enumerate() {
        window.slice_axis_inplace(Axis(axis), Slice::from(range));
    }
    let mut new_rows = new.as_ref().map(|new| new.rows().into_iter());
    let mut place = Place::start(part);
    let mut changed: Option<Roi> = None;
    for mut old in window.rows_mut() {
        let new = new_rows.as_mut().and_then(Iterator::next);
        let mut span: Option<(usize, usize)> = None;
        for (at, old) in old.iter_mut().enumerate() {
            let value = f(*old, new.as_ref().map_or(0, |new| new[at]));
            if value != *old {
                *old = value;
                span = Some((span.map_or(at, |(first, _)| first), at + 1));
            }
        }
        if let Some((first, last)) = span {
            let here = place.row(part, first, last);
            changed = Some(changed.map_or(here, |all| all.bounding_box(&here).unwrap_or(all)));
        }
        place.next(part);
    }
    changed
}

/// Which row of a region, its last axis being the rows'.
struct Place(Vec<usize>);

impl Place {
    fn start(part: &Roi) -> Self {
        Self(part.start().to_vec())
    }

    fn row(&self, part: &Roi, first: usize, last: usize) -> Roi {
        let rows = part.rank().saturating_sub(1);
        let ranges = (0..part.rank()).map(|axis| match axis == rows {
            true => part.start()[axis] + first..part.start()[axis] + last,
            false => self.0[axis]..self.0[axis] + 1,
        });
        Roi::from_ranges(ranges).unwrap_or(*part)
    }

    fn next(&mut self, part: &Roi) {
        for axis in (0..part.rank().saturating_sub(1)).rev() {
            self.0[axis] += 1;
            if self.0[axis] < part.stop()[axis] {
                return;
            }
            self.0[axis] = part.start()[axis];
        }
    }
}

/// A set of labels, without 0.
#[derive(Clone, Copy, Default, PartialEq)]
struct LabelSet([u64; 4]);

impl LabelSet {
    fn of(labels: impl Iterator<Item = u8>) -> Self {
        let mut seen = [false; 256];
        labels.for_each(|label| seen[usize::from(label)] = true);
        let mut set = Self::default();
        for label in (1..256).filter(|label| seen[*label]) {
            set.0[label / 64] |= 1 << (label % 64);
        }
        set
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn intersects(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).any(|(own, other)| own & other != 0)
    }

    fn greatest(&self) -> u8 {
        let word = (0..4_u8).rev().find(|word| self.0[usize::from(*word)] != 0);
        word.map_or(0, |word| {
            word * 64 + 63 - self.0[usize::from(word)].leading_zeros() as u8
        })
    }
}

impl SlotType for LabelMap {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for LabelMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} blocks of labels", self.iter().count())
    }
}
