//! A selection of features and scales.

use std::ops::Range;

use ndarray::Axis;

use crate::array::{Array, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::filters::filter::{check_output, has_channels_last};
use crate::kernels::filters::pixel_features::PixelFeature;
use crate::kernels::filters::pixel_features::at_scale::AtScale;
use crate::kernels::filters::pixel_features::job::{Job, most_smoothed};
use crate::kernels::filters::separable::{self, Recipe};
use crate::kernels::filters::structure_tensor::ScaleOrder;
use crate::kernels::memory::{filled, zero_array};
use crate::kernels::stencil::{Form, Stencil, channel_position, form_of_result};
use crate::roi::{Roi, Shape};

/// Pixel features: a selection of ilastik's filters at some scales.
///
/// The results are numbered along `c` as ilastik numbers them: by feature, in the order of [`PixelFeature::ALL`]; then by
/// scale; then by the channels of the image; then by eigenvalue. They are `f32`. A region of some of the channels takes no
/// more than what these depend on.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{Form, PixelFeature, PixelFeatures, Stencil};
///
/// let image = Array::full("yx", &[40, 40], 100_u8)?;
/// let features = PixelFeatures::new([0.7, 1.6]).only([
///     PixelFeature::GaussianSmoothing,
///     PixelFeature::HessianOfGaussianEigenvalues,
/// ]);
/// let result = features.apply(&image, &Checkpoint::never())?;
/// assert_eq!(result.shape(), [6, 40, 40]);
/// let names = features.names(&Form::of(&image)?)?;
/// assert_eq!(names[1], "Gaussian Smoothing (σ=1.6)");
/// assert_eq!(names[3], "Hessian of Gaussian Eigenvalues (σ=0.7) [1]");
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PixelFeatures {
    scales: Vec<f64>,
    /// For each feature, in the order of [`PixelFeature::ALL`], the scales at which it is wanted.
    selection: Vec<Vec<bool>>,
    in_2d: Vec<bool>,
    order: ScaleOrder,
}

/// A feature at a scale, and the channels of the result that it has.
struct Cell {
    feature: PixelFeature,
    /// The position of the scale.
    scale: usize,
    /// How many results it has for each element.
    results: usize,
    channels: Range<usize>,
}

impl PixelFeatures {
    /// The scales that ilastik offers.
    pub const SCALES: [f64; 7] = [0.3, 0.7, 1.0, 1.6, 3.5, 5.0, 10.0];

    /// All features at all of `scales`, in elements.
    pub fn new(scales: impl Into<Vec<f64>>) -> Self {
        let scales = scales.into();
        Self {
            selection: vec![vec![true; scales.len()]; PixelFeature::ALL.len()],
            in_2d: vec![false; scales.len()],
            order: ScaleOrder::Vigra,
            scales,
        }
    }

    /// Only `features`, at all scales.
    #[must_use]
    pub fn only(mut self, features: impl IntoIterator<Item = PixelFeature>) -> Self {
        let wanted: Vec<_> = features.into_iter().collect();
        let rows = PixelFeature::ALL
            .iter()
            .map(|feature| vec![wanted.contains(feature); self.scales.len()]);
        self.selection = rows.collect();
        self
    }

    /// Only what `matrix` says: a row for each feature, in the order of [`PixelFeature::ALL`], and a column for each scale.
    #[must_use]
    pub fn select(mut self, matrix: impl Into<Vec<Vec<bool>>>) -> Self {
        self.selection = matrix.into();
        self
    }

    /// Says for each scale whether it is computed slice by slice (`y` and `x`) instead of along all axes of space.
    #[must_use]
    pub fn in_2d(mut self, flags: impl Into<Vec<bool>>) -> Self {
        self.in_2d = flags.into();
        self
    }

    /// Takes the two scales of the structure tensor in the order of another library.
    #[must_use]
    pub fn tensor_scales(mut self, order: ScaleOrder) -> Self {
        self.order = order;
        self
    }

    /// What each channel of the result is, for an image of that form.
    ///
    /// # Errors
    ///
    /// As [`halo`](Stencil::halo).
    pub fn names(&self, input: &Form) -> Result<Vec<String>, Error> {
        let (image, channels) = split(input)?;
        let mut names = Vec::new();
        for cell in self.cells(&image, channels)? {
            let scale = self.scales[cell.scale];
            let in_2d = if self.in_2d[cell.scale] { " in 2D" } else { "" };
            for channel in 0..cell.channels.len() {
                let number = if cell.channels.len() > 1 {
                    format!(" [{channel}]")
                } else {
                    String::new()
                };
                names.push(format!("{} (σ={scale}){in_2d}{number}", cell.feature));
            }
        }
        Ok(names)
    }

    /// What is selected, for images of that form with so many channels.
    fn cells(&self, image: &Form, channels: usize) -> Result<Vec<Cell>, Error> {
        self.check()?;
        let (mut cells, mut next) = (Vec::new(), 0);
        for (row, &feature) in PixelFeature::ALL.iter().enumerate() {
            for scale in (0..self.scales.len()).filter(|&scale| self.selection[row][scale]) {
                let results = feature.results(self.at(image, scale)?.filtered()?);
                let end = next + results * channels;
                cells.push(Cell {
                    feature,
                    scale,
                    results,
                    channels: next..end,
                });
                next = end;
            }
        }
        if cells.is_empty() {
            return Err(Error::invalid("no feature is selected at any scale"));
        }
        Ok(cells)
    }

    fn check(&self) -> Result<(), Error> {
        let (features, scales) = (PixelFeature::ALL.len(), self.scales.len());
        if self.selection.len() != features || self.selection.iter().any(|row| row.len() != scales) {
            let rows: Vec<_> = self.selection.iter().map(Vec::len).collect();
            return Err(Error::invalid(format!(
                "the selection has rows of {rows:?}, not {features} rows of {scales} scales"
            )));
        }
        if self.in_2d.len() != scales {
            let given = self.in_2d.len();
            return Err(Error::invalid(format!(
                "{given} flags for 2-D, not one for each of {scales} scales"
            )));
        }
        Ok(())
    }

    fn at<'a>(&self, image: &'a Form, scale: usize) -> Result<AtScale<'a>, Error> {
        AtScale::new(image, self.scales[scale], self.in_2d[scale])
    }

    /// What is to be done for each channel of the image that `wanted` channels of the result depend on.
    fn jobs(&self, image: &Form, channels: usize, wanted: &Range<usize>) -> Result<Vec<Job>, Error> {
        let cells = self.cells(image, channels)?;
        let mut jobs = Vec::new();
        for scale in 0..self.scales.len() {
            let at = self.at(image, scale)?;
            for channel in 0..channels {
                let results = |cell: &Cell| {
                    let first = cell.channels.start + channel * cell.results;
                    first..first + cell.results
                };
                let is_wanted = |range: &Range<usize>| range.start < wanted.end && wanted.start < range.end;
                let here = cells.iter().filter(|cell| cell.scale == scale);
                let here: Vec<_> = here
                    .map(|cell| (cell.feature, results(cell)))
                    .filter(|cell| is_wanted(&cell.1))
                    .collect();
                let recipes = self.recipes(&at, here)?;
                if !recipes.is_empty() {
                    jobs.push(Job {
                        channel,
                        presmoothing: at.presmoothing()?,
                        recipes,
                    });
                }
            }
        }
        Ok(jobs)
    }

    /// How features at one scale are computed, and where in the result they are.
    fn recipes(
        &self,
        at: &AtScale<'_>,
        cells: Vec<(PixelFeature, Range<usize>)>,
    ) -> Result<Vec<(Recipe, Vec<usize>)>, Error> {
        let is_tensor = |cell: &(PixelFeature, _)| cell.0 == PixelFeature::StructureTensorEigenvalues;
        let (tensors, mut shared): (Vec<_>, Vec<_>) = cells.into_iter().partition(is_tensor);
        let mut recipes = Vec::new();
        match self.order {
            ScaleOrder::Vigra => shared.extend(tensors),
            ScaleOrder::Fastfilters => {
                for (_, results) in tensors {
                    recipes.push((at.swapped_structure_tensor()?, results.collect()));
                }
            }
        }
        if !shared.is_empty() {
            let features: Vec<_> = shared.iter().map(|cell| cell.0).collect();
            let results = shared.into_iter().flat_map(|cell| cell.1).collect();
            recipes.push((at.filters(&features)?, results));
        }
        Ok(recipes)
    }

    /// How far the channels `wanted` of the result depend on the input.
    fn halo_of(&self, input: &Form, wanted: &Range<usize>) -> Result<Vec<usize>, Error> {
        let (image, channels) = split(input)?;
        let mut halo = vec![0; image.axes.len()];
        for job in self.jobs(&image, channels, wanted)? {
            let both = job.presmoothing.reach().into_iter().zip(job.reach());
            halo.iter_mut()
                .zip(both)
                .for_each(|(halo, (a, b))| *halo = (a + b).max(*halo));
        }
        if let Some(axis) = input.axes.position('c') {
            halo.insert(axis, 0);
        }
        Ok(halo)
    }

    /// `roi` of the result as a part of an image, and the channels of the result.
    fn parts(&self, input: &Form, roi: &Roi) -> Result<(Roi, Range<usize>), Error> {
        let axis = input.axes.position('c').unwrap_or_else(|| channel_position(input.axes));
        Ok((roi.remove_axis(axis)?, roi.range(axis)))
    }
}

