//! Filters, ranks, thresholds, sizes.

use crate::array::DType;
use crate::kernels::{Interpolation, Local, MorphologyOperation};
use crate::operators::{
    DifferenceOfGaussians, Filter, Gaussian, GaussianGradientMagnitude, HessianOfGaussian,
    HessianOfGaussianEigenvalues, LaplacianOfGaussian, LocalThreshold, Morphology, Normalise, Otsu, PixelFeatures,
    Rank, Resize, ScaleParameters, StructureTensorEigenvalues, Threshold, ValueRange,
};
use crate::pipeline::entry::Entry;
use crate::pipeline::registration::Registration;
use crate::roi::Shape;

const IMAGE: &str = "an image of any element type";
const WINDOW: &str = "where Gaussians are cut off, in multiples of sigma";
const AXES: &str = "the axes to filter; \"none\" is all of z, y and x, \"yx\" goes slice by slice";
const RADIUS: &str = "how far it reaches along each axis of space: one for all or one for each";

/// A filter with what it does and what its output is.
fn filter<F: Filter>(name: &str, doc: &str, make: fn() -> F) -> Registration<F> {
    Registration::new(name, doc, make).input("input", IMAGE, |slots| &slots.input)
}

/// A filter of one scale.
fn scale<F: Filter<Parameters = ScaleParameters>>(name: &str, doc: &str, make: fn() -> F, output: &str) -> Entry {
    filter(name, doc, make)
        .parameter(
            "sigma",
            "the scale in elements: one for all axes, or one for each",
            |s| &s.sigma,
        )
        .parameter("window", WINDOW, |s| &s.window)
        .above(0.0)
        .parameter("axes", AXES, |s| &s.axes)
        .output("output", output, |s| &s.output)
        .entry()
}

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = scales();
    entries.extend(ranks());
    entries.extend(levels());
    entries
}

fn scales() -> Vec<Entry> {
    vec![
        scale(
            "Gaussian",
            "Smooths by a Gaussian.",
            Gaussian::default,
            "the smoothed image, f32",
        ),
        scale(
            "GaussianGradientMagnitude",
            "How steep the smoothed image is: high on edges.",
            GaussianGradientMagnitude::default,
            "the magnitude, f32",
        ),
        scale(
            "LaplacianOfGaussian",
            "The sum of the second derivatives of the smoothed image: negative on bright blobs.",
            LaplacianOfGaussian::default,
            "the sum, f32",
        ),
        scale(
            "HessianOfGaussian",
            "The second derivatives of the smoothed image, the upper triangle of a matrix at each point.",
            HessianOfGaussian::default,
            "the derivatives as channels, f32",
        ),
        scale(
            "HessianOfGaussianEigenvalues",
            "The eigenvalues of the matrix of second derivatives, in descending order: ridges and blobs.",
            HessianOfGaussianEigenvalues::default,
            "the eigenvalues in descending order as channels, f32",
        ),
        filter(
            "DifferenceOfGaussians",
            "The image smoothed at one scale minus the image smoothed at another: what is between the two scales.",
            DifferenceOfGaussians::default,
        )
        .parameter("sigma0", "the scale of what is subtracted from, in elements", |s| {
            &s.sigma0
        })
        .parameter("sigma1", "the scale of what is subtracted", |s| &s.sigma1)
        .parameter("window", WINDOW, |s| &s.window)
        .above(0.0)
        .parameter("axes", AXES, |s| &s.axes)
        .output("output", "the difference, f32", |s| &s.output)
        .entry(),
        filter(
            "StructureTensorEigenvalues",
            "How much the image varies in its principal directions around each point: corners, edges and flat parts.",
            StructureTensorEigenvalues::default,
        )
        .parameter("inner", "the scale of the gradient, in elements", |s| &s.inner)
        .parameter(
            "outer",
            "the scale at which products of the gradient are smoothed",
            |s| &s.outer,
        )
        .parameter("order", "which of the two scales is which", |s| &s.order)
        .parameter("window", WINDOW, |s| &s.window)
        .above(0.0)
        .parameter("axes", AXES, |s| &s.axes)
        .output("output", "the eigenvalues in descending order as channels, f32", |s| {
            &s.output
        })
        .entry(),
        filter(
            "PixelFeatures",
            "ilastik's features of pixels: six filters at some scales, as channels.",
            PixelFeatures::default,
        )
        .parameter("scales", "the scales in elements", |s| &s.scales)
        .above(0.0)
        .parameter(
            "selection",
            "a row for each feature, a flag for each scale; no rows: all",
            |s| &s.selection,
        )
        .parameter(
            "in_2d",
            "a flag for each scale: slice by slice; no flags: none is",
            |s| &s.in_2d,
        )
        .parameter(
            "tensor_scales",
            "which of the two scales of a structure tensor is which",
            |s| &s.tensor_scales,
        )
        .output("output", "the features as channels, f32", |s| &s.output)
        .entry(),
    ]
}

