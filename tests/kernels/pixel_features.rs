//! ilastik's feature set, against the single filters that it is made of.

use headwater::kernels::{
    DifferenceOfGaussians, Form, Gaussian, GaussianGradientMagnitude, HessianOfGaussianEigenvalues,
    LaplacianOfGaussian, PixelFeature, PixelFeatures, ScaleOrder, Stencil, StructureTensorEigenvalues,
};
use headwater::{Array, Axes, Checkpoint, Roi, Shape, roi};
use ndarray::{ArrayD, Axis};
use proptest::prelude::*;

use crate::gaussian::{StopAfter, noise, pool, refusal};

const NEVER: Checkpoint = Checkpoint::never();

fn image(axes: &str, shape: &[usize]) -> Array {
    Array::from_ndarray(axes, noise(shape)).unwrap()
}

/// The channels of one feature at one scale, by the recipe of the original: smooth, then filter.
fn composed(image: &Array, feature: PixelFeature, scale: f64, in_2d: bool, swapped: bool) -> Array {
    let axes: Axes = image.axes();
    let letters = axes
        .iter()
        .filter(|&letter| if in_2d { "yx" } else { "zyx" }.contains(letter));
    let axes: Axes = letters.collect::<String>().parse().unwrap();
    let first = if scale > 1.0 {
        (scale * scale - 1.0).sqrt()
    } else {
        scale
    };
    let smooth = Gaussian::new(first).axes(axes).apply(image, &NEVER).unwrap();
    let s = scale.min(1.0);
    let tensor = StructureTensorEigenvalues::new(s, 0.5 * s).window(2.0).axes(axes);
    let order = if swapped {
        ScaleOrder::Fastfilters
    } else {
        ScaleOrder::Vigra
    };
    match feature {
        PixelFeature::GaussianSmoothing => Gaussian::new(s).window(2.0).axes(axes).apply(&smooth, &NEVER),
        PixelFeature::LaplacianOfGaussian => LaplacianOfGaussian::new(s)
            .window(2.0)
            .axes(axes)
            .apply(&smooth, &NEVER),
        PixelFeature::GaussianGradientMagnitude => GaussianGradientMagnitude::new(s)
            .window(2.0)
            .axes(axes)
            .apply(&smooth, &NEVER),
        PixelFeature::DifferenceOfGaussians => DifferenceOfGaussians::new(s, 0.66 * s)
            .window(2.0)
            .axes(axes)
            .apply(&smooth, &NEVER),
        PixelFeature::StructureTensorEigenvalues => tensor.scales(order).apply(&smooth, &NEVER),
        PixelFeature::HessianOfGaussianEigenvalues => HessianOfGaussianEigenvalues::new(s)
            .window(2.0)
            .axes(axes)
            .apply(&smooth, &NEVER),
    }
    .unwrap()
}

/// The images of a result along `c`, or the only one.
fn channels(array: &Array) -> Vec<ArrayD<f32>> {
    let view = array.view::<f32>().unwrap();
    match array.axes().position('c') {
        Some(axis) => view.axis_iter(Axis(axis)).map(|channel| channel.to_owned()).collect(),
        None => vec![view.to_owned()],
    }
}

/// All that is selected, in ilastik's order: by feature, scale, channel of the image, eigenvalue.
fn expected(
    images: &[Array],
    scales: &[f64],
    selection: &[Vec<bool>],
    in_2d: &[bool],
    swapped: bool,
) -> Vec<ArrayD<f32>> {
    let mut all = Vec::new();
    for (row, &feature) in PixelFeature::ALL.iter().enumerate() {
        for column in (0..scales.len()).filter(|&column| selection[row][column]) {
            for image in images {
                all.extend(channels(&composed(
                    image,
                    feature,
                    scales[column],
                    in_2d[column],
                    swapped,
                )));
            }
        }
    }
    all
}

#[track_caller]
fn assert_close(own: &Array, expected: &[ArrayD<f32>]) {
    let own = channels(own);
    assert_eq!(own.len(), expected.len());
    for (channel, (own, expected)) in own.iter().zip(expected).enumerate() {
        assert_eq!(own.shape(), expected.shape());
        for (own, expected) in own.iter().zip(expected) {
            assert!(
                (own - expected).abs() < 2e-6,
                "channel {channel}: {own}, expected {expected}"
            );
        }
    }
}

fn selections(scales: usize) -> impl Strategy<Value = Vec<Vec<bool>>> {
    let row = prop::collection::vec(any::<bool>(), scales);
    prop::collection::vec(row, 6).prop_filter("nothing selected", |rows| rows.iter().flatten().any(|&wanted| wanted))
}

fn two_d() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(any::<bool>(), 4)
}

