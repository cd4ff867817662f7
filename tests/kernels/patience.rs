//! That every kernel hears of an interruption within a millisecond, told by counting: how often it looks at its checkpoint
//! for so much work, and that it does nothing more once a look has said to stop.

use headwater::kernels::{
    self, Arithmetic, ArithmeticOperation, Census, ConnectedComponents, Connectivity, ContactSheet, Detector,
    DifferenceOfGaussians, DistanceTransform, DrawBoxes, DrawMask, FillMissing, Footprint, Forest, Gaussian,
    GaussianGradientMagnitude, HessianOfGaussian, HessianOfGaussianEigenvalues, Histogram, Interpolation, LabelOverlay,
    LaplacianOfGaussian, Local, LocalThreshold, MissingPatches, Morphology, MorphologyOperation, Normalise,
    PixelFeatures, RandomForest, Rank, Rectangle, Resize, Stencil, StructureTensorEigenvalues, Threshold, Watershed,
};
use headwater::{Array, Checkpoint, DType, Error};
use ndarray::Array2;

use crate::probe::{check_interrupts, integers, numbers};

const NEVER: Checkpoint = Checkpoint::never();

type Run = dyn Fn(&Checkpoint) -> Result<(), Error>;

/// A kernel with data that are hard for it.
struct Case {
    name: &'static str,
    /// How many steps it takes at least: elements, times how often each of them is gone through.
    steps: usize,
    /// How many of them a millisecond is enough for, with room to spare.
    patience: usize,
    run: Box<Run>,
}

fn case(
    name: &'static str,
    steps: usize,
    patience: usize,
    run: impl Fn(&Checkpoint) -> Result<(), Error> + 'static,
) -> Case {
    Case {
        name,
        steps,
        patience,
        run: Box::new(run),
    }
}

fn stencil(name: &'static str, input: &Array, patience: usize, kernel: impl Stencil) -> Case {
    let (steps, input) = (input.len(), input.clone());
    case(name, steps, patience, move |checkpoint| {
        kernel.apply(&input, checkpoint).map(drop)
    })
}

fn grey() -> Array {
    integers("zyx", &[24, 60, 80], DType::F32, 1000, 1)
}

fn stencils() -> Vec<Case> {
    let grey = grey();
    let objects = integers("zyx", &[24, 60, 80], DType::U8, 300, 2);
    let turned = grey.to_axes("xyz").unwrap();
    vec![
        stencil("Gaussian", &grey, 1 << 12, Gaussian::new(1.5)),
        stencil("Gaussian of another order", &turned, 1 << 12, Gaussian::new(1.5)),
        stencil(
            "difference of Gaussians",
            &grey,
            1 << 12,
            DifferenceOfGaussians::new(2.0, 1.0),
        ),
        stencil("Laplacian of Gaussian", &grey, 1 << 12, LaplacianOfGaussian::new(1.0)),
        stencil(
            "gradient magnitude",
            &grey,
            1 << 12,
            GaussianGradientMagnitude::new(1.0),
        ),
        stencil("Hessian", &grey, 1 << 11, HessianOfGaussian::new(1.0)),
        stencil(
            "Hessian eigenvalues",
            &grey,
            1 << 11,
            HessianOfGaussianEigenvalues::new(1.0),
        ),
        stencil(
            "structure tensor",
            &grey,
            1 << 11,
            StructureTensorEigenvalues::new(1.0, 1.5),
        ),
        stencil("pixel features", &grey, 1 << 10, PixelFeatures::new([1.0])),
        stencil("local mean", &grey, 1 << 12, LocalThreshold::new(Local::Mean, 3)),
        stencil(
            "local Gaussian",
            &grey,
            1 << 12,
            LocalThreshold::new(Local::Gaussian, 3),
        ),
        stencil("median", &grey, 1 << 14, Rank::median(1)),
        stencil(
            "median of a ball",
            &grey,
            1 << 9,
            Rank::median(Footprint::Ball(7.into())),
        ),
        stencil("minimum", &grey, 1 << 16, Rank::minimum(5)),
        stencil("opening", &grey, 1 << 16, Morphology::new(MorphologyOperation::Open, 2)),
        stencil(
            "top hat",
            &grey,
            1 << 15,
            Morphology::new(MorphologyOperation::WhiteTopHat, 2),
        ),
        stencil("distance transform", &objects, 1 << 14, DistanceTransform::new()),
        stencil(
            "uneven distance transform",
            &objects,
            1 << 13,
            DistanceTransform::new().sampling([3.0, 1.0, 1.0]),
        ),
        stencil("threshold", &grey, 1 << 15, Threshold::above(0.5)),
        stencil(
            "normalise",
            &grey,
            1 << 15,
            Normalise::new((0.0, 9.0), (0.0, 1.0), DType::F64),
        ),
    ]
}