fn ranks() -> Vec<Entry> {
    vec![
        filter(
            "Rank",
            "The element of some rank among those around each point: `median`, `minimum`, `maximum`, or any \
             percentile.",
            || Rank::median(1),
        )
        .parameter("radius", RADIUS, |s| &s.radius)
        .parameter(
            "ball",
            "whether it is a ball (a disk, an ellipsoid) rather than a box",
            |s| &s.ball,
        )
        .parameter(
            "percentile",
            "which in order: 0 is the least, 50 the median, 100 the greatest",
            |s| &s.percentile,
        )
        .within(0.0..=100.0)
        .output("output", "an image of the same type", |s| &s.output)
        .entry(),
        filter(
            "Morphology",
            "Erodes, dilates, opens, closes, or shows what opening and closing change; binary morphology for `bool`.",
            || Morphology::new(MorphologyOperation::Open, 1),
        )
        .required("operation", "what to do", |s| &s.operation)
        .parameter("radius", RADIUS, |s| &s.radius)
        .output("output", "an image of the same type", |s| &s.output)
        .entry(),
        filter(
            "LocalThreshold",
            "Which elements are above the mean of their surroundings, less an offset.",
            || LocalThreshold::new(Local::Mean, 1),
        )
        .parameter("local", "of a box, or weighted by a Gaussian", |s| &s.local)
        .required("radius", RADIUS, |s| &s.radius)
        .parameter("offset", "what is taken from the mean", |s| &s.offset)
        .output("output", "bool", |s| &s.output)
        .entry(),
    ]
}

fn levels() -> Vec<Entry> {
    let byte = || Normalise::new((0.0, 1.0), (0.0, 255.0), DType::U8);
    vec![
        Registration::new("Threshold", "Which elements are above a level: `bool`.", || Threshold::above(0.0))
            .input("input", IMAGE, |s| &s.input)
            .required("level", "true is what is greater than this", |s| &s.level)
            .output("output", "bool", |s| &s.output)
            .entry(),
        Registration::new(
            "Normalise",
            "Maps a range of values linearly to another, as elements of some type.",
            byte,
        )
        .input("input", IMAGE, |s| &s.input)
        .parameter("in_min", "what becomes `out_min`", |s| &s.in_min)
        .parameter("in_max", "what becomes `out_max`", |s| &s.in_max)
        .parameter("out_min", "what `in_min` becomes", |s| &s.out_min)
        .parameter("out_max", "what `in_max` becomes", |s| &s.out_max)
        .parameter("dtype", "the type of the result", |s| &s.dtype)
        .output("output", "the image with other values", |s| &s.output)
        .entry(),
        Registration::new(
            "Otsu",
            "The threshold that separates the values of an image best, by the method of Otsu: a value, to be connected to the \
             level of a `Threshold`.",
            Otsu::new,
        )
        .input("input", IMAGE, |s| &s.input)
        .output("threshold", "values up to it are of the lower kind", |s| &s.threshold)
        .entry(),
        Registration::new(
            "ValueRange",
            "The least and the greatest number in an image, as values: for `Normalise`.", ValueRange::new)
            .input("input", IMAGE, |s| &s.input)
            .output("minimum", "its least number", |s| &s.minimum)
            .output("maximum", "its greatest number", |s| &s.maximum)
            .entry(),
        Registration::new("Resize", "Gives an image another size along the axes of space.", || {
            Resize::to(Shape::from([])).interpolation(Interpolation::Linear)
        })
        .input("input", IMAGE, |s| &s.input)
        .required("shape", "that of the result; axes not of space keep their lengths", |s| &s.shape)
        .parameter("interpolation", "nearest for labels", |s| &s.interpolation)
        .output("output", "an image of the same type", |s| &s.output)
        .entry(),
    ]
}
