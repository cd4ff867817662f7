//! What the Gaussian filters have in common: their options, and the way from a [`Recipe`] to a region of the result.

use ndarray::{ArrayViewD, ArrayViewMutD, Axis};

use crate::array::{Array, Axes, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::filters::samples::sampled;
use crate::kernels::filters::separable::{self, Recipe, Taps, Term};
use crate::kernels::filters::sigma::Sigma;
use crate::kernels::memory::{fill, zero_array};
use crate::kernels::stencil::{Form, Stencil, channel_position};
use crate::roi::Roi;

/// The window unless told otherwise, in multiples of sigma.
pub(super) const WINDOW: f64 = 3.5;

/// The largest radius. Beyond it a request is a slip rather than a wish: the sum of its samples takes seconds per row.
const MAX_RADIUS: f64 = 65_536.0;

/// The options that all Gaussian filters have.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) window: f64,
    pub(super) axes: Option<Axes>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: WINDOW,
            axes: None,
        }
    }
}

impl Options {
    /// The positions of the axes to be filtered, outermost first.
    pub(super) fn filtered(&self, axes: Axes) -> Result<Vec<usize>, Error> {
        let Some(wanted) = self.axes else {
            return Ok(axes.spatial().collect());
        };
        if let Some(missing) = wanted.iter().find(|&letter| !axes.contains(letter)) {
            return Err(Error::invalid(format!(
                "axis {missing} is to be smoothed, but the axes are {axes}"
            )));
        }
        let own = axes.iter().enumerate();
        let wanted = own.filter(|&(_, letter)| wanted.contains(letter));
        Ok(wanted.map(|(axis, _)| axis).collect())
    }

    /// The scale of each axis of `input`: 0 for those that are not filtered, or of length 1, where there is nothing to do.
    pub(super) fn scales(&self, name: &str, sigma: &Sigma, input: &Form) -> Result<Vec<f64>, Error> {
        let filtered = self.filtered(input.axes)?;
        let mut scales = vec![0.0; input.axes.len()];
        for (axis, sigma) in filtered.iter().zip(scales_of(name, sigma, filtered.len())?) {
            self.radius(name, sigma, 0)?;
            if input.shape[*axis] != 1 {
                scales[*axis] = sigma;
            }
        }
        Ok(scales)
    }

    /// The radius of the kernel of scale `sigma` and of some order.
    pub(super) fn radius(&self, name: &str, sigma: f64, order: u8) -> Result<usize, Error> {
        for (name, value) in [(name, sigma), ("window", self.window)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Error::invalid(format!("{name} is {value}, not a number from 0 up")));
            }
        }
        let window = if self.window == 0.0 {
            3.0 + f64::from(order) / 2.0
        } else {
            self.window
        };
        let radius = (window * sigma + 0.5).floor().max(1.0);
        if radius > MAX_RADIUS {
            return Err(Error::invalid(format!(
                "{name} {sigma} with window {} has radius {radius}, {MAX_RADIUS} is the most",
                self.window
            )));
        }
        Ok(if sigma == 0.0 { 0 } else { radius as usize })
    }

    /// The kernel of some order for the axis called `axis`, of length `len`; the identity for a scale of 0.
    pub(super) fn taps(&self, name: &str, sigma: f64, order: u8, axis: &str, len: usize) -> Result<Taps, Error> {
        let radius = self.radius(name, sigma, order)?;
        if len <= 1 || radius == 0 {
            return Ok(Taps::identity());
        }
        if radius >= len {
            return Err(Error::invalid(format!(
                "axis {axis} has length {len}, too short for radius {radius} ({name} {sigma}, window {})",
                self.window
            )));
        }
        Ok(sampled(sigma, order, radius))
    }

    /// For each axis of `input` the kernels of the orders from 0 to `highest`, all of the same radius; the identity alone
    /// where the scale is 0.
    pub(super) fn banks(&self, name: &str, scales: &[f64], highest: u8, input: &Form) -> Result<Vec<Vec<Taps>>, Error> {
        let letters = input.axes.iter().map(String::from);
        let banks = scales
            .iter()
            .zip(letters)
            .zip(input.shape.iter())
            .map(|((&sigma, letter), len)| {
                if sigma == 0.0 {
                    return Ok(vec![Taps::identity()]);
                }
                let taps = |order| self.taps(name, sigma, order, &letter, len);
                Ok(alike((0..=highest).map(taps).collect::<Result<_, Error>>()?))
            });
        banks.collect()
    }
}

/// A product of derivatives along the filtered axes, by their order.
pub(super) fn derivative(orders: impl IntoIterator<Item = (usize, usize)>) -> Term {
    let mut term = [0; 3];
    for (axis, order) in orders {
        term[axis] += order;
    }
    term
}

