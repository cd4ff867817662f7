//! A graph of three operators: nothing is computed until somebody asks, and then no more than the region needs.
//!
//! `cargo run --example graph_hello`

use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Data, Declare, Execute, Graph, Input, Meta, Operator, Output, Setup};
use headwater::kernels::gaussian;
use headwater::operators::BlockCache;
use headwater::roi::halo_for_sigma;
use headwater::{Array, DType, Error, Roi, roi};

static PIXELS: AtomicUsize = AtomicUsize::new(0);

/// A checkerboard of 65,536 × 65,536 pixels, which would take 16 GiB as an array.
struct Checkerboard;

impl Operator for Checkerboard {
    type Slots = Output<Array>;

    fn slots(&self, declare: &mut Declare<'_>) -> Output<Array> {
        declare.output("output")
    }

    fn setup(&self, output: &Output<Array>, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(output, Meta::new([1 << 16, 1 << 16].into(), DType::F32, "yx")?)
    }

    async fn execute(&self, _: &Output<Array>, _: &Execute, roi: Roi) -> Result<Data, Error> {
        PIXELS.fetch_add(roi.volume()?, Ordering::Relaxed);
        let pixels = roi
            .range(0)
            .flat_map(|y| roi.range(1).map(move |x| ((x / 8 + y / 8) % 2) as f32));
        Ok(Array::from_vec("yx", roi.shape().as_slice(), pixels.collect())?.into())
    }
}

/// Smooths; asks for as many neighbours as the Gaussian reaches.
struct Smooth;

struct SmoothSlots {
    input: Input<Array>,
    sigma: Input<f64>,
    output: Output<Array>,
}

impl Operator for Smooth {
    type Slots = SmoothSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SmoothSlots {
        SmoothSlots {
            input: declare.input("input"),
            sigma: declare.default("sigma", 2.0),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &SmoothSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?.with_dtype(DType::F32);
        cx.describe(&slots.output, meta)
    }

    async fn execute(&self, slots: &SmoothSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let sigma = cx.value(&slots.sigma)?;
        let grown = roi.expand_by_halo([halo_for_sigma(sigma, 3.5)?; 2], cx.meta(&slots.input)?.roi())?;
        let image = cx.request(&slots.input, grown.outer).await?;
        let smooth = cx
            .compute(move |checkpoint| gaussian(&image, sigma, checkpoint))
            .await?;
        Ok(smooth.slice(&grown.inner)?.into())
    }
}

fn main() -> Result<(), Error> {
    let graph = Graph::new();
    let (board, smooth, cache) = (
        graph.add(Checkerboard),
        graph.add(Smooth),
        graph.add(BlockCache::new().block([64, 64])),
    );
    graph.edit(|e| {
        e.connect(&*board, &smooth.input)?;
        e.connect(&smooth.output, &cache.input)
    })?;
    let computed = || PIXELS.swap(0, Ordering::Relaxed);
    println!("connected: {:?}; {} pixels computed", cache.output.meta()?, computed());
    for (what, sigma) in [("first look", 2.0), ("again", 2.0), ("sigma 2 → 4", 4.0)] {
        graph.edit(|e| e.set(&smooth.sigma, sigma))?;
        let image = cache.output.request(roi![30_000..30_128, 40_000..40_128]).wait()?;
        let mean = image.view::<f32>()?.iter().sum::<f32>() / image.len() as f32;
        println!(
            "{what:<12} {:?}, mean {mean:.3}; {} pixels computed",
            image.shape(),
            computed()
        );
    }
    println!("{}", graph.why(&cache.output, roi![30_000..30_128, 40_000..40_128])?);
    Ok(())
}
