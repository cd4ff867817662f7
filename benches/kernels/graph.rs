//! A blockwise run through the graph against the same kernels called by hand on the same two threads. Both take block after
//! block and keep none, in memory that is used again.

use std::sync::Arc;

use headwater::array::BufferPool;
use headwater::graph::Graph;
use headwater::kernels::{self, Form, Stencil};
use headwater::{Array, BlockGrid, Checkpoint, DType, RequestBatch, Roi, Runtime, Shape, operators};
use rayon::prelude::*;

use crate::gaussian::noise;
use crate::table::{Bench, THREADS};

pub(crate) fn rows(bench: &Bench, pool: &rayon::ThreadPool) {
    for (name, sigma) in [
        ("graph over kernels, 64^3, Gaussian 1", 1.0),
        ("graph over kernels, 64^3, Gaussian 3", 3.0),
    ] {
        if bench.wants(name) {
            run(bench, pool, name, sigma);
        }
    }
}

fn run(bench: &Bench, pool: &rayon::ThreadPool, name: &str, sigma: f64) {
    let volume = Array::from_ndarray("zyx", noise(&[256, 256, 256])).expect("three axes");
    let blocks: Vec<Roi> = BlockGrid::aligned(Shape::from([256; 3]), [64; 3])
        .expect("a grid")
        .iter()
        .map(|block| block.roi)
        .collect();

    let runtime = Runtime::builder()
        .slots(THREADS)
        .compute_threads(THREADS)
        .build()
        .expect("threads");
    let graph = Graph::on(&runtime);
    let filter = graph.add(operators::Gaussian::new(sigma));
    graph.edit(|e| e.set(&filter.input, volume.clone())).expect("an image");
    let ours = || {
        let requests = blocks.iter().map(|roi| filter.output.request(*roi));
        let batch = RequestBatch::new(requests).on(&runtime).max_active(2 * THREADS);
        let take = |block| {
            drop(block);
            Ok(())
        };
        batch.wait(take).expect("blocks");
    };

    let (kernel, buffers) = (kernels::Gaussian::new(sigma), BufferPool::new(1 << 27));
    let each = |roi| drop(block_by_hand(&kernel, &volume, roi, &buffers));
    let by_hand = || pool.install(|| blocks.par_iter().for_each(each));
    bench.against(name, volume.len(), 1.05, ours, by_hand);
}

/// What somebody would write who has the image in memory and needs no graph.
fn block_by_hand(kernel: &kernels::Gaussian, volume: &Array, roi: &Roi, buffers: &Arc<BufferPool>) -> Array {
    let form = Form::of(volume).expect("three axes");
    let part = kernel.needed(&form, roi).expect("a block");
    let (input, roi) = (
        volume.slice(&part).expect("within"),
        roi.relative_to(&part).expect("within"),
    );
    let mut out = buffers
        .array("zyx", roi.shape().as_slice(), DType::F32)
        .expect("memory");
    kernel
        .write_region(&input, &roi, &mut out, &Checkpoint::never())
        .expect("a block");
    out
}