/// How many axes have a scale, at most three.
pub(super) fn filtered_axes(scales: &[f64]) -> Result<usize, Error> {
    match scales.iter().filter(|&&scale| scale > 0.0).count() {
        many @ 4.. => Err(Error::invalid(format!(
            "{many} axes to be filtered, three are the most"
        ))),
        few => Ok(few),
    }
}

/// One scale for each of `count` axes.
pub(super) fn scales_of(name: &str, sigma: &Sigma, count: usize) -> Result<Vec<f64>, Error> {
    sigma.for_axes(count).ok_or_else(|| {
        let given = sigma.count();
        Error::invalid(format!("{given} {name}s for {count} smoothed axes"))
    })
}

/// Kernels of the same radius, that of the longest.
pub(super) fn alike(bank: Vec<Taps>) -> Vec<Taps> {
    let most = bank.iter().map(Taps::radius).max().unwrap_or(0);
    bank.into_iter().map(|taps| taps.padded(most)).collect()
}

/// What a filter is for data of some form.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// What is computed; `None` if no axis is filtered, and all of the result is 0.
    pub(super) recipe: Option<Recipe>,
    /// How many results there are for each element, if they are numbered along `c`.
    pub(super) channels: Option<usize>,
}

impl Prepared {
    /// How far the result depends on the data along each axis of `input`.
    pub(super) fn halo(&self, input: &Form) -> Vec<usize> {
        match &self.recipe {
            None => vec![0; input.axes.len()],
            Some(recipe) => recipe.reach(),
        }
    }

    /// Writes the part `roi` of the result for `input`, which is within it, over `out`.
    pub(super) fn write(
        &self,
        input: &Array,
        roi: &Roi,
        out: ArrayViewMutD<'_, f32>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let Some(recipe) = &self.recipe else {
            checkpoint.check()?;
            return fill(out, 0.0, checkpoint);
        };
        match_dtype!(input.dtype(), T => {
            let view = input.view::<T>()?;
            match self.channels {
                None => separable::run(view, recipe, roi.start(), vec![Some(out)], checkpoint),
                Some(count) => write_channels(view, input.axes(), recipe, count, roi, out, checkpoint),
            }
        })
    }

    /// The most bytes taken beside the result, for its part `roi` for an input of that form, on so many threads.
    pub(super) fn scratch_bytes(&self, input: &Form, roi: &Roi, threads: usize) -> Result<u64, Error> {
        let Some(recipe) = &self.recipe else { return Ok(0) };
        let own = input.axes.position('c');
        let (image, part, recipe) = match (self.channels, own) {
            (None, _) => (input.shape, roi.shape(), recipe.clone()),
            (Some(_), None) => {
                let axis = channel_position(input.axes);
                (input.shape, roi.remove_axis(axis)?.shape(), recipe.clone())
            }
            (Some(_), Some(axis)) => {
                let image = input.shape.remove_axis(axis)?;
                (image, roi.remove_axis(axis)?.shape(), recipe.clone().without_axis(axis))
            }
        };
        let scattered = self.channels.is_some() && has_channels_last(input.axes);
        Ok(separable::scratch_bytes(
            &recipe,
            image.as_slice(),
            part.as_slice(),
            scattered,
            threads,
        ))
    }
}

/// A filter by what it is for data of some form.
pub(super) trait Prepare: Stencil {
    fn prepare(&self, input: &Form) -> Result<Prepared, Error>;

    /// The body of [`Stencil::write_region`].
    fn write_prepared(&self, input: &Array, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let form = Form::of(input)?;
        let prepared = self.prepare(&form)?;
        let result = self.result(&form)?;
        check_output(&result, roi, out)?;
        prepared.write(input, roi, out.view_mut::<f32>()?, checkpoint)
    }

    /// The body of [`Stencil::apply_region`].
    fn apply_prepared(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let result = self.result(&Form::of(input)?)?;
        // Much zeroed memory comes from the system untouched: each page is written once, by the thread that works on it.
        let mut out = zero_array(result.axes, roi.shape().as_slice(), DType::F32, checkpoint)?;
        self.write_region(input, roi, &mut out, checkpoint)?;
        Ok(out)
    }

    /// The body of [`Stencil::bytes`].
    fn bytes_prepared(&self, input: &Form, roi: &Roi, threads: usize) -> Result<u64, Error> {
        let scratch = self.prepare(input)?.scratch_bytes(input, roi, threads)?;
        let result = roi.shape().saturating_volume() as u64 * size_of::<f32>() as u64;
        Ok(result.saturating_add(scratch))
    }
}

/// Whether the channels lie behind the axes of space, so that those of one element are neighbours.
pub(super) fn has_channels_last(axes: Axes) -> bool {
    axes.position('c') > axes.spatial().last()
}

