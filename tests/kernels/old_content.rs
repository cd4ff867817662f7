//! That nothing of what a buffer held before shows in what a kernel writes to it.

use headwater::kernels::{
    self, Arithmetic, ArithmeticOperation, ConnectedComponents, Connectivity, DifferenceOfGaussians, DistanceTransform,
    FillMissing, Footprint, Form, Gaussian, GaussianGradientMagnitude, HessianOfGaussian, HessianOfGaussianEigenvalues,
    Interpolation, LabelOverlay, LaplacianOfGaussian, Local, LocalThreshold, MissingPatches, Morphology,
    MorphologyOperation, Normalise, PixelFeatures, RandomForest, Rank, Resize, Stencil, StructureTensorEigenvalues,
    Threshold, Watershed,
};
use headwater::{Array, Checkpoint, DType, Error, Roi, Shape, match_dtype, roi};

use crate::probe::{integers, pool};

const NEVER: Checkpoint = Checkpoint::never();

/// What buffers hold: of integers 0, the greatest and 117.
const OLD: [f64; 4] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 117.0];

/// An array of the form of another that holds `value` everywhere.
fn holding(value: f64, form: &Array) -> Array {
    use headwater::array::Element as _;
    let mut array = Array::zeros(form.axes(), form.shape(), form.dtype()).unwrap();
    match_dtype!(form.dtype(), T => array.view_mut::<T>().unwrap().fill(value.cast()));
    array
}

/// Whether `write` gives `expected`, whatever there was, on one thread and on several.
#[track_caller]
fn check(name: &str, expected: &Array, write: impl Fn(&mut Array) -> Result<(), Error> + Sync) {
    let several = pool(3);
    for old in OLD {
        for is_shared in [false, true] {
            let mut out = holding(old, expected);
            match is_shared {
                true => several.install(|| write(&mut out)).unwrap(),
                false => write(&mut out).unwrap(),
            }
            assert!(out.same_bits(expected), "{name} over {old}");
        }
    }
}

/// The whole result and parts of it, at borders and away from them.
#[track_caller]
fn check_stencil(kernel: &impl Stencil, image: &Array) {
    let result = kernel.result(&Form::of(image).unwrap()).unwrap();
    let whole = Roi::full(result.shape);
    let part = |start: fn(usize) -> usize, stop: fn(usize) -> usize| {
        let ranges = result
            .shape
            .iter()
            .map(|length| start(length)..stop(length).max(start(length) + 1));
        Roi::from_ranges(ranges.collect::<Vec<_>>()).unwrap()
    };
    for roi in [
        whole,
        part(|n| n / 3, |n| n - n / 4),
        part(|n| n - 1, |n| n),
        part(|_| 0, |n| n / 2),
    ] {
        let expected = kernel.apply_region(image, &roi, &NEVER).unwrap();
        check(&format!("{kernel:?}, {roi}"), &expected, |out| {
            kernel.write_region(image, &roi, out, &NEVER)
        });
    }
}

fn grey(dtype: DType) -> Array {
    integers("zyx", &[15, 17, 19], dtype, 251, 1)
}

#[test]
fn of_filters() {
    for dtype in [DType::U8, DType::F32, DType::F64] {
        let grey = grey(dtype);
        check_stencil(&Gaussian::new(1.2), &grey);
        check_stencil(&Gaussian::new([0.0, 2.0, 0.0]), &grey);
        check_stencil(&Gaussian::new(0.0), &grey);
        check_stencil(&DifferenceOfGaussians::new(1.5, 1.0), &grey);
        check_stencil(&LaplacianOfGaussian::new(1.0), &grey);
        check_stencil(&GaussianGradientMagnitude::new(1.0), &grey);
        check_stencil(&HessianOfGaussian::new(1.0), &grey);
        check_stencil(&HessianOfGaussianEigenvalues::new(1.0), &grey);
        check_stencil(&StructureTensorEigenvalues::new(0.7, 1.0), &grey);
        check_stencil(&PixelFeatures::new([0.7, 1.0]), &grey);
        check_stencil(&LocalThreshold::new(Local::Mean, 2), &grey);
        check_stencil(&LocalThreshold::new(Local::Gaussian, 3), &grey);
        check_stencil(&Threshold::above(90.0), &grey);
        check_stencil(&Normalise::new((0.0, 250.0), (0.0, 1.0), DType::F32), &grey);
        check_stencil(&Normalise::new((9.0, 9.0), (0.0, 1.0), DType::U8), &grey);
    }
}

