//! The filters in the graph: every part is that of the whole, nothing changes unmarked, and marks are no wider than the halo.

use headwater::graph::{Graph, Node, Slot};
use headwater::kernels::{self, PixelFeature, Stencil};
use headwater::operators::{
    DifferenceOfGaussians, Filter, FilterSlots, Gaussian, GaussianGradientMagnitude, HessianOfGaussian,
    HessianOfGaussianEigenvalues, LaplacianOfGaussian, PixelFeatures, StructureTensorEigenvalues,
};
use headwater::{Array, Checkpoint, DType, Roi, Shape, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};

/// An image of `dtype` without a pattern.
fn noise(axes: &str, shape: &[usize], seed: u64, dtype: DType) -> Array {
    let mut state = seed | 1;
    let values = (0..shape.iter().product::<usize>()).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 57) as f32
    });
    Array::from_vec(axes, shape, values.collect())
        .unwrap()
        .cast(dtype)
        .unwrap()
}

/// Asks for parts and for the whole, then changes a part and compares what changed with what was marked.
fn check<F: Filter>(filter: F, image: &Array, regions: &[(Roi, Roi)], seed: u64) {
    let graph = Graph::new();
    let node = graph.add(filter);
    graph.edit(|e| e.set(&node.input, image.clone())).unwrap();
    let output = node.output.meta().unwrap();
    for (part, dirty) in regions {
        let (part, dirty) = (
            clipped(part, output.shape()),
            clipped(dirty, Shape::new(image.shape()).unwrap()),
        );
        assert_blockwise(&node.output, [part]);
        let new = noise(
            &image.axes().to_string(),
            dirty.shape().as_slice(),
            !seed,
            image.dtype(),
        );
        assert_marked(&graph, &node.input, &node.output, dirty, &new);
    }
}

