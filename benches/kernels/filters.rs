//! The filters made of derivatives of Gaussians, and ilastik's set of them: what somebody waits for who trains a pixel
//! classifier. Into memory that was written before; checked against plain loops in `f64`.

use headwater::kernels::{
    DifferenceOfGaussians, Form, Gaussian, GaussianGradientMagnitude, HessianOfGaussianEigenvalues,
    LaplacianOfGaussian, PixelFeatures, Stencil, StructureTensorEigenvalues,
};
use headwater::{Array, Checkpoint, DType, Roi};
use ndarray::{ArrayD, Axis};

use crate::gaussian::noise;
use crate::table::Bench;

/// The side of the volume of the feature set, which has 70 results for each of its elements.
const SIDE: usize = 128;

pub(crate) fn rows(bench: &Bench) {
    single(
        bench,
        "Laplacian of Gaussian 3-D, sigma 1",
        12.0,
        &LaplacianOfGaussian::new(1.0),
    );
    single(
        bench,
        "gradient magnitude 3-D, sigma 1",
        12.0,
        &GaussianGradientMagnitude::new(1.0),
    );
    single(
        bench,
        "Hessian eigenvalues 3-D, sigma 1",
        32.0,
        &HessianOfGaussianEigenvalues::new(1.0),
    );
    single(
        bench,
        "structure tensor eigenvalues 3-D, 1 and 2",
        50.0,
        &StructureTensorEigenvalues::new(1.0, 2.0),
    );
    feature_set(bench);
}

/// A filter for a volume of 256³ against copying it.
fn single(bench: &Bench, name: &str, goal: f64, filter: &impl Stencil) {
    if !bench.wants(name) {
        return;
    }
    check(filter, name);
    let mut ours = Applied::new(filter, volume(256));
    bench.against_copy(name, 256 * 256 * 256, goal, || ours.run());
}

/// All features at all scales against one filter after the other: each at its scale, as one would without the set; and each
/// after the smoothing, which is the same arithmetic, done again for each.
fn feature_set(bench: &Bench) {
    let image = volume(SIDE);
    let mut ours = Applied::new(&PixelFeatures::new(PixelFeatures::SCALES), image.clone());
    for (name, is_smoothed) in [("at the scale", false), ("after smoothing", true)] {
        let name = format!("feature set {SIDE}³, filters {name}");
        if bench.wants(&name) {
            let scales = PixelFeatures::SCALES.into_iter();
            let mut singles: Vec<_> = scales.flat_map(|scale| singles(scale, is_smoothed, &image)).collect();
            let rival = || singles.iter_mut().for_each(|single| single());
            bench.against(&name, image.len(), 0.5, || ours.run(), rival);
        }
    }
}

/// The six filters at one scale.
fn singles(scale: f64, is_smoothed: bool, image: &Array) -> Vec<Box<dyn FnMut()>> {
    let first = if scale > 1.0 {
        (scale * scale - 1.0).sqrt()
    } else {
        scale
    };
    let (s, first) = if is_smoothed {
        (scale.min(1.0), Some(first))
    } else {
        (scale, None)
    };
    vec![
        alone(first, &Gaussian::new(s).window(2.0), image),
        alone(first, &LaplacianOfGaussian::new(s).window(2.0), image),
        alone(first, &GaussianGradientMagnitude::new(s).window(2.0), image),
        alone(first, &DifferenceOfGaussians::new(s, 0.66 * s).window(2.0), image),
        alone(first, &StructureTensorEigenvalues::new(s, 0.5 * s).window(2.0), image),
        alone(first, &HessianOfGaussianEigenvalues::new(s).window(2.0), image),
    ]
}

/// A filter, with the smoothing before it if there is one, into memory of its own.
fn alone(first: Option<f64>, filter: &impl Stencil, image: &Array) -> Box<dyn FnMut()> {
    let mut smoothing = first.map(|first| Applied::new(&Gaussian::new(first), image.clone()));
    let mut filter = Applied::new(filter, image.clone());
    Box::new(move || {
        if let Some(smoothing) = &mut smoothing {
            // Whose result the filter is applied to does not matter for the time it takes.
            smoothing.run();
        }
        filter.run();
    })
}
/// A filter, what it is applied to, and room for the result.
struct Applied<S> {
    filter: S,
    image: Array,
    out: Array,
}

impl<S: Stencil> Applied<S> {
    fn new(filter: &S, image: Array) -> Self {
        let result = filter.result(&form(&image)).expect("a filter that fits");
        let out = Array::zeros(result.axes, result.shape.as_slice(), DType::F32).expect("room for the result");
        let filter = filter.clone();
        Self { filter, image, out }
    }

