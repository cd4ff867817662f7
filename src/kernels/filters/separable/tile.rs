//! One tile on its way through all passes.

use std::array::from_fn;

use ndarray::{ArrayBase, ArrayD, ArrayViewMut4, Axis, Ix4, IxDyn, RawData};

use super::fir::BLOCK;
use super::results::Results;
use super::sink::Sink;
use super::source::Rows;
use super::sweep::{Layout, Place, Sweep};
use super::tensor::Tensor;
use super::{Job, Outputs};
use crate::array::{Element, MAX_AXES};
use crate::error::Error;
use crate::kernels::memory::zeros;

/// How many lines of the first-level cache can have the same place, and how far such lines are apart, in bytes: halved,
/// since a row seldom begins with a line.
const CACHE_WAYS: usize = 8;
const CACHE_PERIOD: usize = 2048;

/// The results of a tile, each by depth, height, row and inner axis; `None` for one that nobody wants.
type Parts<'a> = Vec<Option<ArrayViewMut4<'a, f32>>>;

impl<T: Element> Job<'_, T> {
    /// Computes the tile of the results that begins at `start` and goes to `out`.
    pub(super) fn tile(&self, start: [usize; MAX_AXES], out: Outputs<'_>) -> Result<(), Error> {
        let contiguous = out
            .iter()
            .flatten()
            .all(|out| self.shapes.plan.rows_are_contiguous(out));
        let mut out: Parts<'_> = out
            .into_iter()
            .map(|out| out.map(|out| self.by_part(out, &[0; MAX_AXES])))
            .collect();
        let Some(shape) = out.iter().flatten().map(|out| out.raw_dim()).next() else {
            return Ok(());
        };
        let place = self.place(&start, [0, 1, 2].map(|part| shape[part]), shape[3]);
        if contiguous {
            return self.stream(
                &start,
                place,
                out.iter_mut().map(|out| out.as_mut().map(rows)).collect(),
            );
        }
        let checkpoint = self.loops.checkpoint;
        let compact =
            |out: &Option<ArrayViewMut4<'_, f32>>| out.as_ref().map(|out| zeros(out.shape(), checkpoint)).transpose();
        let mut compact: Vec<_> = out.iter().map(compact).collect::<Result<_, Error>>()?;
        let views = compact.iter_mut().map(|compact| compact.as_mut().map(view4));
        let mut views: Parts<'_> = views.collect();
        self.stream(
            &start,
            place,
            views.iter_mut().map(|out| out.as_mut().map(rows)).collect(),
        )?;
        for (out, compact) in out.iter_mut().flatten().zip(compact.iter().flatten()) {
            for (mut out, compact) in out.outer_iter_mut().zip(compact.outer_iter()) {
                for (mut out, compact) in out.outer_iter_mut().zip(compact.outer_iter()) {
                    checkpoint.check()?;
                    out.assign(&compact);
                }
            }
        }
        Ok(())
    }

    /// The tile at `start` of so many depths, heights and columns.
    fn place(&self, start: &[usize; MAX_AXES], [depths, heights, columns]: [usize; 3], inner: usize) -> Place {
        let at = |part: Option<usize>| part.map_or(0, |axis| start[axis]);
        let plan = &self.shapes.plan;
        Place {
            depth: at(plan.depth)..at(plan.depth) + depths,
            height: at(plan.height)..at(plan.height) + heights,
            row: start[plan.row]..start[plan.row] + columns,
            inner,
        }
    }

    /// Computes the rows of a tile, those of each result by height and depth.
    fn stream(&self, start: &[usize; MAX_AXES], place: Place, out: Vec<Option<Vec<&mut [f32]>>>) -> Result<(), Error> {
        let input = self.by_part(self.input.view(), start);
        let len = from_fn(|part| input.shape()[part]);
        let features = &self.shapes.features;
        let Some(tensor) = &self.shapes.tensor else {
            let results = Results::new(self.loops, features, out, &place)?;
            return self.sweep(start, place, len, results);
        };
        let known = place.reach(tensor.passes.radii(), len);
        let mut others = out;
        let own = others.split_off(features.iter().map(|feature| feature.combine.results()).sum());
        let others = Results::within(self.loops, features, others, &place, &known, &tensor.gradient)?;
        let own = Results::new(self.loops, &tensor.features, own, &place)?;
        let (layout, is_deep) = (Tensor::layout(&known), self.shapes.plan.depth.is_some());
        let smoothing = Sweep::new(self.loops, &tensor.passes, place, len, layout, is_deep)?;
        let tensor = Tensor::new(self.loops, others, &known, smoothing, own)?;
        self.sweep(start, known, len, tensor)
    }

    /// The passes over the input, for the sums at `place`.
    fn sweep(
        &self,
        start: &[usize; MAX_AXES],
        place: Place,
        len: [usize; 3],
        mut sink: impl Sink,
    ) -> Result<(), Error> {
        let given = place.reach(self.shapes.passes.radii(), len);
        let input = self.by_part(self.input.view(), start);
        let checkpoint = self.loops.checkpoint;
        let mut rows = Rows::new(input, self.borrowed(start), given.height, given.row, checkpoint)?;
        let layout = Layout {
            start: rows.start,
            row: rows.stride,
            input: 0,
        };
        let is_deep = self.shapes.plan.depth.is_some();
        let mut sweep = Sweep::new(self.loops, &self.shapes.passes, place, len, layout, is_deep)?;
        for depth in sweep.depths() {
            sweep.push(depth, rows.slice(depth, self.loops.checkpoint)?, &mut sink)?;
        }
        Ok(())
    }

    /// `view` by depth, height, row and inner axis; at `start` along the others. Parts that no axis plays have length 1.
    fn by_part<S: RawData>(&self, mut view: ArrayBase<S, IxDyn>, start: &[usize; MAX_AXES]) -> ArrayBase<S, Ix4> {
        let parts = self.shapes.plan.parts();
        for axis in (0..view.ndim()).rev().filter(|&axis| !parts.contains(&Some(axis))) {
            view = view.index_axis_move(Axis(axis), start[axis]);
        }
        for missing in (0..parts.len()).filter(|&part| parts[part].is_none()) {
            view = view.insert_axis(Axis(missing));
        }
        if parts[0].is_some() && parts[0] > parts[1] {
            view.swap_axes(0, 1);
        }
        view.into_dimensionality()
            .expect("invariant: each part has exactly one axis")
    }

    /// The memory of the input from `start` of the axes that play no part, if rows are best read where they lie.
    fn borrowed(&self, start: &[usize; MAX_AXES]) -> Option<&[f32]> {
        let data = T::as_f32(&self.input).filter(|_| !self.is_better_copied())?;
        let parts = self.shapes.plan.parts();
        let alone = (0..self.input.ndim()).filter(|&axis| start[axis] > 0 && !parts.contains(&Some(axis)));
        let offset: usize = alone
            .map(|axis| start[axis] * self.input.strides()[axis].cast_unsigned())
            .sum();
        Some(&data[offset..])
    }

    /// Whether the rows of a slice are better copied together, though they could be read where they lie.
    ///
    /// Measured, one thread: in a volume of 256³ with sigma 1 and 3 copying saves a fifth. In an image of 4096² with
    /// sigma 3, where rows are apart by a multiple of a page and compete for the same few cache sets, it saves a fifth
    /// too; in one of 2000 x 2001 it would cost a tenth.
    fn is_better_copied(&self) -> bool {
        let Some(height) = self.shapes.plan.height else {
            return false;
        };
        let rows = 2 * self.shapes.passes.radii()[1] + BLOCK;
        let apart = self.input.strides()[height].unsigned_abs() * size_of::<f32>();
        self.shapes.plan.depth.is_some() || rows > CACHE_WAYS + BLOCK && apart.is_multiple_of(CACHE_PERIOD)
    }
}

/// An array of four axes as one.
fn view4(array: &mut ArrayD<f32>) -> ArrayViewMut4<'_, f32> {
    let view = array.view_mut().into_dimensionality();
    view.expect("invariant: a tile has four axes")
}

/// The rows of a result, which are contiguous, by height and depth, so that the rows of a block in depth are neighbours.
fn rows<'a>(out: &'a mut ArrayViewMut4<'_, f32>) -> Vec<&'a mut [f32]> {
    out.swap_axes(0, 1);
    out.merge_axes(Axis(2), Axis(3));
    let rows = out.rows_mut().into_iter().map(|row| row.into_slice());
    rows.collect::<Option<_>>()
        .expect("invariant: `rows_are_contiguous` was asked, or the array is new")
}