impl Stencil for PixelFeatures {
    fn halo(&self, input: &Form) -> Result<Vec<usize>, Error> {
        self.halo_of(input, &(0..usize::MAX))
    }

    fn channels(&self, input: &Form) -> Result<Option<usize>, Error> {
        let (image, _) = split(input)?;
        let cells = self.cells(&image, 1)?;
        Ok(cells.last().map(|cell| cell.channels.end))
    }

    fn apply_region(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let result = form_of_result(self, &Form::of(input)?)?;
        let mut out = zero_array(result.axes, roi.shape().as_slice(), DType::F32, checkpoint)?;
        self.write_region(input, roi, &mut out, checkpoint)?;
        Ok(out)
    }

    fn write_region(&self, input: &Array, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let form = Form::of(input)?;
        // What is to be computed need not take all that the whole set does.
        check_output(&form_of_result(self, &form)?, roi, out)?;
        let (image, channels) = split(&form)?;
        let (part, wanted) = self.parts(&form, roi)?;
        let axis = form.axes.position('c').unwrap_or_else(|| channel_position(form.axes));
        let jobs = self.jobs(&image, channels, &wanted)?;
        let mut buffer = filled(most_smoothed(&jobs, &image, &part)?, 0.0, checkpoint)?;
        let mut out = out.view_mut::<f32>()?;
        let mut results: Vec<_> = out.axis_iter_mut(Axis(axis)).collect();
        match_dtype!(input.dtype(), T => {
            let view = input.view::<T>()?;
            for job in &jobs {
                let view = match form.axes.position('c') {
                    Some(axis) => view.view().index_axis_move(Axis(axis), job.channel),
                    None => view.view(),
                };
                job.run(view, (&image, &part), &mut buffer, (&wanted, &mut results), checkpoint)?;
            }
            Ok(())
        })
    }

