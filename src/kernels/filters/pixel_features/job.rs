//! What is computed at one scale, of one image.

use std::ops::Range;

use ndarray::{ArrayViewD, ArrayViewMutD, IxDyn};

use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::filters::separable::{self, Recipe};
use crate::kernels::stencil::Form;
use crate::roi::Roi;

/// The features at one scale, of one channel of the image.
pub(super) struct Job {
    pub(super) channel: usize,
    pub(super) presmoothing: Recipe,
    /// Each with the channels of the result that it computes.
    pub(super) recipes: Vec<(Recipe, Vec<usize>)>,
}

impl Job {
    /// How far the features depend on the smoothed image.
    pub(super) fn reach(&self) -> Vec<usize> {
        let reaches = self.recipes.iter().map(|(recipe, _)| recipe.reach());
        let longer = |a: Vec<usize>, b: Vec<usize>| a.iter().zip(&b).map(|(a, b)| *a.max(b)).collect();
        reaches.reduce(longer).unwrap_or_default()
    }

    /// The part of the smoothed image that is needed for `roi`.
    pub(super) fn smoothed(&self, image: &Form, roi: &Roi) -> Result<Roi, Error> {
        Ok(roi.expand_by_halo(self.reach(), Roi::full(image.shape))?.outer)
    }

    /// Computes `roi` of the features of `image`. `results` has one array for each channel of the result in `wanted`, and
    /// `buffer` room for the smoothed image.
    pub(super) fn run<T: Element>(
        &self,
        image: ArrayViewD<'_, T>,
        (form, roi): (&Form, &Roi),
        buffer: &mut [f32],
        (wanted, results): (&Range<usize>, &mut [ArrayViewMutD<'_, f32>]),
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let part = self.smoothed(form, roi)?;
        let shape = part.shape();
        let room = &mut buffer[..shape.volume()?];
        let smooth = ArrayViewMutD::from_shape(IxDyn(shape.as_slice()), room)
            .expect("invariant: the room was made by the shape");
        separable::run(image, &self.presmoothing, part.start(), vec![Some(smooth)], checkpoint)?;
        let smooth =
            ArrayViewD::from_shape(IxDyn(shape.as_slice()), room).expect("invariant: the room was made by the shape");
        let start = roi.relative_to(&part)?;
        for (recipe, channels) in &self.recipes {
            let mut views: Vec<Option<ArrayViewMutD<'_, f32>>> =
                results.iter_mut().map(|view| Some(view.view_mut())).collect();
            let out = channels.iter().map(|channel| {
                let is_wanted = wanted.contains(channel);
                is_wanted.then(|| views[channel - wanted.start].take()).flatten()
            });
            separable::run(smooth.view(), recipe, start.start(), out.collect(), checkpoint)?;
        }
        Ok(())
    }
}

/// The most elements of smoothed images that any of `jobs` needs.
pub(super) fn most_smoothed(jobs: &[Job], image: &Form, roi: &Roi) -> Result<usize, Error> {
    let mut most = 0;
    for job in jobs {
        most = job.smoothed(image, roi)?.volume()?.max(most);
    }
    Ok(most)
}
