//! How long a kernel computes between two looks at its checkpoint: how late it hears that nobody wants its result.

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use headwater::kernels::{
    self, DistanceTransform, Gaussian, GaussianGradientMagnitude, HessianOfGaussianEigenvalues, LaplacianOfGaussian,
    Morphology, MorphologyOperation, RandomForest, Rank, Stencil, StructureTensorEigenvalues,
};
use headwater::{Array, Checkpoint, Error, Interrupt};
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
    let objects = volume
        .map(|value: f32| u8::from(value > 0.7))
        .expect("memory for a volume");
    report(bench, "connected components", |checkpoint| {
        kernels::connected_components(&objects, checkpoint).expect("labels");
    });
    let seeds = volume
        .map(|value: f32| u8::from(value > 0.999))
        .expect("memory for a volume");
    let seeds = kernels::connected_components(&seeds, &Checkpoint::never())
        .expect("labels")
        .labels;
    report(bench, "watershed", |checkpoint| {
        kernels::watershed(&volume, &seeds, checkpoint).expect("a flood");
    });
    report(bench, "region features", |checkpoint| {
        kernels::region_features(&seeds, Some(&volume), checkpoint).expect("a table");
    });
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

fn of_stencils(bench: &Bench, volume: &Array) {
    stencil(bench, "Gaussian, sigma 3", volume, &Gaussian::new(3.0));
    stencil(bench, "Laplacian of Gaussian", volume, &LaplacianOfGaussian::new(1.0));
    stencil(
        bench,
        "gradient magnitude",
        volume,
        &GaussianGradientMagnitude::new(1.0),
    );
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
    stencil(bench, "median, radius 1", volume, &Rank::median(1));
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
}

fn stencil(bench: &Bench, name: &str, volume: &Array, kernel: &impl Stencil) {
    report(bench, name, |checkpoint| {
        kernel.apply(volume, checkpoint).expect("options that fit");
    });
}