fn pointwise() -> Vec<Case> {
    let grey = grey();
    let count = grey.len();
    let wide = integers("x", &[1 << 17], DType::U32, 1_000_000, 3);
    let values = 1 << 20;
    let mut counts = Histogram::between(DType::U32, Some((0.0, 1e6))).unwrap();
    counts.add(&wide, &NEVER).unwrap();
    let channels = integers("cyx", &[3, 200, 200], DType::U8, 100, 4);
    let zeros = |dtype, of: &Array| Array::zeros(of.axes(), of.shape(), dtype).unwrap();
    let [a, b, c, d, e, f, g] = [0; 7].map(|_| grey.clone());
    let (h, objects) = (grey.clone(), integers("zyx", &[24, 60, 80], DType::U16, 3, 5));
    let (first, second) = (channels.clone(), channels);
    vec![
        case("value range", count, 1 << 15, move |checkpoint| {
            kernels::value_range(&a, checkpoint).map(drop)
        }),
        // Counting, adding up, and three times through the bins.
        case("Otsu", wide.len() + 4 * values, 1 << 15, move |checkpoint| {
            kernels::otsu(&wide, checkpoint).map(drop)
        }),
        case("cast", count, 1 << 14, move |checkpoint| {
            kernels::cast(&b, &mut zeros(DType::F64, &b), checkpoint)
        }),
        case("reinterpret", count, 1 << 14, move |checkpoint| {
            kernels::reinterpret(&c, &mut zeros(DType::U32, &c), checkpoint)
        }),
        case("sum", count, 1 << 14, move |checkpoint| {
            let sum = Arithmetic::new(ArithmeticOperation::Add).with_dtype(DType::F64);
            sum.apply(&d, &d, checkpoint).map(drop)
        }),
        case("merge", 3 * count, 1 << 14, move |checkpoint| {
            let three = [e.clone(), e.clone(), e.clone()];
            kernels::merge_elements(&three, |values: &[f32]| values[0], checkpoint).map(drop)
        }),
        case("first that is not 0", count, 1 << 15, move |checkpoint| {
            kernels::first_nonzero(&f, Some(0), checkpoint).map(drop)
        }),
        case("greatest channel", first.len(), 1 << 14, move |checkpoint| {
            let mut best = Array::zeros("cyx", &[1, 200, 200], DType::U32).unwrap();
            kernels::arg_max_channel(&first, &mut best, checkpoint)
        }),
        case("indicator of channels", second.len(), 1 << 14, move |checkpoint| {
            let mut best = Array::zeros("cyx", &[3, 200, 200], DType::U8).unwrap();
            kernels::max_channel_indicator(&second, 0..3, &mut best, checkpoint)
        }),
        // Greys, colours and lines along two axes, of three colours each.
        case("label overlay", 12 * count, 1 << 14, move |checkpoint| {
            LabelOverlay::new(0.0, 1000.0).apply(&h, &objects, checkpoint).map(drop)
        }),
        // Copied, and drawn.
        case("filled box", 2 * count, 1 << 14, {
            let image = grey.clone();
            let whole = [Rectangle::new(0..60, 0..80).unwrap()];
            move |checkpoint| {
                let kernel = DrawBoxes::new([7.0]).filled();
                kernel.apply(&image, &whole, checkpoint).map(drop)
            }
        }),
        // Copied, told what is set, and drawn.
        case("mask", 3 * count, 1 << 14, {
            let image = grey.clone();
            move |checkpoint| DrawMask::new([7.0]).apply(&image, &image, checkpoint).map(drop)
        }),
        case("contact sheet", 4 * count, 1 << 14, {
            let pictures = [0; 4].map(|_| grey.clone());
            move |checkpoint| ContactSheet::new(3).gap(5).apply(&pictures, checkpoint).map(drop)
        }),
        case("resize", count, 1 << 15, {
            let image = g.clone();
            move |checkpoint| Resize::to([30, 70, 90]).apply(&image, checkpoint).map(drop)
        }),
        case("resize to one", 3 << 17, 1 << 17, {
            let line = Array::from_vec("x", &[3 << 17], vec![1.0_f32; 3 << 17]).unwrap();
            move |checkpoint| Resize::to([1]).apply(&line, checkpoint).map(drop)
        }),
        case("resize to the nearest", 30 * 70 * 90, 1 << 15, move |checkpoint| {
            let resize = Resize::to([30, 70, 90]).interpolation(Interpolation::Nearest);
            resize.apply(&g, checkpoint).map(drop)
        }),
    ]
}

