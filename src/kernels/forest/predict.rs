//! Prediction: cut into pieces, each piece through all trees.

use std::ops::Range;

use ndarray::{Array2, ArrayBase, ArrayView2, ArrayViewD, ArrayViewMut2, ArrayViewMutD, Axis, IxDyn, RawData};
use pulp::Arch;

use super::forest::Forest;
use super::key::key;
use super::walk::{Keys, Walk};
use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::{zero_array, zeros};
use crate::kernels::parallel;
use crate::kernels::stencil::channel_position;

/// How many rows are walked together at most: so many that a tree is fetched once for all of them, so few that what is
/// known of them stays near.
const MOST: usize = 1024;

/// How many at least, if there are more.
const LEAST: usize = 128;

/// How many features of all rows together: of very many features there are fewer rows.
const VALUES: usize = 1 << 18;

impl Forest {
    /// The share of each class for each row of `values`: column `n` is that of the `n`-th of [`classes`](Self::classes).
    ///
    /// The share of a class is the mean over the trees of its share among the rows that reached the same leaf in training,
    /// so that those of a row sum to 1. vigra adds up the same, without weighting leaves by their size, and divides by the
    /// sum, which is the same. A row with a NaN belongs to no class: its shares are all 0.
    ///
    /// scikit-learn: `predict_proba`; lazyflow: `predict_probabilities`.
    ///
    /// # Errors
    ///
    /// `Invalid` if the rows have another number of features than the forest; the checkpoint's own error if it stops the
    /// prediction.
    #[expect(clippy::missing_panics_doc, reason = "a shape of two axes has two axes")]
    pub fn predict(&self, values: ArrayView2<'_, f32>, checkpoint: &Checkpoint) -> Result<Array2<f32>, Error> {
        let out = zeros(&[values.nrows(), self.classes().len()], checkpoint)?.into_dimensionality();
        let mut out: Array2<f32> = out.expect("invariant: a shape of two axes");
        self.predict_into(values, out.view_mut(), checkpoint)?;
        Ok(out)
    }

    /// Writes what [`predict`](Self::predict) returns over `out`, whatever its strides. After an error it holds some mixture.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict); and `Invalid` if `out` has not a row for each row and a column for each class.
    pub fn predict_into(
        &self,
        values: ArrayView2<'_, f32>,
        out: ArrayViewMut2<'_, f32>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let wanted = (values.nrows(), self.classes().len());
        if out.dim() != wanted {
            let shape = out.dim();
            return Err(Error::invalid(format!(
                "shares of shape {wanted:?} do not fit {shape:?}"
            )));
        }
        let columns: Vec<_> = (0..wanted.1).map(Some).collect();
        self.job(&columns, checkpoint).run(values.into_dyn(), out.into_dyn())
    }

    /// The shares of the classes for each pixel of an image whose features are numbered along `c`: `f32`, the share of class
    /// `k` in channel `k - 1`. `channels` says which of the channels to compute.
    ///
    /// Channels of classes that the forest does not know are 0. An image without `c` has one feature, and its result has `c`
    /// before the axes of space.
    ///
    /// lazyflow: what `OpVectorwiseClassifierPredict` does with `LabelsCount`.
    ///
    /// # Errors
    ///
    /// `Invalid` if the image has another number of features than the forest; the checkpoint's own error if it stops the
    /// prediction.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::kernels::RandomForest;
    /// use headwater::{Array, Checkpoint};
    ///
    /// let rows = ndarray::array![[0.0_f32], [1.0]];
    /// let forest = RandomForest::new().train(rows.view(), &[1, 3], &Checkpoint::never())?;
    /// let image = Array::from_vec("cyx", &[1, 1, 2], vec![-1.0_f32, f32::NAN])?;
    /// let shares = forest.predict_image(&image, 0..3, &Checkpoint::never())?;
    /// assert_eq!(shares.shape(), [3, 1, 2]);
    /// assert!(shares.view::<f32>()?[[0, 0, 0]] > 0.5);
    /// assert_eq!(shares.view::<f32>()?[[1, 0, 0]], 0.0); // class 2 is unknown
    /// assert_eq!(shares.view::<f32>()?[[2, 0, 1]], 0.0); // NaN is of no class
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn predict_image(
        &self,
        image: &Array,
        channels: Range<usize>,
        checkpoint: &Checkpoint,
    ) -> Result<Array, Error> {
        let (image, axis) = with_channels(image)?;
        let mut shape = image.shape().to_vec();
        shape[axis] = channels.len();
        let mut out = zero_array(image.axes(), &shape, DType::F32, checkpoint)?;
        self.predict_image_into(&image, channels, &mut out, checkpoint)?;
        Ok(out)
    }

