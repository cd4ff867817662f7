//! Prediction.

use ndarray::{Array2, ArrayView2, ArrayViewD, ArrayViewMut2, ArrayViewMutD, Axis};

use super::Forest;
use super::key::key;
use super::walk::Walk;
use crate::array::{Element, zeros};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::parallel;

/// How many rows are walked together, at most.
const BLOCK: usize = 512;

impl Forest {
    /// The shares of the classes for each row of `values`: a column for each of [`classes`](Self::classes).
    pub fn predict(&self, values: ArrayView2<'_, f32>, checkpoint: &Checkpoint) -> Result<Array2<f32>, Error> {
        let shape = [values.nrows(), self.classes.len()];
        let mut out = zeros::<f32>(&shape)?;
        let view = out.view_mut().into_dimensionality().expect("invariant: two axes");
        self.predict_into(values, view, checkpoint)?;
        Ok(out.into_dimensionality().expect("invariant: two axes"))
    }

    /// into
    pub fn predict_into(
        &self,
        values: ArrayView2<'_, f32>,
        out: ArrayViewMut2<'_, f32>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let columns: Vec<_> = (0..self.classes.len()).map(Some).collect();
        let job = Job {
            forest: self,
            columns: &columns,
            checkpoint,
        };
        job.run(values.into_dyn(), out.into_dyn())
    }
}

struct Job<'a> {
    forest: &'a Forest,
    columns: &'a [Option<usize>],
    checkpoint: &'a Checkpoint,
}

impl Job<'_> {
    fn run<T: Element>(&self, values: ArrayViewD<'_, T>, out: ArrayViewMutD<'_, f32>) -> Result<(), Error> {
        let points = &values.shape()[..values.ndim() - 1];
        let count: usize = points.iter().product();
        if count == 0 {
            return self.checkpoint.check();
        }
        if count <= BLOCK {
            return self.block(values, out, count);
        }
        let axis = points.iter().position(|length| *length > 1).unwrap_or(0);
        let middle = points[axis] / 2;
        let (first, second) = values.split_at(Axis(axis), middle);
        let (left, right) = out.split_at(Axis(axis), middle);
        parallel::join(|| self.run(first, left), || self.run(second, right))
    }

    fn block<T: Element>(
        &self,
        values: ArrayViewD<'_, T>,
        mut out: ArrayViewMutD<'_, f32>,
        rows: usize,
    ) -> Result<(), Error> {
        let (features, classes) = (self.forest.features, self.forest.classes.len());
        let width = features + 1;
        let last = Axis(values.ndim() - 1);
        let mut keys = vec![0; rows * width];
        let mut bad = vec![false; rows];
        for (feature, column) in values.axis_iter(last).enumerate() {
            for ((value, keys), bad) in column.iter().zip(keys.chunks_exact_mut(width)).zip(&mut bad) {
                let value: f32 = value.cast();
                *bad |= value.is_nan();
                keys[feature] = key(value);
            }
        }
        let mut sums = vec![0.0_f32; rows * classes];
        let mut walk = Walk::new(rows);
        for tree in 0..self.forest.trees() {
            walk.tree(self.forest.tree(tree), &keys, rows, width, self.checkpoint)?;
            for (sums, leaf) in sums.chunks_exact_mut(classes).zip(&walk.leaves) {
                let shares = &self.forest.shares[*leaf as usize * classes..][..classes];
                sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
            }
        }
        let trees = self.forest.trees() as f32;
        for (class, column) in self.columns.iter().enumerate() {
            let Some(column) = column else { continue };
            let mut channel = out.index_axis_mut(last, *column);
            for ((out, sums), bad) in channel.iter_mut().zip(sums.chunks_exact(classes)).zip(&bad) {
                *out = if *bad { 0.0 } else { sums[class] / trees };
            }
        }
        Ok(())
    }
}
