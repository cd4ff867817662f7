//! A colour, and how much of it.

use std::ops::Range;

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Slice, Zip};
use smallvec::SmallVec;

use crate::array::{Array, Element};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pieces::pieces;
use crate::kernels::region::part;

/// What is drawn with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Paint {
    /// One part for each channel, or one for all.
    colour: SmallVec<[f64; 4]>,
    /// From 0, nothing, to 1, nothing else.
    opacity: f64,
}

/// The axes of an image that is drawn over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canvas {
    pub(super) y: usize,
    pub(super) x: usize,
    channel: Option<usize>,
}

impl Canvas {
    /// That of the channels, if each gets a part of its own.
    pub(super) fn channel(self) -> Option<usize> {
        self.channel
    }
}

impl Paint {
    pub(super) fn new(colour: impl IntoIterator<Item = impl Into<f64>>) -> Self {
        let colour = colour.into_iter().map(Into::into).collect();
        Self { colour, opacity: 1.0 }
    }

    pub(super) fn opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// The axes of `image`.
    ///
    /// # Errors
    ///
    /// No axis `y` or `x`; a colour of another number of parts than there are channels; an opacity that is none.
    pub(super) fn on(&self, image: &Array) -> Result<Canvas, Error> {
        let axes = image.axes();
        let refused = |why: String| Err(Error::invalid(format!("cannot draw over {image:?}: {why}")));
        let (Some(y), Some(x)) = (axes.position('y'), axes.position('x')) else {
            return refused("it has to have axes `y` and `x`".to_owned());
        };
        if !(0.0..=1.0).contains(&self.opacity) {
            return refused(format!("an opacity of {} is not from 0 to 1", self.opacity));
        }
        let (parts, channels) = (self.colour.len(), image.length('c').unwrap_or(1));
        if parts != 1 && parts != channels {
            return refused(format!("the colour has {parts} parts, the image {channels} channels"));
        }
        let channel = axes.position('c').filter(|_| parts > 1);
        Ok(Canvas { y, x, channel })
    }

    /// Draws over all of `out`, or over what is not 0 of `mask`, which has its shape.
    ///
    /// # Errors
    ///
    /// The checkpoint's reason.
    pub(super) fn over<T: Element, M: Element>(
        &self,
        out: ArrayViewMutD<'_, T>,
        channel: Option<usize>,
        mask: Option<&ArrayViewD<'_, M>>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        pieces(out, None, 1, checkpoint, &|place, mut out| {
            // Without channels of their own, all get the first part.
            let channels = channel.map_or(0..1, |axis| place.range(axis));
            for (nth, index) in channels.enumerate() {
                let one =
                    |axis: usize, range: Range<usize>| if Some(axis) == channel { index..index + 1 } else { range };
                let here = place.ranges().enumerate().map(|(axis, range)| one(axis, range));
                let mask = mask.map(|mask| part(mask.view(), here));
                let mut out = out.view_mut();
                if let Some(axis) = channel {
                    out.slice_axis_inplace(Axis(axis), Slice::from(nth..nth + 1));
                }
                self.blend(self.colour[index], out, mask);
            }
            Ok(())
        })
    }

    fn blend<T: Element, M: Element>(&self, colour: f64, out: ArrayViewMutD<'_, T>, mask: Option<ArrayViewD<'_, M>>) {
        let (opaque, full) = (self.opacity >= 1.0, colour.cast::<T>());
        let mixed = |old: T| match opaque {
            true => full,
            false => (old.cast::<f64>() * (1.0 - self.opacity) + colour * self.opacity).cast(),
        };
        let pixels = Zip::from(out);
        match mask {
            None => pixels.for_each(|out| *out = mixed(*out)),
            Some(mask) => pixels.and(mask).for_each(|out, set| {
                if *set != M::default() {
                    *out = mixed(*out);
                }
            }),
        }
    }
}