    fn run(&mut self) {
        let result = self.filter.result(&form(&self.image)).expect("a filter that fits");
        let all = Roi::full(result.shape);
        let done = self
            .filter
            .write_region(&self.image, &all, &mut self.out, &Checkpoint::never());
        done.expect("a filter that fits");
    }
}

fn form(image: &Array) -> Form {
    Form::of(image).expect("an array has a form")
}

fn volume(side: usize) -> Array {
    Array::from_ndarray("zyx", noise(&[side; 3])).expect("three axes")
}

/// A fast wrong result is no result: one point of a small volume, by the definition. The tests do the rest.
fn check(filter: &impl Stencil, name: &str) {
    let image = volume(24);
    let result = filter.apply(&image, &Checkpoint::never()).expect("a filter that fits");
    let own: Vec<f64> = match result.axes().position('c') {
        Some(_) => (0..3)
            .map(|channel| f64::from(view(&result)[[channel, 12, 12, 12]]))
            .collect(),
        None => vec![f64::from(view(&result)[[12, 12, 12]])],
    };
    let data = view(&image).mapv(f64::from);
    let derivative = |i: usize, j: usize| {
        let mut orders = [0; 3];
        orders[i] += 1;
        orders[j] += 1;
        convolved(&data, 1.0, orders)[[12, 12, 12]]
    };
    let slope = |i: usize| {
        let mut orders = [0; 3];
        orders[i] = 1;
        convolved(&data, 1.0, orders)
    };
    let trace = (0..3).map(|i| derivative(i, i)).sum::<f64>();
    // Eigenvalues by what does not take any to know: their sum, and the sum of their squares.
    let (own, expected) = match name.split(' ').next() {
        Some("Laplacian") => (own, vec![trace]),
        Some("gradient") => {
            let squares = (0..3).map(|i| slope(i)[[12, 12, 12]].powi(2));
            (own, vec![squares.sum::<f64>().sqrt()])
        }
        Some("Hessian") => {
            let squares = (0..9).map(|at| derivative(at / 3, at % 3).powi(2));
            (invariants(&own), vec![trace, squares.sum()])
        }
        _ => {
            let gradient = [0, 1, 2].map(slope);
            let entry = |i: usize, j: usize| convolved(&(&gradient[i] * &gradient[j]), 2.0, [0; 3])[[12, 12, 12]];
            let trace = (0..3).map(|i| entry(i, i)).sum();
            let squares = (0..9).map(|at| entry(at / 3, at % 3).powi(2));
            (invariants(&own), vec![trace, squares.sum()])
        }
    };
    for (own, expected) in own.iter().zip(&expected) {
        assert!((own - expected).abs() < 1e-5, "{name}: {own}, expected {expected}");
    }
}

fn view(array: &Array) -> ndarray::ArrayViewD<'_, f32> {
    array.view::<f32>().expect("of f32")
}

fn invariants(eigenvalues: &[f64]) -> Vec<f64> {
    let squares = eigenvalues.iter().map(|value| value * value);
    vec![eigenvalues.iter().sum(), squares.sum()]
}

/// A derivative of the smoothed data, in `f64`, one pass for each axis.
fn convolved(data: &ArrayD<f64>, sigma: f64, orders: [i32; 3]) -> ArrayD<f64> {
    let radius = (3.5 * sigma + 0.5) as isize;
    let mut data = data.clone();
    for (axis, order) in orders.into_iter().enumerate() {
        let sample = |i: isize| {
            let x = i as f64;
            let gauss = (-x * x / (2.0 * sigma * sigma)).exp();
            match order {
                0 => gauss,
                1 => -x * gauss,
                _ => (x * x / (sigma * sigma) - 1.0) * gauss,
            }
        };
        let mut taps: Vec<f64> = (-radius..=radius).map(sample).collect();
        if order > 0 {
            let mean = taps.iter().sum::<f64>() / taps.len() as f64;
            taps.iter_mut().for_each(|tap| *tap -= mean);
        }
        let moment: f64 = taps
            .iter()
            .zip(-radius..)
            .map(|(tap, i)| tap * (-i as f64).powi(order))
            .sum();
        let scale = if order == 2 { 2.0 } else { 1.0 } / moment;
        for mut lane in data.lanes_mut(Axis(axis)) {
            let before = lane.to_vec();
            let last = before.len() as isize - 1;
            for (at, value) in lane.iter_mut().enumerate() {
                let products = taps.iter().zip(-radius..).map(|(tap, i)| {
                    let index = at as isize - i;
                    tap * scale * before[(last - (last - index.abs()).abs()) as usize]
                });
                *value = products.sum();
            }
        }
    }
    data
}