    /// Writes what [`predict_image`](Self::predict_image) returns over `out`, plane by plane: nothing of the size of the
    /// image is allocated, whatever the order of the axes and the type of the features. After an error it holds some mixture.
    ///
    /// # Errors
    ///
    /// As [`predict_image`](Self::predict_image); and `Invalid` if `out` is not `f32` or has other axes or another shape.
    pub fn predict_image_into(
        &self,
        image: &Array,
        channels: Range<usize>,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let (image, axis) = with_channels(image)?;
        let mut shape = image.shape().to_vec();
        shape[axis] = channels.len();
        if out.shape() != shape || out.axes() != image.axes() {
            return Err(Error::invalid(format!(
                "shares of shape {shape:?} along {} do not fit {out:?}",
                image.axes()
            )));
        }
        let channel_of = |class: &u32| (*class as usize - 1).checked_sub(channels.start);
        let columns = self.classes().iter().map(channel_of);
        let columns: Vec<_> = columns
            .map(|column| column.filter(|column| *column < channels.len()))
            .collect();
        let shares = channels_last(out.view_mut::<f32>()?, axis);
        let unknown = (0..channels.len()).filter(|column| !columns.contains(&Some(*column)));
        let job = Job {
            unknown: &unknown.collect::<Vec<_>>(),
            ..self.job(&columns, checkpoint)
        };
        match_dtype!(image.dtype(), T => job.run(channels_last(image.view::<T>()?, axis), shares))
    }

    /// What a prediction for `points` rows or pixels allocates at most on `threads` threads, in bytes, beside its result.
    ///
    /// For each row in hand the keys of its features twice, the sums of its shares, and 25 bytes of where it is.
    pub fn predict_bytes(&self, points: usize, threads: usize) -> u64 {
        Self::predict_bytes_with(self.features(), self.classes().len(), points, threads)
    }

    /// The same for any forest with so many features and classes.
    pub(crate) fn predict_bytes_with(features: usize, classes: usize, points: usize, threads: usize) -> u64 {
        let in_hand = points.min(threads.saturating_mul(per_piece(features, points, threads)));
        let row = Keys::bytes_per_row(features) + 4 * classes + 25;
        in_hand as u64 * row as u64
    }

    fn job<'a>(&'a self, columns: &'a [Option<usize>], checkpoint: &'a Checkpoint) -> Job<'a> {
        Job {
            forest: self,
            columns,
            unknown: &[],
            checkpoint,
        }
    }
}

/// How many rows to walk together: several pieces for each thread, if there are enough.
fn per_piece(features: usize, points: usize, threads: usize) -> usize {
    let fair = (points / (4 * threads.max(1))).clamp(LEAST, MOST);
    fair.min((VALUES / features.max(1)).max(1))
}

/// The same image with an axis of channels, and which one that is.
fn with_channels(image: &Array) -> Result<(Array, usize), Error> {
    if let Some(axis) = image.axes().position('c') {
        return Ok((image.clone(), axis));
    }
    let axis = channel_position(image.axes());
    let mut axes = image.axes().to_string();
    axes.insert(axis, 'c');
    Ok((image.to_axes(axes.as_str())?, axis))
}

/// The same elements with `axis` behind the others.
fn channels_last<S: RawData>(view: ArrayBase<S, IxDyn>, axis: usize) -> ArrayBase<S, IxDyn> {
    let mut order: Vec<usize> = (0..view.ndim()).filter(|own| *own != axis).collect();
    order.push(axis);
    view.permuted_axes(order)
}

/// What all pieces have in common.
struct Job<'a> {
    forest: &'a Forest,
    /// Where the share of each class goes along the last axis, if anywhere.
    columns: &'a [Option<usize>],
    /// Where there is no class.
    unknown: &'a [usize],
    checkpoint: &'a Checkpoint,
}

