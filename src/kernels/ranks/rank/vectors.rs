//! Running a network on many windows at once.

use pulp::{Arch, Simd, WithSimd};

use super::network::{Keep, Network, Place, Step};
use super::window::{Window, flat, strides};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::filled;
use crate::kernels::ranks::order::{Key, WIDE, WithWide};
use crate::kernels::ranks::tiles::{Block, Work};

/// The elements of a segment, in pieces that a step works on: its columns are sorted, then its windows are looked at.
const SEGMENT: usize = 4;

/// How many results of comparisons, each for a piece, are made between two looks at the checkpoint.
const PATIENCE: usize = 1 << 12;

/// The rank of a footprint, by networks.
pub(super) struct Selection {
    pub(super) window: Window,
    pub(super) plan: Plan,
}

/// What runs for each window.
pub(super) enum Plan {
    /// Every element is an input.
    Windows(Network),
    /// Columns are sorted, and the windows made of them.
    Columns { sort: Network, select: Network },
}

impl Plan {
    pub(super) fn new(window: &Window, rank: usize, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let columns = window.columns();
        if columns > 1 {
            let each = window.offsets.len() / columns;
            return Ok(Self::Columns {
                sort: Network::sort(each),
                select: Network::select(columns, each, rank, checkpoint)?,
            });
        }
        let network = Network::select(window.offsets.len(), 1, rank, checkpoint)?;
        Ok(Self::Windows(network))
    }

    /// The bytes that running it takes beside a block of `shape`, of elements of `size` bytes.
    pub(super) fn bytes(&self, window: &Window, shape: &[usize], size: usize) -> usize {
        let (block, piece) = (shape.iter().product::<usize>(), WIDE / size);
        let step = window.sliding().map_or(0, |axis| strides(shape)[axis]);
        let (slots, columns) = match self {
            Self::Windows(network) => (network.slots, 0),
            Self::Columns { sort, select } => {
                let row = row_len(piece, window.columns(), step);
                (sort.slots.max(select.slots), sort.results.len() * row)
            }
        };
        (block + piece + slots * piece + columns) * size
    }

    /// Results of comparisons for each window.
    pub(super) fn cost(&self) -> usize {
        match self {
            Self::Windows(network) => network.cost(),
            Self::Columns { sort, select } => sort.cost() + sort.results.len() + select.cost(),
        }
    }
}

impl<K: Key> Work<K> for Selection {
    fn apply(&self, block: Block<K>, checkpoint: &Checkpoint) -> Result<Block<K>, Error> {
        K::with_wide(Start {
            work: self,
            block,
            checkpoint,
        })
    }
}

struct Start<'a, K> {
    work: &'a Selection,
    block: Block<K>,
    checkpoint: &'a Checkpoint,
}

impl<K: Key> WithWide for Start<'_, K> {
    type Output = Result<Block<K>, Error>;

    fn run<const C: usize>(self) -> Self::Output {
        Run::<K, C>::new(self.work, self.block, self.checkpoint)?.all(self.checkpoint)
    }
}

/// A block on its way, with the memory in between; steps work on `C` windows at once.
struct Run<'a, K, const C: usize> {
    work: &'a Selection,
    block: Block<K>,
    /// Where the elements of a window, or of a column, lie behind its first.
    offsets: Vec<usize>,
    /// How far columns are apart.
    step: usize,
    slots: Vec<[K; C]>,
    /// Sorted columns: their elements by rank, each rank as a row.
    columns: Vec<K>,
    out: Vec<K>,
    arch: Arch,
}