const SCALES: [f64; 4] = [0.3, 0.7, 1.0, 1.6];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn features_are_the_single_filters_after_the_smoothing(
        selection in selections(4), in_2d in two_d(), swapped: bool, shape in prop::collection::vec(8usize..14, 2..=3),
    ) {
        let image = image(&"zyx"[3 - shape.len()..], &shape);
        let order = if swapped { ScaleOrder::Fastfilters } else { ScaleOrder::Vigra };
        let features = PixelFeatures::new(SCALES).select(selection.clone()).in_2d(in_2d.clone()).tensor_scales(order);
        let own = features.apply(&image, &NEVER).unwrap();
        let names = features.names(&Form::of(&image).unwrap()).unwrap();
        prop_assert_eq!(names.len(), own.length('c').unwrap());
        assert_close(&own, &expected(&[image], &SCALES, &selection, &in_2d, swapped));
    }

    #[test]
    fn any_region_and_some_channels_are_the_part_of_the_whole(
        selection in selections(4), in_2d in two_d(), axes in prop::sample::select(vec!["zyx", "czyx", "zyxc"]), seed in 0usize..10_000,
    ) {
        let shape: Vec<_> = axes.chars().map(|letter| if letter == 'c' { 2 } else { 11 }).collect();
        let image = image(axes, &shape);
        let features = PixelFeatures::new(SCALES).select(selection).in_2d(in_2d);
        let form = Form::of(&image).unwrap();
        let whole = features.apply(&image, &NEVER).unwrap();
        for seed in [seed, seed / 2 + 1, seed / 3 + 2] {
            let ranges = whole.shape().iter().enumerate().map(|(axis, &len)| {
                let start = seed.wrapping_mul(axis + 7) / 3 % len;
                start..start + 1 + seed.wrapping_mul(axis + 13) / 5 % (len - start)
            });
            let roi = Roi::from_ranges(ranges).unwrap();
            let expected = whole.slice(&roi).unwrap();
            let own = features.apply_region(&image, &roi, &NEVER).unwrap();
            prop_assert!(own.same_bits(&expected));
            let needed = features.needed(&form, &roi).unwrap();
            let within = features.within(&form, &roi, &needed).unwrap();
            let own = features.apply_region(&image.slice(&needed).unwrap(), &within, &NEVER).unwrap();
            prop_assert!(own.same_bits(&expected));
        }
    }
}

#[test]
fn channels_of_the_image_come_after_the_scale_and_before_the_eigenvalue() {
    let scales = [1.0, 3.5];
    let all = vec![vec![true; 2]; 6];
    let parts: Vec<_> = (0..3)
        .map(|part| noise(&[40, 41]).mapv(|value| value * (part + 1) as f32))
        .collect();
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    let images: Vec<_> = parts
        .iter()
        .map(|part| Array::from_ndarray("yx", part.clone()).unwrap())
        .collect();
    let expected = expected(&images, &scales, &all, &[false; 2], false);
    for (axes, at) in [("cyx", 0), ("yxc", 2)] {
        let image = Array::from_ndarray(axes, ndarray::stack(Axis(at), &views).unwrap()).unwrap();
        let own = PixelFeatures::new(scales).apply(&image, &NEVER).unwrap();
        assert_eq!(own.length('c'), Some(3 * 2 * (4 + 2 + 2)));
        assert_close(&own, &expected);
    }
}

#[test]
fn names_say_what_the_channels_are() {
    let form = Form::of(&image("zyx", &[9, 9, 9])).unwrap();
    let features = PixelFeatures::new([0.7, 1.6]).in_2d([false, true]);
    let names = features.names(&form).unwrap();
    assert_eq!(names.len(), 2 * 4 + 2 * (3 + 2));
    assert_eq!(names[0], "Gaussian Smoothing (σ=0.7)");
    assert_eq!(names[3], "Laplacian of Gaussian (σ=1.6) in 2D");
    assert_eq!(names[12], "Structure Tensor Eigenvalues (σ=1.6) in 2D [1]");
    assert_eq!(names[15], "Hessian of Gaussian Eigenvalues (σ=0.7) [2]");
}

#[test]
fn the_halo_is_that_of_what_is_selected() {
    let form = Form::of(&image("zyx", &[60, 60, 60])).unwrap();
    let halo = |features: PixelFeatures| features.halo(&form).unwrap();
    // The smoothing by √(10² - 1) reaches 35, the filter 2, a structure tensor 1 more.
    assert_eq!(halo(PixelFeatures::new(PixelFeatures::SCALES)), [38; 3]);
    let smoothing = PixelFeatures::new([10.0, 1.0]).only([PixelFeature::GaussianSmoothing]);
    assert_eq!(halo(smoothing.clone()), [37; 3]);
    assert_eq!(halo(smoothing.in_2d([true, false])), [6, 37, 37]);
}