impl Job<'_> {
    /// `values` and `out` have the same axes; along the last are the features of a point, and its shares.
    fn run<T: Element>(&self, values: ArrayViewD<'_, T>, out: ArrayViewMutD<'_, f32>) -> Result<(), Error> {
        let (own, given) = (self.forest.features(), values.shape().last().copied().unwrap_or(0));
        if own != given {
            return Err(Error::invalid(format!("{given} features for a forest of {own}")));
        }
        let points: usize = points(&values).iter().product();
        if points == 0 {
            return self.checkpoint.check();
        }
        self.pieces(
            values,
            out,
            per_piece(self.forest.features(), points, parallel::threads()),
        )
    }

    /// Cuts along the outermost axis until no piece has more than `most` points, so that rows stay long.
    fn pieces<T: Element>(
        &self,
        values: ArrayViewD<'_, T>,
        out: ArrayViewMutD<'_, f32>,
        most: usize,
    ) -> Result<(), Error> {
        let points = points(&values);
        if points.iter().product::<usize>() <= most {
            return self.piece(values, out);
        }
        let axis = points.iter().position(|length| *length > 1);
        let axis = axis.expect("invariant: more than one point");
        let middle = points[axis] / 2;
        let (first, second) = values.split_at(Axis(axis), middle);
        let (left, right) = out.split_at(Axis(axis), middle);
        parallel::join(|| self.pieces(first, left, most), || self.pieces(second, right, most))
    }

    fn piece<T: Element>(&self, values: ArrayViewD<'_, T>, mut out: ArrayViewMutD<'_, f32>) -> Result<(), Error> {
        let count = points(&values).iter().product();
        let (keys, is_nan) = keys(&values, count, self.checkpoint)?;
        let sums = self.sums(&keys, count)?;
        let (classes, trees) = (self.columns.len(), self.forest.trees() as f32);
        let last = Axis(values.ndim() - 1);
        for column in self.unknown {
            out.index_axis_mut(last, *column).fill(0.0);
        }
        for (class, column) in self.columns.iter().enumerate() {
            let Some(column) = *column else { continue };
            let mut results = sums.chunks_exact(classes).zip(&is_nan);
            for run in out.index_axis_mut(last, column).rows_mut() {
                for (out, (sums, is_nan)) in run.into_iter().zip(&mut results) {
                    *out = if *is_nan { 0.0 } else { sums[class] / trees };
                }
            }
        }
        Ok(())
    }

    /// The sums of the shares over all trees: those of the first row, then those of the second, and so on.
    fn sums(&self, keys: &Keys, rows: usize) -> Result<Vec<f32>, Error> {
        let Forest { model, blocks } = self.forest;
        let mut sums = vec![0.0; rows * model.classes.len()];
        let (arch, mut walk) = (Arch::new(), Walk::new(rows));
        for top in &blocks.tops {
            let leaves = walk.tree(arch, blocks, top, keys, self.checkpoint)?;
            match model.classes.len() {
                2 => add::<2>(leaves, &model.shares, &mut sums),
                3 => add::<3>(leaves, &model.shares, &mut sums),
                4 => add::<4>(leaves, &model.shares, &mut sums),
                classes => add_any(leaves, &model.shares, classes, &mut sums),
            }
        }
        Ok(sums)
    }
}

/// The lengths of all axes but the last.
fn points<S: RawData>(values: &ArrayBase<S, IxDyn>) -> &[usize] {
    &values.shape()[..values.ndim() - 1]
}

/// The keys of each row, and whether it has a NaN.
fn keys<T: Element>(
    values: &ArrayViewD<'_, T>,
    rows: usize,
    checkpoint: &Checkpoint,
) -> Result<(Keys, Vec<bool>), Error> {
    let last = Axis(values.ndim() - 1);
    let mut keys = Keys::new(rows, values.len_of(last));
    let mut is_nan = vec![false; rows];
    for (feature, column) in values.axis_iter(last).enumerate() {
        checkpoint.check()?;
        let mut places = keys.column_mut(feature).zip(&mut is_nan);
        for run in column.rows() {
            for (value, (places, is_nan)) in run.iter().zip(&mut places) {
                let value = value.cast::<f32>();
                *is_nan |= value.is_nan();
                let key = key(value);
                places.into_iter().for_each(|place| *place = key);
            }
        }
    }
    Ok((keys, is_nan))
}

/// Adds the shares of the leaf of each row to its sums.
fn add<const CLASSES: usize>(leaves: &[u32], shares: &[f32], sums: &mut [f32]) {
    let shares = shares.as_chunks::<CLASSES>().0;
    for (sums, leaf) in sums.as_chunks_mut::<CLASSES>().0.iter_mut().zip(leaves) {
        let shares = &shares[*leaf as usize];
        sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
    }
}

/// The same for any number of classes.
fn add_any(leaves: &[u32], shares: &[f32], classes: usize, sums: &mut [f32]) {
    for (sums, leaf) in sums.chunks_exact_mut(classes).zip(leaves) {
        let shares = &shares[*leaf as usize * classes..][..classes];
        sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
    }
}
