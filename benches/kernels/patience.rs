//! How long a kernel computes between two looks at its checkpoint: how late it hears that nobody wants its result.

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use headwater::kernels::{
    self, Arithmetic, ArithmeticOperation, Connectivity, DifferenceOfGaussians, DistanceTransform, FillMissing,
    Footprint, Gaussian, GaussianGradientMagnitude, HessianOfGaussian, HessianOfGaussianEigenvalues, Interpolation,
    LaplacianOfGaussian, Local, LocalThreshold, MissingPatches, Morphology, MorphologyOperation, Normalise,
    PixelFeatures, RandomForest, Rank, Resize, Stencil, StructureTensorEigenvalues, Threshold,
};
use headwater::{Array, Checkpoint, DType, Error, Interrupt};
use ndarray::Ix2;

use crate::gaussian::noise;
use crate::table::Bench;

/// What the design asks for, in milliseconds.
const GOAL: f64 = 1.0;

/// Never interrupts, and remembers the longest time between two looks.
struct Watch {
    last: Mutex<Instant>,
    longest: Mutex<f64>,
}

impl Interrupt for Watch {
    fn interrupted(&self) -> Option<Error> {
        self.look();
        None
    }
}

impl Watch {
    fn look(&self) {
        let (mut last, now) = (self.last.lock().expect("one thread"), Instant::now());
        let gap = now.duration_since(*last).as_secs_f64() * 1e3;
        let mut longest = self.longest.lock().expect("one thread");
        *longest = longest.max(gap);
        *last = now;
    }
}

/// The longest time between two looks of `kernel`, from its beginning to its end, on one thread, in milliseconds: the least
/// of some runs, since the machine has other things to do as well.
pub(crate) fn report(bench: &Bench, name: &str, mut kernel: impl FnMut(&Checkpoint)) {
    let name = format!("patience: {name}");
    if !bench.wants(&name) {
        return;
    }
    let best = Cell::new(f64::INFINITY);
    for _ in 0..bench.rounds {
        let watch = Arc::new(Watch {
            last: Mutex::new(Instant::now()),
            longest: Mutex::new(0.0),
        });
        kernel(&Checkpoint::new(Arc::clone(&watch) as Arc<dyn Interrupt>));
        watch.look();
        let longest = *watch.longest.lock().expect("one thread");
        best.set(best.get().min(longest));
    }
    let verdict = if best.get() <= GOAL { "met" } else { "MISSED" };
    println!(
        "{name:46} {:9.3} ms between two looks, goal {GOAL} {verdict}",
        best.get()
    );
}

pub(crate) fn rows(bench: &Bench) {
    let volume = Array::from_ndarray("zyx", noise(&[128, 128, 128])).expect("three axes");
    of_stencils(bench, &volume);
    of_elements(bench, &volume);
    of_labels(bench, &volume);
    of_watersheds(bench, &volume);
    of_missing(bench, &volume);
    of_forests(bench);
}

fn of_forests(bench: &Bench) {
    let rows = noise(&[20_000, 20]).into_dimensionality::<Ix2>().expect("two axes");
    let classes: Vec<u32> = rows
        .rows()
        .into_iter()
        .map(|row| 1 + u32::from(row.sum() > 10.0))
        .collect();
    let training = RandomForest::new().trees(4);
    report(bench, "forest training", |checkpoint| {
        training.train(rows.view(), &classes, checkpoint).expect("a forest");
    });
    let forest = training
        .train(rows.view(), &classes, &Checkpoint::never())
        .expect("a forest");
    report(bench, "forest prediction", |checkpoint| {
        forest.predict(rows.view(), checkpoint).expect("as many features");
    });
}

fn of_elements(bench: &Bench, volume: &Array) {
    stencil(bench, "threshold", volume, &Threshold::above(0.5));
    stencil(
        bench,
        "normalise",
        volume,
        &Normalise::new((0.0, 1.0), (0.0, 255.0), DType::U8),
    );
    report(bench, "value range", |checkpoint| {
        kernels::value_range(volume, checkpoint).expect("numbers");
    });
    report(bench, "Otsu", |checkpoint| {
        kernels::otsu(volume, checkpoint).expect("numbers");
    });
    let counts = volume
        .map(|value: f32| (value * 1e6) as u32)
        .expect("memory for a volume");
    report(bench, "Otsu, a million values", |checkpoint| {
        kernels::otsu(&counts, checkpoint).expect("numbers");
    });
    report(bench, "cast", |checkpoint| {
        let mut out = Array::zeros("zyx", volume.shape(), DType::F64).expect("memory for a volume");
        kernels::cast(volume, &mut out, checkpoint).expect("the same shape");
    });
    report(bench, "sum of two", |checkpoint| {
        let add = Arithmetic::new(ArithmeticOperation::Add);
        add.apply(volume, volume, checkpoint).expect("the same shape");
    });
    report(bench, "first that is not 0", |checkpoint| {
        kernels::first_nonzero(volume, Some(0), checkpoint).expect("an axis");
    });
    let channels = volume
        .to_axes("zcyx")
        .and_then(|image| image.slice(&headwater::roi![0..128, 0..1, 0..128, 0..128]));
    let channels = channels.expect("a new axis");
    report(bench, "greatest channel", |checkpoint| {
        let mut best = Array::zeros("zcyx", channels.shape(), DType::U32).expect("memory for a volume");
        kernels::arg_max_channel(&channels, &mut best, checkpoint).expect("channels");
    });
    for (name, interpolation, shape) in [
        ("resize, a third larger", Interpolation::Linear, [171, 171, 171]),
        ("resize to 8", Interpolation::Linear, [8, 8, 8]),
        ("resize, the nearest", Interpolation::Nearest, [171, 171, 171]),
    ] {
        report(bench, name, |checkpoint| {
            let resize = Resize::to(shape).interpolation(interpolation);
            resize.apply(volume, checkpoint).expect("three lengths");
        });
    }
}