#[test]
fn of_ranks() {
    for dtype in [DType::U8, DType::F32, DType::I64, DType::Bool] {
        let grey = integers("zyx", &[7, 9, 11], dtype, 251, 1);
        for radius in [0, 1, 2] {
            check_stencil(&Rank::median(radius), &grey);
            check_stencil(&Rank::minimum(radius), &grey);
            check_stencil(&Rank::maximum(Footprint::Ball(radius.into())), &grey);
            for operation in [
                MorphologyOperation::Erode,
                MorphologyOperation::Dilate,
                MorphologyOperation::Open,
                MorphologyOperation::Close,
                MorphologyOperation::WhiteTopHat,
                MorphologyOperation::BlackTopHat,
            ] {
                check_stencil(&Morphology::new(operation, radius), &grey);
            }
        }
    }
}

#[test]
fn of_distances() {
    let sparse = integers("zyx", &[15, 17, 19], DType::U8, 40, 2);
    for image in [
        grey(DType::Bool),
        sparse,
        Array::full("zyx", &[15, 17, 19], 1_u8).unwrap(),
    ] {
        check_stencil(&DistanceTransform::new(), &image);
        check_stencil(&DistanceTransform::new().maximum(3.0), &image);
        check_stencil(&DistanceTransform::new().sampling([2.0, 1.0, 0.5]), &image);
    }
}

#[test]
fn of_elements() {
    let grey = grey(DType::U16);
    for dtype in [DType::U8, DType::F32, DType::Bool] {
        check("cast", &grey.cast(dtype).unwrap(), |out| {
            kernels::cast(&grey, out, &NEVER)
        });
    }
    let turned = holding(0.0, &grey.cast(DType::I16).unwrap());
    let mut expected = turned.clone();
    kernels::reinterpret(&grey, &mut expected, &NEVER).unwrap();
    check("reinterpret", &expected, |out| kernels::reinterpret(&grey, out, &NEVER));
    for operation in ArithmeticOperation::ALL {
        let kernel = Arithmetic::new(operation);
        let expected = kernel.apply(&grey, &grey, &NEVER).unwrap();
        check(&format!("{operation:?}"), &expected, |out| {
            kernel.write(&grey, &grey, out, &NEVER)
        });
    }
    let both = [grey.clone(), grey.clone()];
    let least = |values: &[u16]| values.iter().copied().min().unwrap_or(0);
    let expected = kernels::merge_elements(&both, least, &NEVER).unwrap();
    check("merge", &expected, |out| {
        kernels::merge_elements_into(&both, out, least, &NEVER)
    });
    let channels = integers("cyx", &[3, 31, 37], DType::U8, 9, 4);
    for (name, expected, write) in [
        (
            "greatest channel",
            Array::zeros("cyx", &[1, 31, 37], DType::U32).unwrap(),
            kernels::arg_max_channel as fn(&Array, &mut Array, &Checkpoint) -> _,
        ),
        (
            "indicator",
            Array::zeros("cyx", &[3, 31, 37], DType::U8).unwrap(),
            |input, out, checkpoint| kernels::max_channel_indicator(input, 0..3, out, checkpoint),
        ),
    ] {
        let mut expected = expected;
        write(&channels, &mut expected, &NEVER).unwrap();
        check(name, &expected, |out| write(&channels, out, &NEVER));
    }
}