    fn bytes(&self, input: &Form, roi: &Roi, threads: usize) -> Result<u64, Error> {
        let (image, channels) = split(input)?;
        let (part, wanted) = self.parts(input, roi)?;
        let jobs = self.jobs(&image, channels, &wanted)?;
        let mut scratch = 0;
        for job in &jobs {
            let smoothed = job.smoothed(&image, &part)?.shape();
            let of = |recipe, from: &Shape, to: &Shape, scattered| {
                separable::scratch_bytes(recipe, from.as_slice(), to.as_slice(), scattered, threads)
            };
            let filters = job
                .recipes
                .iter()
                .map(|(recipe, _)| of(recipe, &smoothed, &part.shape(), has_channels_last(input.axes)));
            let most = filters.fold(of(&job.presmoothing, &image.shape, &smoothed, false), u64::max);
            scratch = most.max(scratch);
        }
        let held = roi.shape().saturating_volume() + most_smoothed(&jobs, &image, &part)?;
        Ok(held as u64 * size_of::<f32>() as u64 + scratch)
    }

    /// No more than the channels of `roi` depend on: small scales on far less than large ones.
    fn needed(&self, input: &Form, roi: &Roi) -> Result<Roi, Error> {
        let own = self.without_channels(input, roi)?;
        let (_, wanted) = self.parts(input, roi)?;
        let halo = self.halo_of(input, &wanted)?;
        let mut part = own.expand_by_halo(halo, Roi::full(input.shape))?.outer;
        // A single slice has fewer eigenvalues than a volume, by which its channels would have other numbers.
        for (axis, halo) in self.halo(input)?.into_iter().enumerate() {
            let (range, last) = (part.range(axis), input.shape[axis].saturating_sub(1));
            if halo > 0 && range.len() == 1 && last > 0 {
                let start = range.start.min(last - 1);
                part = part.with_axis(axis, start..start + 2)?;
            }
        }
        Ok(part)
    }