/// Labels of which each is there once.
fn distinct(count: usize) -> Array {
    let mut labels: Vec<u32> = (1..=count as u32).collect();
    let mut numbers = numbers(5);
    for last in (1..count).rev() {
        labels.swap(last, numbers.next().unwrap() as usize % (last + 1));
    }
    Array::from_vec("yx", &[count / 100, 100], labels).unwrap()
}

fn labels() -> Vec<Case> {
    let count = 30_000;
    let all = distinct(count);
    let noise = integers("zyx", &[20, 60, 80], DType::U8, 3, 6);
    let full = Array::from_vec("x", &[1 << 18], vec![1_u8; 1 << 18]).unwrap();
    let [a, b, c, d, e, f, g] = [0; 7].map(|_| all.clone());
    let (first, second, third) = (noise.clone(), noise.clone(), noise.clone());
    vec![
        // Found, numbered, painted.
        case("connected components", 3 * noise.len(), 1 << 14, move |checkpoint| {
            kernels::connected_components(&first, checkpoint).map(drop)
        }),
        case("a component of one row", 2 * full.len(), 1 << 15, move |checkpoint| {
            kernels::connected_components(&full, checkpoint).map(drop)
        }),
        case(
            "components, all neighbours",
            3 * noise.len(),
            1 << 14,
            move |checkpoint| {
                let kernel = ConnectedComponents::new().connectivity(Connectivity::Full);
                kernel.apply(&second, checkpoint).map(drop)
            },
        ),
        case("pieces", 2 * noise.len(), 1 << 14, move |checkpoint| {
            let pieces = ConnectedComponents::new().pieces(&third, checkpoint)?;
            pieces.labels(checkpoint).map(drop)
        }),
        // Counted, sorted, put into the map, mapped.
        case("relabel", 4 * count, 1 << 13, move |checkpoint| {
            kernels::relabel_consecutive(&a, 1, checkpoint).map(drop)
        }),
        case("filter by size", 3 * count, 1 << 13, move |checkpoint| {
            kernels::filter_by_size(&b, 1, None, false, checkpoint).map(drop)
        }),
        case("census", count, 1 << 13, move |checkpoint| {
            let shape = c.shape().to_vec();
            Census::default().count(&c, &[0, 0], &shape, checkpoint)
        }),
        // Counted, merged, added up, compared, taken out, sorted.
        case("matching", 6 * count, 1 << 13, move |checkpoint| {
            kernels::matching(&d, &e, 0.5, checkpoint).map(drop)
        }),
        // Measured and merged; then more than ten columns.
        case("region features", 12 * count, 1 << 9, move |checkpoint| {
            kernels::region_features(&f, Some(&g), checkpoint).map(drop)
        }),
    ]
}