#[test]
fn channels_of_a_small_scale_need_no_more_than_its_halo() {
    let image = image("zyx", &[40, 40, 40]);
    let form = Form::of(&image).unwrap();
    let features = PixelFeatures::new([0.7, 3.5]).only([
        PixelFeature::GaussianSmoothing,
        PixelFeature::StructureTensorEigenvalues,
    ]);
    let whole = features.apply(&image, &NEVER).unwrap();
    // The smoothing reaches 2 or 12, the filter 1 or 2, a structure tensor 1 more.
    for (channels, halo) in [(0..1, 3), (1..2, 14), (2..5, 4), (4..6, 15), (0..8, 15)] {
        let roi = roi![channels.clone(), 18..20, 18..20, 18..20];
        let needed = features.needed(&form, &roi).unwrap();
        let expected = 18 - halo..20 + halo;
        assert_eq!(
            needed,
            roi![expected.clone(), expected.clone(), expected],
            "{channels:?}"
        );
        let within = features.within(&form, &roi, &needed).unwrap();
        let part = image.slice(&needed).unwrap();
        // Which may be too short for the other scale.
        let own = features.apply_region(&part, &within, &NEVER).unwrap();
        assert!(own.same_bits(&whole.slice(&roi).unwrap()), "{channels:?}");
    }
}

#[test]
fn a_slice_in_2d_of_a_volume_stays_one_of_a_volume() {
    let image = image("zyx", &[9, 12, 12]);
    let form = Form::of(&image).unwrap();
    let features = PixelFeatures::new([1.0, 0.7])
        .only([PixelFeature::HessianOfGaussianEigenvalues])
        .in_2d([false, true]);
    let whole = features.apply(&image, &NEVER).unwrap();
    for (slice, needed_slices) in [(0, 0..2), (4, 4..6), (8, 7..9)] {
        let roi = roi![3..5, slice..slice + 1, 0..12, 0..12];
        let needed = features.needed(&form, &roi).unwrap();
        assert_eq!(needed, roi![needed_slices, 0..12, 0..12]);
        let within = features.within(&form, &roi, &needed).unwrap();
        let own = features.apply_region(&image.slice(&needed).unwrap(), &within, &NEVER);
        assert!(own.unwrap().same_bits(&whole.slice(&roi).unwrap()), "slice {slice}");
    }
}

#[test]
fn threads_do_not_matter_and_a_checkpoint_stops_it() {
    let image = image("zyx", &[24, 30, 100]);
    let features = PixelFeatures::new([0.7, 3.5]);
    let alone = features.apply(&image, &NEVER).unwrap();
    let shared = pool(2).install(|| features.apply(&image, &NEVER)).unwrap();
    assert!(alone.same_bits(&shared));
    let (count, checkpoint) = StopAfter::new(usize::MAX);
    features.apply(&image, &checkpoint).unwrap();
    for most in [0, 1, count.polls() / 2, count.polls() - 1] {
        let (stop, checkpoint) = StopAfter::new(most);
        assert_eq!(features.apply(&image, &checkpoint).unwrap_err().report(), "enough");
        assert_eq!(stop.polls(), most + 1);
    }
}

#[test]
fn a_region_of_some_channels_takes_no_more_than_these() {
    let image = image("zyx", &[20, 20, 40]);
    let features = PixelFeatures::new([0.7, 1.0, 1.6]);
    let looks = |channels: std::ops::Range<usize>| {
        let (count, checkpoint) = StopAfter::new(usize::MAX);
        let roi = Roi::full(Shape::new([1, 20, 20, 40]).unwrap())
            .with_axis(0, channels)
            .unwrap();
        features.apply_region(&image, &roi, &checkpoint).unwrap();
        count.polls()
    };
    assert!(10 * looks(1..2) < looks(0..30));
    let empty = features
        .apply_region(&image, &roi![3..3, 0..20, 0..20, 0..40], &NEVER)
        .unwrap();
    assert_eq!(empty.shape(), [0, 20, 20, 40]);
    let empty = features
        .apply_region(&image, &roi![0..30, 0..0, 0..20, 0..40], &NEVER)
        .unwrap();
    assert_eq!(empty.shape(), [30, 0, 20, 40]);
}

#[test]
fn errors_name_what_is_wrong() {
    let image = image("zyx", &[20, 11, 20]);
    let report = |features: PixelFeatures| refusal(features.apply(&image, &NEVER));
    assert_eq!(
        report(PixelFeatures::new([3.5])),
        "axis y has length 11, too short for radius 12 (sigma 3.3541019662496847, window 3.5)"
    );
    assert_eq!(report(PixelFeatures::new([0.0])), "scale is 0, not a number above 0");
    assert_eq!(
        report(PixelFeatures::new([1.0]).only([])),
        "no feature is selected at any scale"
    );
    assert_eq!(
        report(PixelFeatures::new([1.0]).select(vec![vec![true; 2]; 6])),
        "the selection has rows of [2, 2, 2, 2, 2, 2], not 6 rows of 1 scales"
    );
    assert_eq!(
        report(PixelFeatures::new([1.0]).in_2d([true, true])),
        "2 flags for 2-D, not one for each of 1 scales"
    );
    let point = Array::from_vec("yx", &[1, 1], vec![3_u8]).unwrap();
    assert_eq!(
        refusal(PixelFeatures::new([1.0]).apply(&point, &NEVER)),
        "no axis to be filtered is longer than 1: shape (1, 1) along yx"
    );
}
