//! The filters made of derivatives of Gaussians.

use headwater::kernels::{
    DifferenceOfGaussians, Form, Gaussian, GaussianGradientMagnitude, HessianOfGaussian, HessianOfGaussianEigenvalues,
    LaplacianOfGaussian, ScaleOrder, Stencil, StructureTensorEigenvalues,
};
use headwater::{Array, Checkpoint, DType, Roi, roi};
use ndarray::{ArrayD, Axis, IxDyn};
use proptest::prelude::*;

use crate::gaussian::{StopAfter, noise, pool, refusal};
use crate::reference::{
    filtered, reference_derivative, reference_eigenvalues, reference_eigenvalues_of, reference_gradient_magnitude,
    reference_hessian, reference_laplacian, reference_structure_tensor,
};

const NEVER: Checkpoint = Checkpoint::never();

/// The largest difference that counts as equal: the values are from -1 to 1.
const TOLERANCE: f64 = 1e-5;

/// The result of `filter` for `data` along the last of the axes of space.
fn apply(filter: &impl Stencil, data: &ArrayD<f64>) -> Array {
    let axes = &"zyx"[3 - data.ndim()..];
    let array = Array::from_ndarray(axes, data.mapv(|value| value as f32)).unwrap();
    filter.apply(&array, &NEVER).unwrap()
}

#[track_caller]
fn assert_close(own: &Array, expected: &ArrayD<f64>) {
    let own = own.view::<f32>().unwrap();
    assert_eq!(own.shape(), expected.shape());
    for ((at, own), expected) in own.indexed_iter().zip(expected) {
        let off = (f64::from(*own) - expected).abs();
        assert!(off <= TOLERANCE, "at {at:?}: {own}, expected {expected}");
    }
}

/// Compares with one array for each channel.
#[track_caller]
fn assert_channels_close(own: &Array, expected: &[ArrayD<f64>]) {
    assert_eq!(own.shape()[0], expected.len());
    assert_eq!(own.axes().letter(0), Some('c'));
    for (channel, expected) in expected.iter().enumerate() {
        let roi = Roi::full(headwater::Shape::new(own.shape()).unwrap());
        let one = own.slice(&roi.with_axis(0, channel..channel + 1).unwrap()).unwrap();
        let one = one.view::<f32>().unwrap().index_axis_move(Axis(0), 0).to_owned();
        assert_close(&Array::from_ndarray(&"zyx"[3 - one.ndim()..], one).unwrap(), expected);
    }
}

/// An array of `fixtures/filters`, which `make_filters.py` there has made.
fn fixture<T: ndarray_npy::ReadableElement>(name: &str) -> ArrayD<T> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kernels/fixtures/filters");
    ndarray_npy::read_npy(format!("{folder}/{name}.npy")).unwrap()
}

#[test]
fn results_are_those_of_scipy_with_vigras_kernels() {
    for (name, inner, outer, window) in [
        ("line", &[1.6][..], &[0.7][..], 3.5),
        ("plane", &[1.0, 1.6], &[2.0, 0.7], 3.5),
        ("volume", &[1.0, 0.7, 0.3], &[1.0, 1.6, 0.7], 2.0),
        ("default", &[1.0; 3], &[0.7; 3], 0.0),
    ] {
        let data = fixture::<f32>(name).mapv(f64::from);
        let expected = |which: &str| fixture::<f64>(&format!("{name}_{which}"));
        let channels = |which: &str| -> Vec<_> { expected(which).outer_iter().map(|one| one.to_owned()).collect() };
        let own = apply(&LaplacianOfGaussian::new(inner).window(window), &data);
        assert_close(&own, &expected("laplacian"));
        let own = apply(&GaussianGradientMagnitude::new(inner).window(window), &data);
        assert_close(&own, &expected("magnitude"));
        let own = apply(&DifferenceOfGaussians::new(inner, outer).window(window), &data);
        assert_close(&own, &expected("difference"));
        let own = apply(&HessianOfGaussian::new(inner).window(window), &data);
        assert_channels_close(&own, &channels("hessian"));
        let own = apply(&HessianOfGaussianEigenvalues::new(inner).window(window), &data);
        assert_channels_close(&own, &channels("hessian_eigenvalues"));
        let own = apply(&StructureTensorEigenvalues::new(inner, outer).window(window), &data);
        assert_channels_close(&own, &channels("tensor_eigenvalues"));
    }
}

