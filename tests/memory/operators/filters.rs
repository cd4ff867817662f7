//! Filters, on the block that they are estimated for: in the middle of a volume.

use headwater::DType;
use headwater::graph::Graph;
use headwater::kernels::{Local, MorphologyOperation};
use headwater::operators::{
    DifferenceOfGaussians, Filter, FilterSlots, Gaussian, GaussianGradientMagnitude, HessianOfGaussian,
    HessianOfGaussianEigenvalues, LaplacianOfGaussian, LocalThreshold, Morphology, PixelFeatures, Rank,
    StructureTensorEigenvalues,
};

use super::fresh::in_blocks;
use super::{Asked, Case, check, computes};

fn of<F: Filter>(graph: &Graph, filter: F, dtype: DType) -> Asked {
    let image = in_blocks(graph, "zyx", &[120, 120, 120], dtype, &[40, 40, 40]);
    let node = graph.add(filter);
    let slots: &FilterSlots<F::Parameters> = &node;
    graph.edit(|e| e.connect(&image, &slots.input)).unwrap();
    let meta = slots.output.meta().unwrap();
    let mut block = meta.roi();
    for axis in meta.axes().spatial() {
        block = block.with_axis(axis, 40..80).unwrap();
    }
    (slots.output.clone(), block)
}

const CASES: &[Case] = &[
    computes("Gaussian", |g| of(g, Gaussian::new(1.6), DType::F32)),
    computes("Gaussian of bytes", |g| of(g, Gaussian::new(3.5), DType::U8)),
    computes("DifferenceOfGaussians", |g| {
        of(g, DifferenceOfGaussians::new(2.0, 1.0), DType::U8)
    }),
    computes("GaussianGradientMagnitude", |g| {
        of(g, GaussianGradientMagnitude::new(1.0), DType::U16)
    }),
    computes("HessianOfGaussian", |g| of(g, HessianOfGaussian::new(1.0), DType::F32)),
    computes("HessianOfGaussianEigenvalues", |g| {
        of(g, HessianOfGaussianEigenvalues::new(1.0), DType::F32)
    }),
    computes("LaplacianOfGaussian", |g| {
        of(g, LaplacianOfGaussian::new(1.6), DType::U8)
    }),
    computes("LocalThreshold", |g| {
        of(g, LocalThreshold::new(Local::Mean, 4), DType::U8)
    }),
    computes("Morphology", |g| {
        of(g, Morphology::new(MorphologyOperation::Open, 2), DType::U16)
    }),
    computes("PixelFeatures", |g| of(g, PixelFeatures::new([0.7]), DType::U8)),
    computes("Rank", |g| of(g, Rank::median(1), DType::U16)),
    computes("StructureTensorEigenvalues", |g| {
        of(g, StructureTensorEigenvalues::new(1.0, 2.0), DType::F32)
    }),
];

#[test]
fn filters() {
    check(CASES);
}