fn of_labels(bench: &Bench, volume: &Array) {
    let objects = volume
        .map(|value: f32| u8::from(value > 0.7))
        .expect("memory for a volume");
    report(bench, "connected components", |checkpoint| {
        kernels::connected_components(&objects, checkpoint).expect("labels");
    });
    let labels = kernels::connected_components(&objects, &Checkpoint::never())
        .expect("labels")
        .labels;
    report(bench, "relabel", |checkpoint| {
        kernels::relabel_consecutive(&labels, 1, checkpoint).expect("labels");
    });
    report(bench, "filter by size", |checkpoint| {
        kernels::filter_by_size(&labels, 2, None, false, checkpoint).expect("labels");
    });
    report(bench, "matching", |checkpoint| {
        kernels::matching(&labels, &labels, 0.5, checkpoint).expect("labels");
    });
    report(bench, "region features of many", |checkpoint| {
        kernels::region_features(&labels, Some(volume), checkpoint).expect("a table");
    });
}

fn of_watersheds(bench: &Bench, volume: &Array) {
    let seeds = volume
        .map(|value: f32| u8::from(value > 0.999))
        .expect("memory for a volume");
    let seeds = kernels::connected_components(&seeds, &Checkpoint::never())
        .expect("labels")
        .labels;
    report(bench, "watershed", |checkpoint| {
        kernels::watershed(volume, &seeds, checkpoint).expect("a flood");
    });
    let flat = Array::zeros("zyx", volume.shape(), DType::U8).expect("memory for a volume");
    let all = flat.map(|value: u8| u32::from(value) + 1).expect("memory for a volume");
    report(bench, "watershed of a plain that is all seed", |checkpoint| {
        kernels::watershed(&flat, &all, checkpoint).expect("a flood");
    });
    report(bench, "local minima", |checkpoint| {
        kernels::local_minima(volume, Connectivity::Full, checkpoint).expect("minima");
    });
    report(bench, "region features", |checkpoint| {
        kernels::region_features(&seeds, Some(volume), checkpoint).expect("a table");
    });
}

fn of_missing(bench: &Bench, volume: &Array) {
    let missing = volume
        .map(|value: f32| u8::from(value > 0.7))
        .expect("memory for a volume");
    report(bench, "fill what is missing", |checkpoint| {
        FillMissing::default()
            .apply(volume, &missing, checkpoint)
            .expect("a volume");
    });
    let bytes = volume.map(|value: f32| value as u8).expect("memory for a volume");
    report(bench, "patches that are missing", |checkpoint| {
        MissingPatches::new(64, 8).apply(&bytes, checkpoint).expect("a volume");
    });
}

fn of_stencils(bench: &Bench, volume: &Array) {
    stencil(bench, "Gaussian, sigma 3", volume, &Gaussian::new(3.0));
    stencil(
        bench,
        "difference of Gaussians",
        volume,
        &DifferenceOfGaussians::new(2.0, 1.0),
    );
    stencil(bench, "Laplacian of Gaussian", volume, &LaplacianOfGaussian::new(1.0));
    stencil(
        bench,
        "gradient magnitude",
        volume,
        &GaussianGradientMagnitude::new(1.0),
    );
    stencil(bench, "Hessian", volume, &HessianOfGaussian::new(1.0));
    stencil(
        bench,
        "Hessian eigenvalues",
        volume,
        &HessianOfGaussianEigenvalues::new(1.0),
    );
    stencil(
        bench,
        "structure tensor eigenvalues",
        volume,
        &StructureTensorEigenvalues::new(1.0, 2.0),
    );
    stencil(bench, "pixel features", volume, &PixelFeatures::new([1.0, 3.5]));
    stencil(bench, "local mean", volume, &LocalThreshold::new(Local::Mean, 10));
    stencil(bench, "median, radius 1", volume, &Rank::median(1));
    stencil(
        bench,
        "median of a ball, radius 7",
        volume,
        &Rank::median(Footprint::Ball(7.into())),
    );
    stencil(bench, "minimum, radius 10", volume, &Rank::minimum(10));
    stencil(
        bench,
        "opening, radius 2",
        volume,
        &Morphology::new(MorphologyOperation::Open, 2),
    );
    let objects = volume
        .map(|value: f32| u8::from(value > 0.01))
        .expect("memory for a volume");
    stencil(bench, "distance transform", &objects, &DistanceTransform::new());
    stencil(
        bench,
        "distance transform, uneven",
        &objects,
        &DistanceTransform::new().sampling([3.0, 1.0, 1.0]),
    );
}

fn stencil(bench: &Bench, name: &str, volume: &Array, kernel: &impl Stencil) {
    report(bench, name, |checkpoint| {
        kernel.apply(volume, checkpoint).expect("options that fit");
    });
}