/// The first axes of `roi`, or more, within `shape`.
fn clipped(roi: &Roi, shape: Shape) -> Roi {
    let bounds = (0..shape.rank()).map(|axis| {
        let range = roi.range(axis % roi.rank());
        let start = range.start % shape[axis];
        start..(start + range.len()).min(shape[axis])
    });
    Roi::from_ranges(bounds).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_part_is_that_of_the_whole_and_nothing_changes_unmarked(
        axes in prop::sample::select(vec!["yx", "zyx", "tyxc", "cyx"]),
        lengths in prop::collection::vec(9usize..16, 4),
        sigma in prop::sample::select(vec![0.3, 0.7, 1.0, 1.6]),
        dtype in prop::sample::select(vec![DType::U8, DType::U16, DType::F32, DType::F64]),
        regions in prop::collection::vec((region_in(&[9; 3]), region_in(&[9; 3])), 1..3),
        seed in any::<u64>(),
    ) {
        let image = noise(axes, &lengths[..axes.len()], seed, dtype);
        check(Gaussian::new(sigma), &image, &regions, seed);
        check(LaplacianOfGaussian::new(sigma), &image, &regions, seed);
        check(GaussianGradientMagnitude::new(sigma), &image, &regions, seed);
        check(DifferenceOfGaussians::new(sigma, 0.66 * sigma), &image, &regions, seed);
        check(HessianOfGaussian::new(sigma), &image, &regions, seed);
        check(HessianOfGaussianEigenvalues::new(sigma), &image, &regions, seed);
        check(StructureTensorEigenvalues::new(sigma, 0.5 * sigma), &image, &regions, seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn pixel_features_of_any_part_and_any_channels_are_those_of_the_whole(
        axes in prop::sample::select(vec!["yx", "zyx", "zyxc"]),
        lengths in prop::collection::vec(9usize..14, 3),
        regions in prop::collection::vec((region_in(&[9; 3]), region_in(&[9; 3])), 1..3),
        seed in any::<u64>(),
    ) {
        let mut shape = lengths[..axes.len().min(3)].to_vec();
        shape.extend(axes.ends_with('c').then_some(2));
        check(PixelFeatures::new([0.7, 1.6]), &noise(axes, &shape, seed, DType::U8), &regions, seed);
    }
}

#[test]
fn pixel_features_are_the_kernels_and_named() {
    let image = noise("zyx", &[12, 14, 13], 3, DType::U8);
    let graph = Graph::new();
    let node = graph.add(PixelFeatures::new([0.7, 1.6]));
    graph
        .edit(|e| {
            e.set(&node.input, image.clone())?;
            e.set(&node.in_2d, vec![true, false])
        })
        .unwrap();
    let kernel = kernels::PixelFeatures::new([0.7, 1.6]).in_2d([true, false]);
    let meta = node.output.meta().unwrap();
    let names = kernel.names(&kernels::Form::of(&image).unwrap()).unwrap();
    assert!(meta.channel_names().iter().map(|name| &**name).eq(&names), "{names:?}");
    // One slice of two channels, the first of them in 2-D: the cut-out is no plane.
    let expected = kernel.apply(&image, &Checkpoint::never()).unwrap();
    for part in [
        roi![0..2, 5..6, 3..9, 0..13],
        roi![8..12, 0..1, 0..14, 12..13],
        meta.roi(),
    ] {
        let own = node.output.request(part).wait().unwrap();
        assert!(own.same_bits(&expected.slice(&part).unwrap()), "{part}");
    }
}

/// What is marked when the middle of a large image changes, and what does change.
fn reach<F: Filter>(filter: F) -> (Roi, Roi) {
    let graph = Graph::new();
    let node: Node<F> = graph.add(filter);
    graph
        .edit(|e| e.set(&node.input, noise("yx", &[41, 41], 7, DType::F32)))
        .unwrap();
    let dot = Array::full("yx", &[1, 1], 5e4_f32).unwrap();
    let (marked, changed) = assert_marked(&graph, &node.input, &node.output, roi![20..21, 20..21], &dot);
    let marked = marked.regions(node.output.meta().unwrap().roi());
    assert_eq!(marked.len(), 1, "{}", node.output.path());
    (marked[0], changed.unwrap())
}

#[test]
fn dirtiness_ignores_the_halo() {
    // lazyflow's presmoothed features hand the dirty region on as it is, and its filters grow it by a halo that is wider
    // than their kernels. Here what is marked is what changes, to the element.
    for (marked, changed) in [
        reach(Gaussian::new(1.0)),
        reach(LaplacianOfGaussian::new(1.0)),
        reach(GaussianGradientMagnitude::new(1.0)),
        reach(DifferenceOfGaussians::new(1.0, 0.66)),
        reach(HessianOfGaussian::new(1.0)),
        reach(HessianOfGaussianEigenvalues::new(1.0)),
        reach(StructureTensorEigenvalues::new(1.0, 0.7)),
    ] {
        assert_eq!(marked, changed);
    }
}

#[test]
fn the_dirt_of_a_small_scale_is_not_that_of_a_large_one() {
    let graph = Graph::new();
    let node = graph.add(PixelFeatures::new([0.7, 3.5]).only([PixelFeature::GaussianSmoothing]));
    let image = noise("yxc", &[81, 81, 2], 7, DType::F32);
    graph.edit(|e| e.set(&node.input, image)).unwrap();
    let dot = Array::full("yxc", &[1, 1, 1], 5e6_f32).unwrap();
    let (marked, _) = assert_marked(&graph, &node.input, &node.output, roi![40..41, 40..41, 1..2], &dot);
    let mut regions = marked.regions(node.output.meta().unwrap().roi());
    regions.sort_by_key(|roi| roi.start()[2]);
    // Radius 2 of the smoothing and 1 of the filter; 12 and 2.
    assert_eq!(regions, [roi![37..44, 37..44, 1..2], roi![26..55, 26..55, 3..4]]);
}

#[test]
fn an_operator_computes_what_its_kernel_does() {
    let image = noise("zyx", &[12, 14, 13], 3, DType::U8);
    let graph = Graph::new();
    let node = graph.add(StructureTensorEigenvalues::new([1.0, 0.7, 0.7], 0.7));
    graph
        .edit(|e| {
            e.set(&node.input, image.clone())?;
            e.set(&node.order, kernels::ScaleOrder::Fastfilters)?;
            e.set(&node.window, 3.0)
        })
        .unwrap();
    let kernel = kernels::StructureTensorEigenvalues::new([1.0, 0.7, 0.7], 0.7);
    let kernel = kernel.scales(kernels::ScaleOrder::Fastfilters).window(3.0);
    let expected = kernel.apply(&image, &Checkpoint::never()).unwrap();
    let whole = node.output.request(node.output.meta().unwrap().roi()).wait().unwrap();
    assert!(whole.same_bits(&expected));
    graph.edit(|e| e.set(&node.order, kernels::ScaleOrder::Vigra)).unwrap();
    let other = node.output.request(node.output.meta().unwrap().roi()).wait().unwrap();
    assert!(!other.same_bits(&expected), "the order of the scales has no effect");
}

#[test]
fn slice_by_slice_is_a_matter_of_axes() {
    let volume = noise("zyx", &[3, 20, 20], 3, DType::F32);
    let graph = Graph::new();
    let node: Node<HessianOfGaussianEigenvalues> = graph.add(HessianOfGaussianEigenvalues::new(2.0));
    let slots: &FilterSlots<_> = &node;
    graph.edit(|e| e.set(&slots.input, volume.clone())).unwrap();
    let error = node
        .output
        .request(roi![0..1, 0..1, 0..1, 0..1])
        .wait()
        .unwrap_err()
        .report();
    assert!(error.contains("axis z has length 3"), "{error}");
    graph.edit(|e| e.set(&node.axes, Some("yx".parse()?))).unwrap();
    assert_eq!(node.output.meta().unwrap().shape(), Shape::from([2, 3, 20, 20]));
    let slice = node.output.request(roi![0..2, 1..2, 0..20, 0..20]).wait().unwrap();
    let alone = volume.slice(&roi![1..2, 0..20, 0..20]).unwrap().to_axes("yx").unwrap();
    let expected = kernels::HessianOfGaussianEigenvalues::new(2.0)
        .apply(&alone, &Checkpoint::never())
        .unwrap();
    let slice = slice.to_axes("cyx").unwrap();
    assert!(slice.same_bits(&expected));
}
