//! A volume of 16 GiB, smoothed, thresholded and shrunk into a file, with 512 MiB of memory.
//!
//! The volume is nowhere: an operator computes each part of it when it is asked for. Every voxel is smoothed at full resolution
//! and compared with a level; shrinking the mask to an eighth along each axis reads all of it. Only the blocks in flight are in
//! memory. Run it with
//! `cargo run --release --features io --example larger_than_memory [SIZE MEMORY]`; a build without `--release` takes some seconds
//! for `32M 8M`. It fails if it takes more than the memory and a tenth, beside what the program itself takes.

use std::time::Instant;

use headwater::graph::{Data, Declare, Execute, Graph, Meta, Operator, Output, Setup};
use headwater::io::{Create, Export, format_bytes, parse_bytes, peak_resident};
use headwater::operators::{Gaussian, Resize, Threshold};
use headwater::{Array, DType, Error, Roi, Runtime, Shape};

/// Spots on a wavy lattice.
#[derive(Clone)]
struct Volume {
    shape: [usize; 3],
    waves: Vec<f32>,
}

impl Volume {
    /// Of about so many bytes, four for each voxel: half as high as it is wide and deep.
    fn new(bytes: u64) -> Self {
        let height = (bytes as f64 / 16.0).cbrt() as usize / 8 * 8;
        let shape = [1, 2, 2].map(|times| height.max(8) * times);
        let wave = |at: usize| (at as f64 / 13.0 + (at as f64 / 170.0).sin()).sin();
        let waves = (0..shape[2]).map(|at| wave(at) as f32).collect();
        Self { shape, waves }
    }

    /// One row, with a little noise.
    fn row(&self, z: usize, y: usize, roi: &Roi, out: &mut Vec<f32>) {
        let level = self.waves[z] + self.waves[y];
        let seed = (z * 7919 + y * 104_729) as u32;
        let row = self.waves[roi.range(2)].iter().zip(roi.start()[2] as u32..);
        out.extend(row.map(|(wave, x)| level + wave + ((x.wrapping_mul(40_503) ^ seed) % 1024) as f32 / 2048.0));
    }
}

struct Slots {
    output: Output<Array>,
}

impl Operator for Volume {
    type Slots = Slots;

    fn slots(&self, declare: &mut Declare<'_>) -> Slots {
        let output = declare.output("output");
        Slots { output }
    }

    fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, Meta::new(Shape::from(self.shape), DType::F32, "zyx")?)
    }

    async fn execute(&self, _: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let (volume, points) = (self.clone(), roi.volume()?);
        let kernel = cx.compute_within(4 * points as u64, move |checkpoint| {
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
    let sizes: Vec<u64> = std::env::args()
        .skip(1)
        .map(|size| parse_bytes(&size))
        .collect::<Result<_, _>>()?;
    let (size, memory) = match sizes[..] {
        [size, memory] => (size, memory),
        _ => (16 << 30, 512 << 20),
    };
    let graph = Graph::on(&Runtime::builder().memory(memory).build()?);
    let volume = Volume::new(size);
    let small = volume.shape.map(|length| length / 8);
    let bytes = 4 * volume.shape.iter().product::<usize>() as u64;
    let (volume, blur) = (graph.add(volume), graph.add(Gaussian::new(1.0)));
    let mask = graph.add(Threshold::above(1.5));
    let shrink = graph.add(Resize::to(small));
    graph.edit(|e| {
        e.connect(&volume.output, &blur.input)?;
        e.connect(&blur.output, &mask.input)?;
        e.connect(&mask.output, &shrink.input)
    })?;
    let file = std::env::temp_dir().join("larger_than_memory.npy");
    let export = Export::new(&shrink.output).dtype(DType::U8);
    let export = export.create(Create::new().replace(true));
    let plan = export.plan(&file.to_string_lossy())?;
    println!("{} go in, {:?} comes out", format_bytes(bytes), plan.meta);
    println!("{} blocks of {}, {} at a time", plan.blocks, plan.block, plan.in_flight);
    let (begun, before) = (Instant::now(), peak_resident().unwrap_or(0));
    let run = export.progress(|p| match p.left {
        Some(left) if p.done % 64 == 0 => println!("{:3.0} %, {left:.0?} left", 100.0 * p.fraction()),
        _ => {}
    });
    let saved = run.to(&file.to_string_lossy()).wait()?;
    println!("{} after {:.1?}", saved.path.display(), begun.elapsed());
    let taken = peak_resident().unwrap_or(0) - before;
    println!(
        "at most {} in memory, and {} for the program itself",
        format_bytes(taken),
        format_bytes(before)
    );
    match taken <= memory + memory / 10 {
        true => Ok(()),
        false => Err(Error::msg(format!(
            "that is more than {} and a tenth",
            format_bytes(memory)
        ))),
    }
}
