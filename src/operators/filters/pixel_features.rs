//! The features from which pixels are classified.

use crate::error::Error;
use crate::graph::{Declare, Input, Meta};
use crate::kernels::{self, Form, PixelFeature, ScaleOrder};
use crate::operators::filters::{Filter, Values};
use crate::operators::form::form;

/// ilastik's features of pixels: six filters at some scales, as channels.
///
/// lazyflow: `OpPixelFeaturesPresmoothed`. The kernel is [`kernels::PixelFeatures`], which says what is computed and in which
/// order; what filters share is computed once, and a request for some channels computes those alone. lazyflow hands a dirty
/// region on as it is; here it grows by the halo. The channels are named.
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `scales` | input, ilastik's seven | the scales in elements, each more than 0 |
/// | `selection` | input, all | a row for each of [`PixelFeature::ALL`], a flag for each scale; no rows: all |
/// | `in_2d` | input, none | a flag for each scale: whether it is computed slice by slice; no flags: none is |
/// | `tensor_scales` | input, vigra's | which of the two scales of a structure tensor is which |
/// | `output` | output | the features as channels, `f32` |
#[derive(Clone, Debug)]
pub struct PixelFeatures {
    scales: Vec<f64>,
    selection: Vec<Vec<bool>>,
}

/// The parameters of [`PixelFeatures`].
#[derive(Debug)]
pub struct PixelFeaturesParameters {
    /// The scales in elements.
    pub scales: Input<Vec<f64>>,
    /// For each feature, the scales at which it is wanted; no rows: all.
    pub selection: Input<Vec<Vec<bool>>>,
    /// For each scale, whether it is computed slice by slice; no flags: none is.
    pub in_2d: Input<Vec<bool>>,
    /// Which of the two scales of a structure tensor is which.
    pub tensor_scales: Input<ScaleOrder>,
}

impl PixelFeatures {
    /// All features at all of `scales`.
    pub fn new(scales: impl Into<Vec<f64>>) -> Self {
        Self {
            scales: scales.into(),
            selection: Vec::new(),
        }
    }

    /// Only `features`, at all scales.
    #[must_use]
    pub fn only(mut self, features: impl IntoIterator<Item = PixelFeature>) -> Self {
        let wanted: Vec<_> = features.into_iter().collect();
        let row = |feature| vec![wanted.contains(feature); self.scales.len()];
        self.selection = PixelFeature::ALL.iter().map(row).collect();
        self
    }
}

impl Default for PixelFeatures {
    fn default() -> Self {
        Self::new(kernels::PixelFeatures::SCALES)
    }
}

impl Filter for PixelFeatures {
    type Kernel = kernels::PixelFeatures;
    type Parameters = PixelFeaturesParameters;

    fn parameters(&self, declare: &mut Declare<'_>) -> PixelFeaturesParameters {
        PixelFeaturesParameters {
            scales: declare.default("scales", self.scales.clone()),
            selection: declare.default("selection", self.selection.clone()),
            in_2d: declare.default("in_2d", Vec::new()),
            tensor_scales: declare.default("tensor_scales", ScaleOrder::Vigra),
        }
    }

    fn kernel(&self, slots: &Self::Parameters, values: &mut Values<'_, '_>, _: &Form) -> Result<Self::Kernel, Error> {
        let kernel = kernels::PixelFeatures::new(values.get(&slots.scales)?);
        let kernel = kernel.tensor_scales(values.get(&slots.tensor_scales)?);
        let (selection, in_2d) = (values.get(&slots.selection)?, values.get(&slots.in_2d)?);
        let kernel = if selection.is_empty() {
            kernel
        } else {
            kernel.select(selection)
        };
        Ok(if in_2d.is_empty() { kernel } else { kernel.in_2d(in_2d) })
    }

    fn describe(&self, kernel: &Self::Kernel, input: &Meta, result: Meta) -> Meta {
        match kernel.names(&form(input)) {
            Ok(names) => result.with_channel_names(names),
            // It made the description that this is to be added to, so it can name its channels.
            Err(_) => result,
        }
    }
}
