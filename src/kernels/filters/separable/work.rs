//! From any array and any axes to what one sweep takes.

use ndarray::{ArrayBase, ArrayViewD, ArrayViewMutD, Axis, IxDyn, RawData, Slice};
use pulp::Arch;

use super::loops::Loops;
use super::recipe::Recipe;
use super::shapes::Shapes;
use super::taps::Taps;
use super::{Job, Outputs, plan, run};
use crate::array::{Element, MAX_AXES};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::zeros;
use crate::kernels::parallel;

/// What is to be computed, with the axes as they are at the moment.
pub(super) struct Work<'a, 'out, T> {
    input: ArrayViewD<'a, T>,
    recipe: Recipe,
    start: Vec<usize>,
    out: Outputs<'out>,
}

impl<'a, 'out, T: Element> Work<'a, 'out, T> {
    pub(super) fn new(input: ArrayViewD<'a, T>, recipe: &Recipe, start: &[usize], out: Outputs<'out>) -> Self {
        Self {
            input,
            recipe: recipe.clone(),
            start: start.to_vec(),
            out,
        }
    }

    pub(super) fn run(mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.drop_unwanted();
        self.crop();
        self.simplify();
        let (radii, shape) = (self.recipe.reach(), self.input.shape());
        if !self.recipe.is_convolution() {
            // How the terms of a sum are grouped depends on the part that each filtered axis plays: always the same one.
            if !plan::has_filtered_rows(shape, &radii) {
                self.put_filtered_axes_last(&radii);
            }
        } else if let Some(first) = plan::surplus_axis(shape, &radii) {
            return self.in_turn(first, checkpoint);
        }
        self.sweep(checkpoint)
    }

    /// Leaves out the features none of whose results is wanted.
    fn drop_unwanted(&mut self) {
        let mut out = std::mem::take(&mut self.out).into_iter();
        let (mut wanted, mut is_tensor_wanted) = (Vec::new(), false);
        self.recipe.features.retain(|feature| {
            let results: Vec<_> = out.by_ref().take(feature.combine.results()).collect();
            let is_wanted = results.iter().any(Option::is_some);
            // At last, that of the last one.
            is_tensor_wanted = is_wanted;
            wanted.extend(results.into_iter().filter(|_| is_wanted));
            is_wanted
        });
        if !is_tensor_wanted {
            self.recipe.integration = None;
        }
        self.out = wanted;
    }

    /// The shape of the results.
    fn shape(&self) -> Vec<usize> {
        let first = self.out.iter().flatten().next();
        first.map_or(Vec::new(), |out| out.shape().to_vec())
    }

    fn change_out(&mut self, change: impl Fn(ArrayViewMutD<'out, f32>) -> ArrayViewMutD<'out, f32>) {
        let out = std::mem::take(&mut self.out).into_iter();
        self.out = out.map(|out| out.map(&change)).collect();
    }

    /// Leaves out what lies beside the results along the axes that are not filtered.
    fn crop(&mut self) {
        let shape = self.shape();
        for (axis, reach) in self.recipe.reach().into_iter().enumerate() {
            if reach == 0 {
                let begin = self.start[axis];
                let own = Slice::from(begin..begin + shape[axis]);
                self.input.slice_axis_inplace(Axis(axis), own);
                self.start[axis] = 0;
            }
        }
    }

    /// Leaves out axes of length 1, for there is nothing to do along them, but one if there are no others; and makes one
    /// axis of neighbours that are not filtered where memory allows, for longer rows.
    fn simplify(&mut self) {
        for axis in (0..self.start.len()).rev() {
            self.merge_with_next(axis);
            if self.input.len_of(Axis(axis)) == 1 && self.start.len() > 1 {
                self.remove(axis);
            }
        }
        if self.start.is_empty() {
            self.input.insert_axis_inplace(Axis(0));
            self.change_out(|out| out.insert_axis(Axis(0)));
            self.start.push(0);
            self.recipe = Recipe::convolution(vec![Taps::identity()]);
        }
    }

    fn remove(&mut self, axis: usize) {
        self.input.index_axis_inplace(Axis(axis), 0);
        self.change_out(|out| out.index_axis_move(Axis(axis), 0));
        self.start.remove(axis);
        self.recipe = self.recipe.clone().without_axis(axis);
    }

    fn merge_with_next(&mut self, axis: usize) {
        let reach = self.recipe.reach();
        let free = axis + 1 < reach.len() && reach[axis] + reach[axis + 1] == 0;
        if free && is_mergeable(&self.input, axis) && self.out.iter().flatten().all(|out| is_mergeable(out, axis)) {
            self.input.merge_axes(Axis(axis), Axis(axis + 1));
            self.change_out(|mut out| {
                out.merge_axes(Axis(axis), Axis(axis + 1));
                out
            });
        }
    }

    /// Lets the axes that are not filtered come first. Rows are then not contiguous, and copied on their way in and out.
    fn put_filtered_axes_last(&mut self, radii: &[usize]) {
        let mut order: Vec<usize> = (0..radii.len()).collect();
        order.sort_by_key(|&axis| radii[axis] > 0);
        self.input = self.input.clone().permuted_axes(&order[..]);
        self.change_out(|out| out.permuted_axes(&order[..]));
        self.start = order.iter().map(|&axis| self.start[axis]).collect();
        self.recipe = self.recipe.clone().in_order(&order);
    }

    /// A convolution along more axes than one sweep takes: along the axis `first` on its own, through a temporary. It is
    /// the outermost one; of three it is the last.
    fn in_turn(self, first: usize, checkpoint: &Checkpoint) -> Result<(), Error> {
        let (mut alone, mut rest) = (vec![Taps::identity(); self.start.len()], self.recipe.single_taps());
        std::mem::swap(&mut alone[first], &mut rest[first]);
        let others = rest.iter().filter(|taps| taps.radius() > 0).count();
        let (earlier, later) = if others == 2 { (rest, alone) } else { (alone, rest) };
        // What the later one depends on.
        let (mut begin, mut shape) = (self.start.clone(), self.shape());
        for (axis, taps) in later.iter().enumerate() {
            let (start, end) = (begin[axis], begin[axis] + shape[axis]);
            begin[axis] = start.saturating_sub(taps.radius());
            shape[axis] = (end + taps.radius()).min(self.input.shape()[axis]) - begin[axis];
        }
        let mut between = zeros(&shape, checkpoint)?;
        run(
            self.input,
            &Recipe::convolution(earlier),
            &begin,
            vec![Some(between.view_mut())],
            checkpoint,
        )?;
        let start: Vec<_> = self
            .start
            .iter()
            .zip(&begin)
            .map(|(start, begin)| start - begin)
            .collect();
        run(
            between.view(),
            &Recipe::convolution(later),
            &start,
            self.out,
            checkpoint,
        )
    }

    /// All of it, in one sweep.
    fn sweep(self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let mut start = [0; MAX_AXES];
        start[..self.start.len()].copy_from_slice(&self.start);
        let shapes = Shapes::new(&self.recipe, &self.shape(), parallel::threads());
        let loops = Loops {
            arch: Arch::new(),
            checkpoint,
        };
        let job = Job {
            input: self.input,
            shapes,
            loops,
        };
        job.run(start, self.out)
    }
}

/// Whether the elements along `axis` and the next one lie as those of a single axis would.
fn is_mergeable<S: RawData>(array: &ArrayBase<S, IxDyn>, axis: usize) -> bool {
    let len = array.shape()[axis + 1].cast_signed();
    array.strides()[axis] == len * array.strides()[axis + 1]
}