/// Whether `out` takes the region `roi` of `result`.
pub(super) fn check_output(result: &Form, roi: &Roi, out: &Array) -> Result<(), Error> {
    if !Roi::full(result.shape).contains(roi) {
        return Err(Error::invalid(format!(
            "region {roi} is not within a result of shape {}",
            result.shape
        )));
    }
    let fits = out.axes() == result.axes && out.shape() == roi.shape().as_slice() && out.dtype() == result.dtype;
    if !fits {
        return Err(Error::invalid(format!(
            "cannot write region {roi} of a {} result along {} to an array of shape {:?} of {} along {}",
            result.dtype,
            result.axes,
            out.shape(),
            out.dtype(),
            out.axes()
        )));
    }
    Ok(())
}

/// Implements [`Stencil`] for something that is [`Prepare`].
macro_rules! prepared_stencil {
    ($filter:ty) => {
        impl $crate::kernels::Stencil for $filter {
            fn halo(&self, input: &Form) -> Result<Vec<usize>, Error> {
                Ok(self.prepare(input)?.halo(input))
            }

            fn channels(&self, input: &Form) -> Result<Option<usize>, Error> {
                Ok(self.prepare(input)?.channels)
            }

            fn apply_region(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
                self.apply_prepared(input, roi, checkpoint)
            }

            fn write_region(
                &self,
                input: &Array,
                roi: &Roi,
                out: &mut Array,
                checkpoint: &Checkpoint,
            ) -> Result<(), Error> {
                self.write_prepared(input, roi, out, checkpoint)
            }

            fn bytes(&self, input: &Form, roi: &Roi, threads: usize) -> Result<u64, Error> {
                self.bytes_prepared(input, roi, threads)
            }
        }
    };
}
pub(super) use prepared_stencil;

/// The methods that set the options all Gaussian filters have.
macro_rules! gaussian_options {
    () => {
        /// Cuts the Gaussians off at `window` times sigma instead of 3.5 times; 0 stands for vigra's own choice, `3 + n/2`
        /// times for a derivative of order `n`.
        #[must_use]
        pub fn window(mut self, window: f64) -> Self {
            self.options.window = window;
            self
        }

        /// Filters along `axes` of an [`Array`](crate::Array) instead of those of `z`, `y` and `x` that it has: `yx` filters
        /// a volume slice by slice.
        ///
        /// Their order does not matter: scales go by the order in which the axes stand in the array.
        #[must_use]
        pub fn axes(mut self, axes: Axes) -> Self {
            self.options.axes = Some(axes);
            self
        }
    };
}
pub(super) use gaussian_options;

/// [`Prepared::write`] with the results numbered along `c`: one image of the input after the other.
fn write_channels<T: Element>(
    view: ArrayViewD<'_, T>,
    axes: Axes,
    recipe: &Recipe,
    count: usize,
    roi: &Roi,
    mut out: ArrayViewMutD<'_, f32>,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let own = axes.position('c');
    let axis = own.unwrap_or_else(|| channel_position(axes));
    let channels = roi.range(axis);
    let image = roi.remove_axis(axis)?;
    let mut out: Vec<_> = out.axis_iter_mut(Axis(axis)).map(Some).collect();
    let recipe = match own {
        Some(axis) => recipe.clone().without_axis(axis),
        None => recipe.clone(),
    };
    for channel in channels.start / count..channels.end.div_ceil(count) {
        let view = match own {
            Some(axis) => view.view().index_axis_move(Axis(axis), channel),
            None => view.view(),
        };
        let results = (channel * count..(channel + 1) * count).map(|result| {
            let wanted = channels.contains(&result);
            wanted.then(|| out[result - channels.start].take()).flatten()
        });
        separable::run(view, &recipe, image.start(), results.collect(), checkpoint)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_radius_follows_vigras_rule() {
        let radius = |window, sigma, order| {
            let options = Options { window, axes: None };
            options.radius("sigma", sigma, order).map_err(|error| error.report())
        };
        let expected = [(0.0, 0), (0.1, 1), (0.3, 1), (0.7, 2), (1.0, 4), (3.0, 11)];
        for (sigma, wanted) in expected {
            assert_eq!(radius(3.5, sigma, 0), Ok(wanted), "sigma {sigma}");
            assert_eq!(radius(3.5, sigma, 2), Ok(wanted), "sigma {sigma}");
        }
        assert_eq!([0, 1, 2].map(|order| radius(0.0, 1.0, order)), [Ok(3), Ok(4), Ok(4)]);
        assert_eq!([0, 1, 2].map(|order| radius(0.0, 3.0, order)), [Ok(9), Ok(11), Ok(12)]);
    }
}