impl<'a, K: Key, const C: usize> Run<'a, K, C> {
    fn new(work: &'a Selection, mut block: Block<K>, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let strides = strides(&block.shape);
        let mut offsets = flat(&work.window.offsets, &strides, checkpoint)?;
        let step = work.window.sliding().map_or(0, |axis| strides[axis]);
        let (mut slots, mut rows) = (0, 0);
        match &work.plan {
            Plan::Windows(network) => slots = network.slots,
            Plan::Columns { sort, select } => {
                // Those of the first column come first.
                offsets.truncate(sort.results.len());
                (slots, rows) = (slots.max(sort.slots).max(select.slots), sort.results.len());
            }
        }
        let row = row_len(C, work.window.columns(), step);
        // The last pieces reach beyond the last element, as far as there is room.
        let len = block.data.len();
        block.data.resize(len + C, K::default());
        Ok(Self {
            work,
            offsets,
            step,
            slots: vec![[K::default(); C]; slots],
            columns: filled(rows * row, K::default(), checkpoint)?,
            out: filled(len + C, K::default(), checkpoint)?,
            block,
            arch: Arch::new(),
        })
    }

    /// All windows: in runs that are as long as no axis with a halo, but the last two of them, ends.
    fn all(mut self, checkpoint: &Checkpoint) -> Result<Block<K>, Error> {
        let window = &self.work.window;
        let strides = strides(&self.block.shape);
        let outer = window.sliding().map_or(0, |axis| axis.saturating_sub(1));
        let lens: Vec<_> = self
            .block
            .shape
            .iter()
            .zip(&window.halo)
            .map(|(len, halo)| len - 2 * halo)
            .collect();
        let last = |axes: std::ops::Range<usize>| axes.map(|axis| (lens[axis] - 1) * strides[axis]).sum::<usize>();
        let run = last(outer..lens.len()) + 1;
        let runs: usize = lens[..outer].iter().product();
        let patience = (PATIENCE / self.work.plan.cost().max(1)).max(1) * C;
        let mut since = 0;
        for nth in 0..runs {
            let mut rest = nth;
            let mut start = 0;
            for axis in (0..outer).rev() {
                start += rest % lens[axis] * strides[axis];
                rest /= lens[axis];
            }
            for at in (start..start + run).step_by(SEGMENT * C) {
                let len = (start + run - at).min(SEGMENT * C);
                let arch = self.arch;
                arch.dispatch(Segment {
                    run: &mut self,
                    at,
                    len,
                });
                since += len;
                if since >= patience {
                    checkpoint.check()?;
                    since = 0;
                }
            }
        }
        Ok(Block {
            data: self.out,
            shape: self.block.shape,
        })
    }

    /// The windows that begin at the `len` elements from `start` on.
    #[inline(always)]
    fn segment(&mut self, start: usize, len: usize) {
        let (data, out) = (&self.block.data, &mut self.out);
        let end = start + len;
        match &self.work.plan {
            Plan::Windows(network) => {
                for at in (start..end).step_by(C) {
                    let input = |nth: usize| chunk::<K, C>(data, at + self.offsets[nth]);
                    run(network, &input, &mut self.slots);
                    write(result(network, 0, &input, &self.slots), &mut out[at..end.min(at + C)]);
                }
            }
            Plan::Columns { sort, select } => {
                let each = sort.results.len();
                let row = self.columns.len() / each;
                let reach = len + (self.work.window.columns() - 1) * self.step;
                for at in (0..reach).step_by(C) {
                    let input = |nth: usize| chunk::<K, C>(data, start + at + self.offsets[nth]);
                    run(sort, &input, &mut self.slots);
                    for nth in 0..each {
                        write(
                            result(sort, nth, &input, &self.slots),
                            &mut self.columns[nth * row + at..][..C],
                        );
                    }
                }
                for at in (0..len).step_by(C) {
                    let input =
                        |nth: usize| chunk::<K, C>(&self.columns, nth % each * row + nth / each * self.step + at);
                    run(select, &input, &mut self.slots);
                    write(
                        result(select, 0, &input, &self.slots),
                        &mut out[start + at..end.min(start + at + C)],
                    );
                }
            }
        }
    }
}

/// A segment, compiled for each set of instructions: what is not inlined there is not compiled for it.
struct Segment<'r, 'a, K, const C: usize> {
    run: &'r mut Run<'a, K, C>,
    at: usize,
    len: usize,
}

impl<K: Key, const C: usize> WithSimd for Segment<'_, '_, K, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.run.segment(self.at, self.len);
    }
}

