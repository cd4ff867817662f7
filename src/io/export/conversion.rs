//! What becomes of pixels on their way into a file: crop, then normalise and cast, then reorder.

use crate::array::{Array, Axes, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Meta;
use crate::kernels::{self, Normalise, Stencil as _};
use crate::roi::{Roi, Shape};

/// What is wanted of the pixels.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) roi: Option<Roi>,
    pub(super) axes: Option<String>,
    pub(super) dtype: Option<DType>,
    pub(super) normalise: Option<((f64, f64), (f64, f64))>,
}

/// How blocks of a slot become blocks of a file.
#[derive(Clone, Debug)]
pub(super) struct Conversion {
    /// Which part of the slot.
    pub(super) roi: Roi,
    /// The slot's axes.
    axes: Axes,
    values: Values,
    /// What the file holds.
    pub(super) meta: Meta,
}

#[derive(Clone, Copy, Debug)]
enum Values {
    AsTheyAre,
    Cast(DType),
    Normalise(Normalise),
}

impl Conversion {
    /// Of pixels like `source`.
    ///
    /// # Errors
    ///
    /// A region that is empty or not within the image, axes that leave a long one out, ranges that are not finite.
    pub(super) fn new(source: &Meta, wanted: &Wanted) -> Result<Self, Error> {
        let roi = wanted.roi.unwrap_or(source.roi());
        if roi.is_empty() {
            return Err(Error::invalid(format!("the region {roi} is empty")));
        }
        let dtype = wanted.dtype.unwrap_or(source.dtype());
        let values = match wanted.normalise {
            Some((from, to)) => Values::Normalise(Normalise::new(from, to, dtype)),
            None if dtype != source.dtype() => Values::Cast(dtype),
            None => Values::AsTheyAre,
        };
        let meta = values.of(&cropped(source, &roi)?)?;
        let meta = match &wanted.axes {
            Some(axes) => reordered(meta, axes.parse()?)?,
            None => meta,
        };
        let axes = source.axes();
        Ok(Self {
            roi,
            axes,
            values,
            meta,
        })
    }

    /// Where in the slot a block of the file comes from.
    pub(super) fn source(&self, block: &Roi) -> Result<Roi, Error> {
        let to = self.meta.axes();
        let ranges = self
            .axes
            .iter()
            .map(|letter| to.position(letter).map_or(0..1, |axis| block.range(axis)));
        Ok(Roi::from_ranges(ranges)?.absolute_in(&self.roi)?)
    }

    /// Whether [`values`](Self::values) has anything to do.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.values, Values::AsTheyAre)
    }

    /// What a pixel takes beside the one that came, in bytes.
    pub(super) fn bytes_per_point(&self) -> u64 {
        if self.is_plain() {
            0
        } else {
            self.meta.dtype().size() as u64
        }
    }

    /// The numbers that the file gets, in the slot's axes.
    pub(super) fn values(&self, pixels: Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        match self.values {
            Values::AsTheyAre => Ok(pixels),
            Values::Normalise(normalise) => normalise.apply(&pixels, checkpoint),
            Values::Cast(dtype) => {
                let mut out = Array::zeros(pixels.axes(), pixels.shape(), dtype)?;
                kernels::cast(&pixels, &mut out, checkpoint)?;
                Ok(out)
            }
        }
    }

    /// The same in the file's axes. Nothing is copied.
    pub(super) fn arrange(&self, values: &Array) -> Result<Array, Error> {
        values.to_axes(self.meta.axes())
    }

    /// All that decides about the pixels, beside what the slot gives.
    pub(super) fn describe(&self) -> String {
        let Self {
            roi,
            axes,
            values,
            meta,
        } = self;
        format!("region {roi} of {axes} as {meta:?}, {values:?}")
    }
}

impl Values {
    fn of(self, meta: &Meta) -> Result<Meta, Error> {
        let meta = meta.clone();
        match self {
            Self::AsTheyAre => Ok(meta),
            Self::Cast(dtype) => {
                // A cast is monotonous; `bool` alone turns an end below zero around.
                let through = |end: f64| -> Result<f64, Error> {
                    let end = Array::from_vec("x", &[1], vec![end])?.cast(meta.dtype())?.cast(dtype)?;
                    Ok(end.cast(DType::F64)?.view::<f64>()?[[0]])
                };
                let range = match meta.range() {
                    Some(_) if dtype == DType::Bool => Some((0.0, 1.0)),
                    Some((least, greatest)) => Some((through(least)?, through(greatest)?)),
                    None => None,
                };
                Ok(with_range(meta.with_dtype(dtype), range))
            }
            Self::Normalise(normalise) => {
                // Not only for the range: it tells whether the ends are finite before anything is computed.
                let (least, greatest) = meta.range().unwrap_or((0.0, 0.0));
                let range = normalise.range_between(least, greatest)?;
                let range = meta.range().map(|_| range);
                let dtype = normalise.dtype(meta.dtype());
                Ok(with_range(meta.with_dtype(dtype), range))
            }
        }
    }
}

fn with_range(meta: Meta, range: Option<(f64, f64)>) -> Meta {
    match range {
        Some((least, greatest)) => meta.with_range(least, greatest),
        None => meta.without_range(),
    }
}

/// The description of `roi` of an image.
fn cropped(source: &Meta, roi: &Roi) -> Result<Meta, Error> {
    roi.relative_to(&source.roi())?;
    let meta = source.clone().with_shape(roi.shape())?;
    let names = source.channel_names();
    Ok(match source.axes().position('c') {
        Some(axis) if names.len() == source.shape()[axis] => {
            let kept = names[roi.range(axis)].iter().cloned();
            meta.with_channel_names(kept)
        }
        _ => meta,
    })
}

/// The description of the same image with other axes.
fn reordered(meta: Meta, axes: Axes) -> Result<Meta, Error> {
    for (letter, length) in meta.axes().iter().zip(meta.shape().iter()) {
        if length != 1 && !axes.contains(letter) {
            return Err(Error::invalid(format!(
                "the axes `{axes}` leave out {letter}, whose length is {length}, not 1"
            )));
        }
    }
    let length = |letter| meta.axes().position(letter).map_or(1, |axis| meta.shape()[axis]);
    let shape = Shape::new(axes.iter().map(length).collect::<Vec<_>>())?;
    meta.with_axes(axes, shape)
}