#[derive(Clone, Debug)]
struct Case {
    data: ArrayD<f64>,
    sigmas: Vec<f64>,
    others: Vec<f64>,
    window: f64,
}

/// One to three axes, each with two sigmas whose radii fit it.
fn cases() -> impl Strategy<Value = Case> {
    let sigma = || prop::sample::select(vec![0.0, 0.3, 0.7, 1.0, 1.6, 2.5]);
    let axis = (1usize..24, sigma(), sigma());
    let window = prop::sample::select(vec![0.0, 2.0, 3.5]);
    (prop::collection::vec(axis, 1..=3), window).prop_map(|(axes, window)| {
        let fits = |len: usize, sigma: f64| {
            let reach = if window == 0.0 { 4.0 } else { window };
            if len == 1 || (reach * sigma + 0.5) as usize + 1 < len {
                sigma
            } else {
                0.0
            }
        };
        let shape: Vec<_> = axes.iter().map(|axis| axis.0).collect();
        Case {
            data: noise(&shape).mapv(f64::from),
            sigmas: axes.iter().map(|axis| fits(axis.0, axis.1)).collect(),
            others: axes.iter().map(|axis| fits(axis.0, axis.2)).collect(),
            window,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn filters_are_those_of_the_definition(case in cases()) {
        let Case { data, sigmas, others, window } = &case;
        let (sigma, window) = (&sigmas[..], *window);
        let own = apply(&LaplacianOfGaussian::new(sigma).window(window), data);
        assert_close(&own, &reference_laplacian(data, sigma, window));
        let own = apply(&GaussianGradientMagnitude::new(sigma).window(window), data);
        assert_close(&own, &reference_gradient_magnitude(data, sigma, window));
        let own = apply(&DifferenceOfGaussians::new(sigma, &others[..]).window(window), data);
        let smooth = |sigmas: &[f64]| reference_derivative(data, sigmas, &vec![0; data.ndim()], window);
        assert_close(&own, &(smooth(sigma) - smooth(others)));
        let own = apply(&Gaussian::new(sigma).window(window), data);
        assert_close(&own, &smooth(sigma));
    }

    #[test]
    fn matrices_are_those_of_the_definition(case in cases()) {
        let Case { data, sigmas, others, window } = &case;
        let (sigma, window) = (&sigmas[..], *window);
        prop_assume!(!filtered(data, sigma).is_empty());
        let hessian = reference_hessian(data, sigma, window);
        assert_channels_close(&apply(&HessianOfGaussian::new(sigma).window(window), data), &hessian);
        let own = apply(&HessianOfGaussianEigenvalues::new(sigma).window(window), data);
        assert_channels_close(&own, &reference_eigenvalues(&hessian));

        let outer: Vec<_> = others.iter().zip(sigma).map(|(&outer, &inner)| if inner > 0.0 { outer } else { 0.0 }).collect();
        let expected = reference_eigenvalues(&reference_structure_tensor(data, sigma, &outer, window));
        let tensor = StructureTensorEigenvalues::new(sigma, &outer[..]).window(window);
        assert_channels_close(&apply(&tensor, data), &expected);
        let swapped = StructureTensorEigenvalues::new(&outer[..], sigma).scales(ScaleOrder::Fastfilters).window(window);
        assert_channels_close(&apply(&swapped, data), &expected);
    }

    #[test]
    fn any_region_is_the_part_of_the_whole(case in cases(), seed in 0usize..100_000, place in 0usize..5) {
        let Case { data, sigmas, others, window } = &case;
        let (sigma, window) = (&sigmas[..], *window);
        let array = embedded(data, place);
        check_regions(&Gaussian::new(sigma).window(window), &array, seed);
        check_regions(&LaplacianOfGaussian::new(sigma).window(window), &array, seed);
        check_regions(&GaussianGradientMagnitude::new(sigma).window(window), &array, seed);
        check_regions(&DifferenceOfGaussians::new(sigma, &others[..]).window(window), &array, seed);
        if !filtered(data, sigma).is_empty() {
            check_regions(&HessianOfGaussian::new(sigma).window(window), &array, seed);
            check_regions(&HessianOfGaussianEigenvalues::new(sigma).window(window), &array, seed);
            let outer: Vec<_> = others.iter().zip(sigma).map(|(&outer, &inner)| if inner > 0.0 { outer } else { 0.0 }).collect();
            check_regions(&StructureTensorEigenvalues::new(sigma, &outer[..]).window(window), &array, seed);
        }
    }
}

/// The data with other axes before, between or behind those of space, and what is in them differs.
fn embedded(data: &ArrayD<f64>, place: usize) -> Array {
    let space = &"zyx"[3 - data.ndim()..];
    let (axes, at, count) = match place {
        0 => return Array::from_ndarray(space, data.mapv(|value| value as f32)).unwrap(),
        1 => (format!("t{space}"), 0, 2),
        2 => (format!("c{space}"), 0, 3),
        3 => (format!("{space}c"), data.ndim(), 3),
        _ => (format!("{space}t"), data.ndim(), 17),
    };
    let parts: Vec<_> = (0..count)
        .map(|part| data.mapv(|value| (value * (part + 1) as f64) as f32))
        .collect();
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    Array::from_ndarray(&axes[..], ndarray::stack(Axis(at), &views).unwrap()).unwrap()
}

/// A region of `shape` that has something in it.
fn some_region(shape: &[usize], seed: usize) -> Roi {
    let ranges = shape.iter().enumerate().map(|(axis, &len)| {
        let start = seed.wrapping_mul(axis + 7) / 3 % len;
        start..start + 1 + seed.wrapping_mul(axis + 13) / 5 % (len - start)
    });
    Roi::from_ranges(ranges).unwrap()
}

/// A region of the whole is the same bits whether computed alone, from the whole, or from what it needs.
#[track_caller]
fn check_regions(filter: &impl Stencil, array: &Array, seed: usize) {
    let form = Form::of(array).unwrap();
    let whole = filter.apply(array, &NEVER).unwrap();
    let result = filter.result(&form).unwrap();
    assert_eq!(
        (whole.axes(), whole.shape(), whole.dtype()),
        (result.axes, result.shape.as_slice(), DType::F32)
    );
    for seed in [seed, seed / 2 + 1, seed / 3 + 2] {
        let roi = some_region(whole.shape(), seed);
        let expected = whole.slice(&roi).unwrap();
        let own = filter.apply_region(array, &roi, &NEVER).unwrap();
        assert!(own.same_bits(&expected), "{filter:?}: region {roi} of the whole");
        let needed = filter.needed(&form, &roi).unwrap();
        let within = filter.within(&form, &roi, &needed).unwrap();
        let own = filter
            .apply_region(&array.slice(&needed).unwrap(), &within, &NEVER)
            .unwrap();
        assert!(own.same_bits(&expected), "{filter:?}: region {roi} from {needed}");
    }
}

/// The results for an array are those of its images, whatever axes it has beside.
#[test]
fn axes_beside_those_of_space_are_images_of_their_own() {
    let data = noise(&[9, 12, 14]).mapv(f64::from);
    let flat = data.index_axis(Axis(0), 2).to_owned();
    for (data, letters) in [(&data, "zyx"), (&flat, "yx")] {
        for place in 1..5 {
            let array = embedded(data, place);
            let (at, count) = match place {
                1 => (0, 2),
                2 => (0, 3),
                3 => (data.ndim(), 3),
                _ => (data.ndim(), 17),
            };
            let has_c = array.axes().contains('c');
            check_images(&LaplacianOfGaussian::new(1.0), &array, letters, at, count, None);
            check_images(&GaussianGradientMagnitude::new(0.7), &array, letters, at, count, None);
            let own = has_c.then_some(());
            check_images(
                &HessianOfGaussianEigenvalues::new(1.0),
                &array,
                letters,
                at,
                count,
                Some(own.is_some()),
            );
            let tensor = StructureTensorEigenvalues::new(0.7, 1.0);
            check_images(&tensor, &array, letters, at, count, Some(own.is_some()));
        }
    }
}

/// `grouped` says, for a filter with several results, whether they are grouped by the channels of the input.
fn check_images(filter: &impl Stencil, array: &Array, letters: &str, at: usize, count: usize, grouped: Option<bool>) {
    let whole = filter.apply(array, &NEVER).unwrap();
    let whole = whole.view::<f32>().unwrap();
    for image in 0..count {
        let one = array.view::<f32>().unwrap().index_axis_move(Axis(at), image).to_owned();
        let one = filter
            .apply(&Array::from_ndarray(letters, one).unwrap(), &NEVER)
            .unwrap();
        let one = one.view::<f32>().unwrap();
        match grouped {
            None => assert_eq!(whole.index_axis(Axis(at), image), one),
            Some(true) => {
                for result in 0..one.shape()[0] {
                    let own = whole.index_axis(Axis(at), image * one.shape()[0] + result);
                    assert_eq!(own, one.index_axis(Axis(0), result));
                }
            }
            // A new axis before those of space: before `t` if that is behind them.
            Some(false) if at == 0 => assert_eq!(whole.index_axis(Axis(0), image), one),
            Some(false) => assert_eq!(whole.index_axis(Axis(at + 1), image), one),
        }
    }
}

#[test]
fn any_element_type_is_filtered_as_its_numbers() {
    let values = noise(&[7, 11, 13]).mapv(|value| (value * 50.0 + 60.0).round());
    let single = Array::from_ndarray("zyx", values).unwrap();
    let filters = |array: &Array| {
        let tensor = StructureTensorEigenvalues::new(0.7, 0.7);
        [
            LaplacianOfGaussian::new(1.0).apply(array, &NEVER).unwrap(),
            GaussianGradientMagnitude::new(1.0).apply(array, &NEVER).unwrap(),
            DifferenceOfGaussians::new(1.0, 0.7).apply(array, &NEVER).unwrap(),
            HessianOfGaussianEigenvalues::new(1.0).apply(array, &NEVER).unwrap(),
            tensor.apply(array, &NEVER).unwrap(),
        ]
    };
    let expected = filters(&single);
    for dtype in [
        DType::U8,
        DType::U16,
        DType::U32,
        DType::U64,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::F64,
    ] {
        for (own, expected) in filters(&single.cast(dtype).unwrap()).iter().zip(&expected) {
            assert!(own.same_bits(expected), "{dtype}");
        }
    }
    let mask = single.map(|value: f32| value > 60.0).unwrap();
    let ones = mask.cast(DType::F32).unwrap();
    for (own, expected) in filters(&mask).iter().zip(&filters(&ones)) {
        assert!(own.same_bits(expected));
    }
}

#[test]
fn layout_does_not_matter() {
    let data = noise(&[9, 11, 13]);
    let expected = Array::from_ndarray("zyx", data.clone()).unwrap();
    let mut wide = ArrayD::<f32>::zeros(IxDyn(&[26, 22, 18]));
    wide.slice_each_axis_mut(|_| ndarray::Slice::new(0, None, 2))
        .assign(&data.view().permuted_axes(vec![2, 1, 0]));
    let gapped = wide
        .slice_each_axis(|_| ndarray::Slice::new(0, None, 2))
        .permuted_axes(vec![2, 1, 0]);
    let turned = data
        .view()
        .permuted_axes(vec![1, 0, 2])
        .as_standard_layout()
        .into_owned()
        .permuted_axes(vec![1, 0, 2]);
    for other in [gapped.to_owned(), turned] {
        let other = Array::from_ndarray("zyx", other).unwrap();
        let same = |filter: &dyn Fn(&Array) -> Array| filter(&other).same_bits(&filter(&expected));
        assert!(same(&|array| LaplacianOfGaussian::new(1.0)
            .apply(array, &NEVER)
            .unwrap()));
        assert!(same(&|array| HessianOfGaussianEigenvalues::new(1.0)
            .apply(array, &NEVER)
            .unwrap()));
        assert!(same(&|array| StructureTensorEigenvalues::new(0.7, 1.0)
            .apply(array, &NEVER)
            .unwrap()));
    }
    let constant = Array::full("zyx", &[9, 11, 13], 5.0_f32).unwrap();
    let flat = HessianOfGaussianEigenvalues::new(1.0).apply(&constant, &NEVER).unwrap();
    assert!(flat.view::<f32>().unwrap().iter().all(|value| value.abs() < 1e-5));
}

#[test]
fn the_number_of_threads_does_not_matter() {
    for shape in [&[20, 40, 300][..], &[200, 600], &[30_000]] {
        let array = Array::from_ndarray(&"zyx"[3 - shape.len()..], noise(shape)).unwrap();
        let run = || {
            [
                LaplacianOfGaussian::new(1.0).apply(&array, &NEVER).unwrap(),
                HessianOfGaussianEigenvalues::new(1.6).apply(&array, &NEVER).unwrap(),
                StructureTensorEigenvalues::new(1.0, 2.0).apply(&array, &NEVER).unwrap(),
            ]
        };
        let alone = run();
        for threads in [2, 5] {
            let shared = pool(threads).install(run);
            assert!(
                alone.iter().zip(&shared).all(|(alone, shared)| alone.same_bits(shared)),
                "{shape:?}"
            );
        }
    }
}

#[test]
fn slices_of_a_volume_are_filtered_one_by_one_when_asked() {
    let data = noise(&[5, 14, 16]);
    let volume = Array::from_ndarray("zyx", data.clone()).unwrap();
    let own = HessianOfGaussianEigenvalues::new(1.0).axes("yx".parse().unwrap());
    let own = own.apply(&volume, &NEVER).unwrap();
    assert_eq!(
        (own.axes().to_string(), own.shape()),
        ("czyx".to_owned(), &[2, 5, 14, 16][..])
    );
    for z in 0..5 {
        let slice = Array::from_ndarray("yx", data.index_axis(Axis(0), z).to_owned()).unwrap();
        let expected = HessianOfGaussianEigenvalues::new(1.0).apply(&slice, &NEVER).unwrap();
        assert_eq!(
            own.view::<f32>().unwrap().index_axis(Axis(1), z),
            expected.view::<f32>().unwrap()
        );
    }
    let zero = HessianOfGaussianEigenvalues::new([0.0, 1.0, 1.0])
        .apply(&volume, &NEVER)
        .unwrap();
    assert!(zero.same_bits(&own));
}

#[test]
fn an_axis_of_length_1_is_not_filtered() {
    let flat = Array::from_ndarray("yx", noise(&[14, 16])).unwrap();
    let thick = flat.to_axes("zyx").unwrap();
    let both = [&flat, &thick].map(|array| {
        let tensor = StructureTensorEigenvalues::new(1.0, 1.0).apply(array, &NEVER).unwrap();
        let magnitude = GaussianGradientMagnitude::new(1.0).apply(array, &NEVER).unwrap();
        (tensor.to_axes("cyx").unwrap(), magnitude.to_axes("yx").unwrap())
    });
    assert!(both[0].0.same_bits(&both[1].0) && both[0].1.same_bits(&both[1].1));
    let point = Array::from_vec("yx", &[1, 1], vec![3_u8]).unwrap();
    let nothing = LaplacianOfGaussian::new(1.0).apply(&point, &NEVER).unwrap();
    assert_eq!(nothing.view::<f32>().unwrap()[[0, 0]], 0.0);
    assert_eq!(
        refusal(HessianOfGaussian::new(1.0).apply(&point, &NEVER)),
        "no axis longer than 1 has a sigma above 0, and no matrix has no rows: shape (1, 1) along yx"
    );
}

#[test]
fn empty_arrays_pass() {
    let empty = Array::from_vec("zyx", &[0, 5, 9], Vec::<u8>::new()).unwrap();
    assert_eq!(
        LaplacianOfGaussian::new(0.7).apply(&empty, &NEVER).unwrap().shape(),
        [0, 5, 9]
    );
    let eigenvalues = HessianOfGaussianEigenvalues::new(0.7).apply(&empty, &NEVER).unwrap();
    assert_eq!(eigenvalues.shape(), [3, 0, 5, 9]);
    let array = Array::from_ndarray("yx", noise(&[9, 9])).unwrap();
    let none = LaplacianOfGaussian::new(0.7)
        .apply_region(&array, &roi![3..3, 0..4], &NEVER)
        .unwrap();
    assert_eq!(none.shape(), [0, 4]);
}

#[test]
fn ramps_and_parabolas_have_their_derivatives() {
    // x = 3z + 4y, in the middle.
    let ramp = ArrayD::from_shape_fn(IxDyn(&[20, 21, 22]), |at| (3 * at[0] + 4 * at[1]) as f64);
    for (sigma, window) in [(0.3, 3.5), (0.7, 2.0), (1.0, 2.0), (1.6, 3.5), (1.0, 0.0)] {
        let magnitude = apply(&GaussianGradientMagnitude::new(sigma).window(window), &ramp);
        assert!((magnitude.view::<f32>().unwrap()[[10, 10, 10]] - 5.0).abs() < 1e-4);
        let squares = ArrayD::from_shape_fn(IxDyn(&[20, 21, 22]), |at| {
            (at[0] * at[0]) as f64 - (3 * at[1] * at[1]) as f64
        });
        let laplacian = apply(&LaplacianOfGaussian::new(sigma).window(window), &squares);
        assert!((laplacian.view::<f32>().unwrap()[[10, 10, 10]] + 4.0).abs() < 2e-3);
        let values = apply(&HessianOfGaussianEigenvalues::new(sigma).window(window), &squares);
        let values = values.view::<f32>().unwrap();
        for (channel, expected) in [2.0, 0.0, -6.0].into_iter().enumerate() {
            assert!((values[[channel, 10, 10, 10]] - expected).abs() < 2e-3);
        }
    }
}

/// fastfilters 0.2.6 is off by 2 % here, and the textbook's form in single precision by half of the digits.
#[test]
fn nearly_equal_eigenvalues_are_right() {
    for gap in [0.0, 1e-9, 1e-7, 1e-5, 1e-3] {
        // A matrix with the eigenvalues 1 ± gap and another one, as the Hessian of a paraboloid.
        let (a, b) = (0.6_f64, 0.8_f64);
        for third in [1.0, -2.0, 0.0, 7.0] {
            let eigen = [1.0 + gap, 1.0 - gap, third];
            let turn = [[a, b, 0.0], [-b * a, a * a, b], [b * b, -a * b, a]];
            let entry = |i: usize, j: usize| -> f64 { (0..3).map(|k| eigen[k] * turn[k][i] * turn[k][j]).sum() };
            let centre = 15.0;
            let data = ArrayD::from_shape_fn(IxDyn(&[31, 31, 31]), |at| {
                let x = [0, 1, 2].map(|axis| at[axis] as f64 - centre);
                let terms = (0..3).flat_map(|i| (0..3).map(move |j| (i, j)));
                terms.map(|(i, j)| 0.5 * entry(i, j) * x[i] * x[j]).sum::<f64>() / 100.0
            });
            let own = apply(&HessianOfGaussianEigenvalues::new(1.0), &data);
            let hessian = apply(&HessianOfGaussian::new(1.0), &data);
            let (own, hessian) = (own.view::<f32>().unwrap(), hessian.view::<f32>().unwrap());
            let entries: Vec<f64> = (0..6).map(|entry| f64::from(hessian[[entry, 15, 15, 15]])).collect();
            let expected = reference_eigenvalues_of(&entries);
            let largest = expected[0].abs().max(expected[2].abs());
            for (channel, expected) in expected.iter().enumerate() {
                let off = (f64::from(own[[channel, 15, 15, 15]]) - expected).abs();
                assert!(
                    off < 1e-6 * largest,
                    "gap {gap}, third {third}: off by {off} of {largest}"
                );
            }
        }
    }
}

#[test]
fn eigenvalues_descend() {
    let data = noise(&[12, 13, 14]).mapv(f64::from);
    for own in [
        apply(&HessianOfGaussianEigenvalues::new(1.0), &data),
        apply(&StructureTensorEigenvalues::new(0.7, 1.0), &data),
        apply(&StructureTensorEigenvalues::new(0.7, 0.0), &data),
        apply(&HessianOfGaussianEigenvalues::new(1.0), &(data * 0.0 + 3.0)),
    ] {
        let own = own.view::<f32>().unwrap();
        for channel in 1..3 {
            let pairs = own.index_axis(Axis(0), channel - 1).into_owned();
            assert!(
                pairs
                    .iter()
                    .zip(own.index_axis(Axis(0), channel))
                    .all(|(larger, smaller)| larger >= smaller)
            );
        }
    }
}

#[test]
fn errors_name_what_is_wrong() {
    let array = Array::from_ndarray("zyx", noise(&[40, 11, 40])).unwrap();
    let apply = |filter: &dyn Fn(&Array) -> Result<Array, headwater::Error>| refusal(filter(&array));
    assert_eq!(
        apply(&|array| LaplacianOfGaussian::new(-1.0).apply(array, &NEVER)),
        "sigma is -1, not a number from 0 up"
    );
    assert_eq!(
        apply(&|array| HessianOfGaussianEigenvalues::new(3.0).apply(array, &NEVER)),
        "axis y has length 11, too short for radius 11 (sigma 3, window 3.5)"
    );
    assert_eq!(
        apply(&|array| GaussianGradientMagnitude::new([1.0, 1.0]).apply(array, &NEVER)),
        "2 sigmas for 3 smoothed axes"
    );
    assert_eq!(
        apply(&|array| DifferenceOfGaussians::new(1.0, f64::NAN).apply(array, &NEVER)),
        "sigma1 is NaN, not a number from 0 up"
    );
    assert_eq!(
        apply(&|array| StructureTensorEigenvalues::new(1.0, 3.0).apply(array, &NEVER)),
        "axis y has length 11, too short for radius 11 (outer sigma 3, window 3.5)"
    );
    assert_eq!(
        apply(&|array| StructureTensorEigenvalues::new([0.0, 1.0, 1.0], 1.0).apply(array, &NEVER)),
        "inner sigma is 0 along axis z, and outer sigma is not: there is no gradient to be smoothed"
    );
    assert_eq!(
        apply(&|array| LaplacianOfGaussian::new(1.0).apply_region(array, &roi![0..3, 0..12, 0..4], &NEVER)),
        "region 0..3, 0..12, 0..4 is not within a result of shape (40, 11, 40)"
    );
    let colours = Array::from_ndarray("yxc", noise(&[20, 20, 20])).unwrap();
    assert_eq!(
        refusal(
            HessianOfGaussian::new(1.0)
                .axes("yxc".parse().unwrap())
                .apply(&colours, &NEVER)
        ),
        "axis c is to be filtered, where the results are numbered"
    );
    let five = Array::from_ndarray("tzyxc", noise(&[9, 9, 9, 9, 9])).unwrap();
    assert_eq!(
        refusal(
            LaplacianOfGaussian::new(1.0)
                .axes("tzyx".parse().unwrap())
                .apply(&five, &NEVER)
        ),
        "4 axes to be filtered, three are the most"
    );
}

#[test]
fn an_interrupted_filter_stops_at_its_next_look() {
    for shape in [&[20, 30, 150][..], &[200, 300], &[100_000], &[5, 5, 20_000]] {
        let array = Array::from_ndarray(&"zyx"[3 - shape.len()..], noise(shape)).unwrap();
        let run = |checkpoint: &Checkpoint| {
            HessianOfGaussianEigenvalues::new(0.7).apply(&array, checkpoint)?;
            StructureTensorEigenvalues::new(0.7, 1.0).apply(&array, checkpoint)
        };
        let (count, checkpoint) = StopAfter::new(usize::MAX);
        run(&checkpoint).unwrap();
        // Twenty multiplications or so for each tap and pass, and no more than a million between two looks.
        assert!(
            array.len() * 1000 / count.polls() < 4_000_000,
            "{shape:?}: {} looks",
            count.polls()
        );
        for most in [0, 1, count.polls() / 2, count.polls() - 1] {
            let (stop, checkpoint) = StopAfter::new(most);
            assert_eq!(run(&checkpoint).unwrap_err().report(), "enough");
            assert_eq!(stop.polls(), most + 1, "{shape:?} went on");
        }
    }
}