/// The elements of one rank in the columns of a segment, with the pieces at its end.
fn row_len(piece: usize, columns: usize, step: usize) -> usize {
    SEGMENT * piece + (columns * step).next_multiple_of(piece) + piece
}

#[inline(always)]
fn chunk<K, const C: usize>(data: &[K], at: usize) -> &[K; C] {
    data[at..]
        .first_chunk()
        .expect("invariant: there is room behind the last element")
}

#[inline(always)]
fn write<K: Key, const C: usize>(from: &[K; C], to: &mut [K]) {
    to.copy_from_slice(&from[..to.len()]);
}

#[inline(always)]
fn result<'a, K: Key, const C: usize>(
    network: &Network,
    nth: usize,
    input: &impl Fn(usize) -> &'a [K; C],
    slots: &'a [[K; C]],
) -> &'a [K; C] {
    match network.results[nth] {
        Place::Input(nth) => input(nth),
        Place::Slot(nth) => &slots[nth],
    }
}

/// Runs all steps.
#[inline(always)]
fn run<'a, K: Key, const C: usize>(network: &Network, input: &impl Fn(usize) -> &'a [K; C], slots: &mut [[K; C]]) {
    for Step { of, keep } in &network.steps {
        match (*of, *keep) {
            ([Place::Input(a), Place::Input(b)], Keep::Less(to)) => less(input(a), input(b), &mut slots[to]),
            ([Place::Input(a), Place::Input(b)], Keep::Greater(to)) => greater(input(a), input(b), &mut slots[to]),
            ([Place::Input(a), Place::Input(b)], Keep::Both { less, greater }) => {
                let [low, high] = distinct(slots, [less, greater]);
                both(input(a), input(b), low, high);
            }
            ([Place::Input(a), Place::Slot(b)], Keep::Less(to)) => {
                let [b, to] = distinct(slots, [b, to]);
                less(input(a), b, to);
            }
            ([Place::Input(a), Place::Slot(b)], Keep::Greater(to)) => {
                let [b, to] = distinct(slots, [b, to]);
                greater(input(a), b, to);
            }
            ([Place::Input(a), Place::Slot(b)], Keep::Both { less, greater }) => {
                let [b, low, high] = distinct(slots, [b, less, greater]);
                both(input(a), b, low, high);
            }
            ([Place::Slot(a), Place::Slot(b) | Place::Input(b)], Keep::Less(to)) => {
                let [a, b, to] = distinct(slots, [a, b, to]);
                less(a, b, to);
            }
            ([Place::Slot(a), Place::Slot(b) | Place::Input(b)], Keep::Greater(to)) => {
                let [a, b, to] = distinct(slots, [a, b, to]);
                greater(a, b, to);
            }
            ([Place::Slot(a), Place::Slot(b) | Place::Input(b)], Keep::Both { less, greater }) => {
                let [a, b, low, high] = distinct(slots, [a, b, less, greater]);
                both(a, b, low, high);
            }
        }
    }
}

#[inline(always)]
fn distinct<T, const N: usize>(slots: &mut [T], places: [usize; N]) -> [&mut T; N] {
    slots
        .get_disjoint_mut(places)
        .expect("invariant: a step writes to slots that it does not read")
}

#[inline(always)]
fn less<K: Key, const C: usize>(a: &[K; C], b: &[K; C], to: &mut [K; C]) {
    for i in 0..C {
        to[i] = a[i].min(b[i]);
    }
}

#[inline(always)]
fn greater<K: Key, const C: usize>(a: &[K; C], b: &[K; C], to: &mut [K; C]) {
    for i in 0..C {
        to[i] = a[i].max(b[i]);
    }
}

#[inline(always)]
fn both<K: Key, const C: usize>(a: &[K; C], b: &[K; C], less: &mut [K; C], greater: &mut [K; C]) {
    for i in 0..C {
        (less[i], greater[i]) = (a[i].min(b[i]), a[i].max(b[i]));
    }
}
