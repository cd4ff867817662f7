//! A volume of 16 GiB, smoothed, thresholded and shrunk into a file, with 512 MiB of memory.
//!
//! The volume is nowhere: an operator computes each part of it when it is asked for. Every voxel is smoothed at full resolution
//! and compared with a level; the mask is then shrunk to an eighth along each axis, which reads all of it. What is in memory at a
//! time are the blocks in flight and what the cache keeps for their neighbours. Run it with
//! `cargo run --release --features io --example larger_than_memory`.

use std::time::Instant;

use headwater::graph::{Data, Declare, Execute, Graph, Meta, Operator, Output, Setup};
use headwater::io::{Create, Export, format_bytes, peak_resident};
use headwater::operators::{BlockCache, Gaussian, Resize, Threshold};
use headwater::{Array, DType, Error, Roi, Runtime, Shape};

const SIDE: usize = 2048;
const MEMORY: u64 = 512 << 20;

/// Spots on a wavy lattice, and noise.
struct Volume {
    wave: Vec<u16>,
    noise: Vec<u16>,
}

impl Volume {
    fn new() -> Self {
        let height = |at: usize| (at as f64 / 13.0 + (at as f64 / 170.0).sin()).sin();
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 19) as u16
        };
        Self {
            wave: (0..SIDE).map(|at| (10_000.0 + 9_000.0 * height(at)) as u16).collect(),
            noise: (0..2 * SIDE).map(|_| random()).collect(),
        }
    }

    /// One row of `roi`, of which the rest of the place is given.
    fn row(&self, z: usize, y: usize, roi: &Roi, out: &mut Vec<u16>) {
        let level = self.wave[z] + self.wave[y];
        let noise = &self.noise[(z * 7919 + y * 104_729) % SIDE..];
        let x = roi.range(2);
        let row = self.wave[x.clone()].iter().zip(&noise[x]);
        out.extend(row.map(|(wave, noise)| level + wave + noise % 4096));
    }
}

struct Slots {
    output: Output<Array>,
}

impl Operator for &'static Volume {
    type Slots = Slots;

    fn slots(&self, declare: &mut Declare<'_>) -> Slots {
        let output = declare.output("output");
        Slots { output }
    }

    fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, Meta::new(Shape::new([SIDE; 3])?, DType::U16, "zyx")?)
    }

    async fn execute(&self, _: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let (volume, points) = (*self, roi.volume()?);
        let kernel = cx.compute_within(2 * points as u64, move |checkpoint| {
            let mut pixels = Vec::with_capacity(points);
            for z in roi.range(0) {
                checkpoint.check()?;
                roi.range(1).for_each(|y| volume.row(z, y, &roi, &mut pixels));
            }
            Array::from_vec("zyx", roi.shape().as_slice(), pixels)
        });
        Ok(kernel.await?.into())
    }
}

fn main() -> Result<(), Error> {
    let graph = Graph::on(&Runtime::builder().memory(MEMORY).build()?);
    let (volume, blur) = (
        graph.add(&*Box::leak(Box::new(Volume::new()))),
        graph.add(Gaussian::new(1.0)),
    );
    let (mask, cache) = (
        graph.add(Threshold::above(44_000.0)),
        graph.add(BlockCache::new().block([128; 3])),
    );
    let shrink = graph.add(Resize::to([SIDE / 8; 3]));
    graph.edit(|e| {
        e.connect(&volume.output, &blur.input)?;
        e.connect(&blur.output, &mask.input)?;
        e.connect(&mask.output, &cache.input)?;
        e.connect(&cache.output, &shrink.input)
    })?;
    let file = std::env::temp_dir().join("larger_than_memory.npy");
    let export = Export::new(&shrink.output).dtype(DType::U8).memory(MEMORY / 4);
    let export = export.create(Create::new().replace(true));
    let name = file.to_string_lossy();
    let plan = export.plan(&name)?;
    println!("{} voxels, {}", SIDE.pow(3), format_bytes(2 * SIDE.pow(3) as u64));
    println!("{} blocks of {}, {} at a time", plan.blocks, plan.block, plan.in_flight);
    let begun = Instant::now();
    let mut next = 0.1;
    let run = export.progress(move |p| {
        if p.fraction() >= next {
            println!("{:3.0} %, {:?} left", 100.0 * p.fraction(), p.left.unwrap_or_default());
            next += 0.1;
        }
    });
    let saved = run.to(&name).wait()?;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{} in {seconds:.1} s, {} computed for 1 kept",
        saved.path.display(),
        cache.operator().statistics().misses
    );
    println!(
        "at most {} in memory",
        format_bytes(peak_resident().unwrap_or_default())
    );
    Ok(())
}