fn others() -> Vec<Case> {
    let grey = grey();
    let count = grey.len();
    let flat = Array::zeros("zyx", &[24, 60, 80], DType::U8).unwrap();
    let seeds = Array::from_vec("zyx", &[24, 60, 80], vec![1_u32; count]).unwrap();
    let noise = integers("zyx", &[24, 60, 80], DType::F64, u64::MAX >> 12, 7);
    let missing = integers("zyx", &[24, 60, 80], DType::U8, 2, 8);
    let (gap, line) = (
        Array::from_vec(
            "zx",
            &[1000, 100],
            [vec![0_u8; 100], vec![1; 99_800], vec![0; 100]].concat(),
        )
        .unwrap(),
        integers("zx", &[1000, 100], DType::F32, 100, 9),
    );
    let dark = Array::zeros("zyx", &[2, 300, 300], DType::U8).unwrap();
    let thin = Array::zeros("zyxc", &[64, 64, 64, 1], DType::U8).unwrap();
    let spread = thin.to_axes("xczy").unwrap();
    let rows = 4000;
    let values: Vec<f32> = numbers(10)
        .take(8 * rows)
        .map(|number| (number % 1000) as f32)
        .collect();
    let values = Array2::from_shape_vec((rows, 8), values).unwrap();
    let classes: Vec<u32> = (0..rows as u32).map(|row| 1 + row % 3).collect();
    let training = RandomForest::new().trees(3);
    let forest = training.train(values.view(), &classes, &NEVER).unwrap();
    let bytes = forest.to_bytes().unwrap();
    let nodes = bytes.len() / 12;
    let [a, b, c] = [0; 3].map(|_| grey.clone());
    vec![
        // Ordered, flooded, written.
        case("watershed", 6 * count, 1 << 13, move |checkpoint| {
            Watershed::new().apply(&noise, None, None, checkpoint).map(drop)
        }),
        case(
            "watershed of a plain that is all seed",
            5 * count,
            1 << 14,
            move |checkpoint| kernels::watershed(&flat, &seeds, checkpoint).map(drop),
        ),
        case("local minima", 5 * count, 1 << 14, move |checkpoint| {
            kernels::local_minima(&a, Connectivity::Full, checkpoint).map(drop)
        }),
        case("fill what is missing", 2 * count, 1 << 15, move |checkpoint| {
            FillMissing::default().apply(&b, &missing, checkpoint).map(drop)
        }),
        case("fill long gaps", 2 * line.len(), 1 << 15, move |checkpoint| {
            FillMissing::default().apply(&line, &gap, checkpoint).map(drop)
        }),
        case("patches that are missing", dark.len(), 1 << 15, move |checkpoint| {
            MissingPatches::new(150, 0).apply(&dark, checkpoint).map(drop)
        }),
        case("patches along an axis of one", thin.len(), 1 << 15, move |checkpoint| {
            MissingPatches::new(64, 0).apply(&thin, checkpoint).map(drop)
        }),
        // They are filled one by one, with gaps between rows.
        case(
            "patches far apart in memory",
            spread.len(),
            1 << 12,
            move |checkpoint| MissingPatches::new(16, 0).apply(&spread, checkpoint).map(drop),
        ),
        case(
            "patches that somebody says are missing",
            count,
            1 << 15,
            move |checkpoint| {
                let kernel = MissingPatches::new(32, 0).detector(Detector::custom(|_| true));
                kernel.range(0.0, 999.0).apply(&c, checkpoint).map(drop)
            },
        ),
        case("forest training", 3 * 8 * rows, 1 << 14, {
            let values = values.clone();
            move |checkpoint| training.train(values.view(), &classes, checkpoint).map(drop)
        }),
        case("forest prediction", 3 * rows, 1 << 14, move |checkpoint| {
            forest.predict(values.view(), checkpoint).map(drop)
        }),
        case("forest reading", 4 * nodes, 1 << 14, move |checkpoint| {
            Forest::from_bytes(&bytes, checkpoint).map(drop)
        }),
    ]
}

/// Runs the kernel to its end, and stops it at its first look, in the middle and at the last.
fn check(cases: Vec<Case>) {
    for Case {
        name,
        steps,
        patience,
        run,
    } in cases
    {
        let looks = check_interrupts(run);
        println!("{name}: {looks} looks for {steps} steps");
        assert!(looks * patience >= steps, "{name}: {looks} looks for {steps} steps");
    }
}

#[test]
fn stencils_look_up_often_and_stop_at_once() {
    check(stencils());
}

#[test]
fn kernels_of_single_elements_look_up_often_and_stop_at_once() {
    check(pointwise());
}

#[test]
fn kernels_of_labels_look_up_often_and_stop_at_once() {
    check(labels());
}

#[test]
fn other_kernels_look_up_often_and_stop_at_once() {
    check(others());
}

/// What is allocated and cleared is work as well: without a look, 16 MiB take two milliseconds.
#[test]
fn memory_is_cleared_in_pieces() {
    let tiny = Array::full("x", &[1], 1_u8).unwrap();
    let wide = Array::full("x", &[1 << 22], 1_u8).unwrap();
    let looks = |array: &Array| check_interrupts(|checkpoint| Threshold::above(0.0).apply(array, checkpoint).map(drop));
    // A result of 4 MiB, in pieces of a quarter of one; and the elements.
    assert!(looks(&wide) - looks(&tiny) >= 16 + (1 << 22) / (1 << 15));
}
