//! Which part of a buffer an array shows, and in what order of axes.

use ndarray::{ArcArray, ArrayBase, ArrayViewD, ArrayViewMutD, Axis, IxDyn, RawData, Slice};

use crate::array::MAX_AXES;

/// In [`Window::source`]: the axis is not one of the buffer's.
const NEW: u8 = u8::MAX;

/// The most axes on the way from a buffer to what is shown: all of the buffer's and as many new ones.
const MOST: usize = 2 * MAX_AXES;

/// A part of a buffer, whose axes can stand in another order, be left out at one place, or be joined by new ones.
///
/// The array's own axes are those *shown*; each is an axis of the buffer or a *new* one, along which everything repeats. Kept
/// beside the buffer instead of in ndarray's own shape and strides, which take two allocations from five axes on: making
/// and copying a window takes none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// The length of each axis shown; 0 behind the last.
    shape: [usize; MAX_AXES],
    /// For each axis of the buffer, the first place shown.
    start: [usize; MAX_AXES],
    /// For each axis shown, which of the buffer's it is; `NEW` behind the last.
    source: [u8; MAX_AXES],
    rank: u8,
}

impl Window {
    /// All of a buffer of `shape`.
    pub(super) fn whole(shape: &[usize]) -> Self {
        let mut window = Self::repeated(shape);
        for axis in 0..shape.len() {
            window.source[axis] = axis as u8;
        }
        window
    }

    /// A buffer without axes, its one element everywhere in `shape`.
    pub(super) fn repeated(shape: &[usize]) -> Self {
        let mut window = Self {
            shape: [0; MAX_AXES],
            start: [0; MAX_AXES],
            source: [NEW; MAX_AXES],
            rank: shape.len() as u8,
        };
        window.shape[..shape.len()].copy_from_slice(shape);
        window
    }

    /// The length of each axis shown.
    #[inline]
    pub(super) fn shape(&self) -> &[usize] {
        &self.shape[..usize::from(self.rank)]
    }

    /// Shows `len` places of `axis` from `start` on, of those shown now.
    #[inline]
    pub(super) fn narrow(&mut self, axis: usize, start: usize, len: usize) {
        self.shape[axis] = len;
        if self.source[axis] != NEW {
            self.start[usize::from(self.source[axis])] += start;
        }
    }

    /// The axes in another order: for each axis then, which it is now, or `None` for a new one of length 1. Those that do
    /// not occur are left out, at the first place shown.
    pub(super) fn arrange(&self, order: impl Iterator<Item = Option<usize>>) -> Self {
        let mut window = Self {
            start: self.start,
            ..Self::repeated(&[])
        };
        for own in order {
            let axis = usize::from(window.rank);
            window.shape[axis] = own.map_or(1, |own| self.shape[own]);
            window.source[axis] = own.map_or(NEW, |own| self.source[own]);
            window.rank += 1;
        }
        window
    }

    /// Whether elements of the buffer are shown more than once, or not at all for want of length of a new axis.
    pub(super) fn repeats(&self) -> bool {
        self.new_lengths().any(|length| length != 1)
    }

    /// Whether `axis` is a new one.
    pub(super) fn is_new(&self, axis: usize) -> bool {
        self.source[axis] == NEW
    }

    fn new_lengths(&self) -> impl Iterator<Item = usize> + '_ {
        let axes = self.shape().iter().zip(&self.source);
        axes.filter(|(_, source)| **source == NEW).map(|(length, _)| *length)
    }

    /// Takes the new axes off: the window without them, and the window that puts them back on a buffer that is as large as
    /// what the first shows.
    pub(super) fn split(&self) -> (Self, Self) {
        let rank = self.shape().len();
        let core = self.arrange((0..rank).filter(|axis| !self.is_new(*axis)).map(Some));
        let mut rest = Self::repeated(self.shape());
        let mut next = 0;
        for axis in 0..rank {
            if !self.is_new(axis) {
                rest.source[axis] = next;
                next += 1;
            }
        }
        (core, rest)
    }

    /// Whether the axes shown are those of a buffer of `rank` axes, as they are.
    #[inline]
    fn in_order(&self, rank: usize) -> bool {
        let axes = self.source.iter().take(rank).zip(0..);
        self.shape().len() == rank && axes.into_iter().all(|(own, axis)| *own == axis)
    }

    /// What the window shows of `base`.
    #[inline]
    pub(super) fn view<'a, T>(&self, base: &'a ArcArray<T, IxDyn>) -> ArrayViewD<'a, T> {
        if self.in_order(base.ndim()) {
            return self.cut(base.view(), 0);
        }
        if !self.repeats() {
            return self.through(base.view());
        }
        let lengths: Vec<_> = self.new_lengths().chain(base.shape().iter().copied()).collect();
        let repeated = base.broadcast(IxDyn(&lengths));
        self.trim(repeated.expect("invariant: the number of elements was checked"))
    }

    /// What the window shows of `base`, to be written to. Nothing [repeats](Self::repeats).
    pub(super) fn view_mut<'a, T: Clone>(&self, base: &'a mut ArcArray<T, IxDyn>) -> ArrayViewMutD<'a, T> {
        self.through(base.view_mut())
    }

    /// What the window shows of `base`. Nothing [repeats](Self::repeats).
    pub(super) fn through<S: RawData>(&self, mut base: ArrayBase<S, IxDyn>) -> ArrayBase<S, IxDyn> {
        if self.in_order(base.ndim()) {
            return self.cut(base, 0);
        }
        for _ in self.new_lengths() {
            base = base.insert_axis(Axis(0));
        }
        self.trim(base)
    }

    /// What the window shows of `base`, whose first axes are the new ones, complete.
    fn trim<S: RawData>(&self, base: ArrayBase<S, IxDyn>) -> ArrayBase<S, IxDyn> {
        let new = self.new_lengths().count();
        let mut base = self.cut(base, new);
        let mut place: [usize; MOST] = std::array::from_fn(|axis| axis);
        let mut next = 0..new;
        for (axis, source) in self.source.iter().enumerate().take(self.shape().len()) {
            let wanted = match *source {
                NEW => next.next().expect("invariant: counted above"),
                source => new + usize::from(source),
            };
            let ahead = place[axis..].iter().position(|axis| *axis == wanted);
            let at = axis + ahead.expect("invariant: each axis is shown once");
            base.swap_axes(axis, at);
            place.swap(axis, at);
        }
        while base.ndim() > self.shape().len() {
            let last = Axis(base.ndim() - 1);
            base = base.index_axis_move(last, 0);
        }
        base
    }

    /// `base`, whose first `new` axes are new ones, with the places that are shown, one of each axis that is left out.
    #[inline]
    fn cut<S: RawData>(&self, mut base: ArrayBase<S, IxDyn>, new: usize) -> ArrayBase<S, IxDyn> {
        let mut lengths = [1; MAX_AXES];
        for (length, source) in self.shape().iter().zip(&self.source) {
            if *source != NEW {
                lengths[usize::from(*source)] = *length;
            }
        }
        for axis in new..base.ndim() {
            let (start, length) = (self.start[axis - new], lengths[axis - new]);
            if length != base.shape()[axis] {
                base.slice_axis_inplace(Axis(axis), Slice::from(start..start + length));
            }
        }
        base
    }
}