#[test]
fn of_labels() {
    let noise = integers("zyx", &[9, 17, 19], DType::U8, 3, 3);
    let pieces = ConnectedComponents::new().pieces(&noise, &NEVER).unwrap();
    let expected = pieces.labels(&NEVER).unwrap();
    check("pieces", &expected, |out| pieces.write_labels(out, &NEVER));
    let (image, labels) = (integers("zyx", &[9, 17, 19], DType::U16, 900, 5), expected);
    for outline in [false, true] {
        let overlay = LabelOverlay::new(0.0, 900.0).outline(outline);
        let whole = Roi::full(Shape::from([9, 17, 19, 3]));
        let expected = overlay.apply(&image, &labels, &NEVER).unwrap();
        check("overlay", &expected, |out| {
            overlay.write_region(&image, &labels, &whole, out, &NEVER)
        });
    }
    let seeds = integers("zyx", &[9, 17, 19], DType::U32, 60, 6);
    // What is not within the mask, and what no flood reaches, is 0 too.
    let mask = integers("zyx", &[9, 17, 19], DType::U8, 3, 7);
    for connectivity in [Connectivity::Faces, Connectivity::Full] {
        let kernel = Watershed::new().connectivity(connectivity);
        for (seeds, mask) in [(Some(&seeds), None), (Some(&seeds), Some(&mask)), (None, Some(&mask))] {
            let expected = kernel.apply(&image, seeds, mask, &NEVER).unwrap();
            check("watershed", &expected, |out| {
                kernel.write(&image, seeds, mask, out, &NEVER)
            });
        }
    }
}

#[test]
fn of_other_sizes_and_gaps() {
    for dtype in [DType::U8, DType::F32, DType::F64] {
        let (image, at) = (grey(dtype), roi![0..15, 0..17, 0..19]);
        let form = Form::of(&image).unwrap();
        for resize in [
            Resize::to([7, 30, 19]),
            Resize::to([7, 30, 19]).interpolation(Interpolation::Nearest),
            Resize::to([1, 1, 50]),
        ] {
            let expected = resize.apply(&image, &NEVER).unwrap();
            let whole = Roi::full(Shape::new(expected.shape()).unwrap());
            check("resize", &expected, |out| {
                resize.write_region(&image, &at, &form, &whole, out, &NEVER)
            });
        }
    }
    let (image, missing) = (grey(DType::U8), integers("zyx", &[15, 17, 19], DType::U8, 2, 8));
    let whole = roi![0..15, 0..17, 0..19];
    let fill = FillMissing::default();
    let expected = fill.apply_region(&image, &missing, &whole, &NEVER).unwrap();
    check("filling", &expected, |out| {
        fill.write_region(&image, &missing, &whole, out, &NEVER)
    });
    let detect = MissingPatches::new(8, 2);
    let form = Form::of(&image).unwrap();
    let expected = detect.apply_region(&form, &image, &whole, &whole, &NEVER).unwrap();
    check("detecting", &expected, |out| {
        detect.write_region(&form, &image, &whole, &whole, out, &NEVER)
    });
}

#[test]
fn of_forests() {
    let features = integers("cyx", &[4, 31, 37], DType::F32, 100, 9);
    let rows = ndarray::Array2::from_shape_fn((60, 4), |(row, column)| ((row * 7 + column * 3) % 50) as f32);
    let classes: Vec<u32> = (0..60).map(|row| row % 3 + 1).collect();
    let forest = RandomForest::new()
        .trees(5)
        .train(rows.view(), &classes, &NEVER)
        .unwrap();
    for channels in [0..3, 1..2] {
        let expected = forest.predict_image(&features, channels.clone(), &NEVER).unwrap();
        check("forest", &expected, |out| {
            forest.predict_image_into(&features, channels.clone(), out, &NEVER)
        });
    }
}