    fn affected(&self, input: &Form, roi: &Roi) -> Result<Roi, Error> {
        let grown = roi.expand_by_halo(self.halo(input)?, Roi::full(input.shape))?.outer;
        let result = self.result(input)?;
        // The results of a channel of the image are not neighbours.
        match input.axes.position('c') {
            Some(axis) => Ok(grown.with_axis(axis, 0..result.shape[axis])?),
            None => {
                let axis = channel_position(input.axes);
                Ok(grown.insert_axis(axis, 0..result.shape[axis])?)
            }
        }
    }

    /// Each feature at each scale by itself: small scales depend on far less than large ones.
    fn affected_parts(&self, input: &Form, roi: &Roi) -> Result<Vec<Roi>, Error> {
        let (image, channels) = split(input)?;
        let axis = input.axes.position('c').unwrap_or_else(|| channel_position(input.axes));
        let (space, touched) = match input.axes.position('c') {
            Some(axis) => (roi.remove_axis(axis)?, roi.range(axis)),
            None => (*roi, 0..1),
        };
        let mut parts = Vec::new();
        for cell in self.cells(&image, channels)? {
            for channel in touched.clone() {
                let first = cell.channels.start + channel * cell.results;
                let results = first..first + cell.results;
                for job in self.jobs(&image, channels, &results)? {
                    let both = job.presmoothing.reach().into_iter().zip(job.reach());
                    let reach: Vec<_> = both.map(|(a, b)| a + b).collect();
                    let grown = space.expand_by_halo(reach, Roi::full(image.shape))?.outer;
                    parts.push(grown.insert_axis(axis, results.clone())?);
                }
            }
        }
        Ok(parts)
    }

    fn within(&self, input: &Form, roi: &Roi, part: &Roi) -> Result<Roi, Error> {
        let axis = input.axes.position('c').unwrap_or_else(|| channel_position(input.axes));
        let channels = roi.range(axis);
        let part = match input.axes.position('c') {
            Some(_) => part.remove_axis(axis)?,
            None => *part,
        };
        Ok(roi.remove_axis(axis)?.relative_to(&part)?.insert_axis(axis, channels)?)
    }

    fn without_channels(&self, input: &Form, roi: &Roi) -> Result<Roi, Error> {
        match input.axes.position('c') {
            Some(axis) => Ok(roi.with_axis(axis, 0..input.shape[axis])?),
            None => Ok(roi.remove_axis(channel_position(input.axes))?),
        }
    }
}

/// An image of the input, and how many of them there are along `c`.
fn split(input: &Form) -> Result<(Form, usize), Error> {
    let Some(axis) = input.axes.position('c') else {
        return Ok((*input, 1));
    };
    let letters: String = input.axes.iter().filter(|&letter| letter != 'c').collect();
    let image = Form {
        axes: letters.parse()?,
        shape: input.shape.remove_axis(axis)?,
        dtype: input.dtype,
    };
    Ok((image, input.shape[axis]))
}
