//! The seeded watershed of a smooth map from some of its minima, checked against a flood with a heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use headwater::kernels::{Connectivity, Watershed, gaussian, local_minima};
use headwater::{Array, Checkpoint, DType};

use crate::gaussian::noise;
use crate::table::{Bench, Goal};

const NEVER: Checkpoint = Checkpoint::never();
const LENGTH: usize = 128;

pub(crate) fn rows(bench: &Bench) {
    let goal = |than, quoted| Goal::Faster { than, by: 3.0, quoted };
    for (name, dtype) in [
        ("watershed 128^3, seeded", DType::F32),
        ("watershed 128^3, seeded, u8", DType::U8),
    ] {
        if !bench.wants(name) {
            continue;
        }
        let (image, seeds) = load(dtype);
        let watershed = |image: &Array, seeds: &Array| {
            let result = Watershed::new().apply(image, Some(seeds), None, &NEVER);
            result.expect("seeds that fit")
        };
        assert!(
            watershed(&image, &seeds) == heap(&image, &seeds),
            "the regions are not those of the definition"
        );
        let mut ours = || drop(watershed(&image, &seeds));
        bench.against_peer(name, image.len(), goal("VIGRA", 567.0), &mut ours, || None);
        let mut both: Vec<f32> = Vec::new();
        for array in [&image, &seeds] {
            let reals = array.cast(DType::F32).expect("room");
            both.extend(reals.view::<f32>().expect("f32"));
        }
        bench.against_peer(name, image.len(), goal("skimage", 658.0), &mut ours, || {
            let (data, shape) = (&name.replace(' ', "_"), [2, LENGTH, LENGTH, LENGTH]);
            bench.peers.time("skimage_watershed", data, "f4", &shape, &both)
        });
    }
}

/// A smooth map and its minima, some 2,760.
fn load(dtype: DType) -> (Array, Array) {
    let image = Array::from_ndarray("zyx", noise(&[LENGTH; 3])).expect("as many axes");
    let smooth = gaussian(&image, 2.65, &NEVER).expect("a sigma that fits");
    let seeds = local_minima(&smooth, Connectivity::Faces, &NEVER).expect("room");
    if dtype == DType::F32 {
        return (smooth, seeds);
    }
    let coarse = smooth
        .map(|value: f32| (value - 0.4) * 1275.0)
        .and_then(|image| image.cast(dtype));
    (coarse.expect("room"), seeds)
}

/// The definition, with a heap of values and ages.
fn heap(image: &Array, seeds: &Array) -> Array {
    let image = image.cast(DType::F32).expect("room");
    let values: Vec<f32> = image.view::<f32>().expect("f32").iter().copied().collect();
    let mut labels: Vec<u32> = seeds.view::<u32>().expect("u32").iter().copied().collect();
    // Of numbers that are not negative the bits are in order.
    let entry = |level: u32, age: usize, at: usize| Reverse((values[at].to_bits().max(level), age, at));
    let seeded = (0..labels.len()).filter(|&at| labels[at] != 0);
    let mut open: BinaryHeap<_> = seeded.map(|at| entry(0, at, at)).collect();
    let mut age = labels.len();
    while let Some(Reverse((level, _, at))) = open.pop() {
        let place = [at / LENGTH / LENGTH, at / LENGTH % LENGTH, at % LENGTH];
        let ways = [(0, LENGTH * LENGTH), (1, LENGTH), (2, 1)];
        let before = ways.into_iter().filter(|way| place[way.0] > 0).map(|way| at - way.1);
        let behind = ways
            .into_iter()
            .rev()
            .filter(|way| place[way.0] + 1 < LENGTH)
            .map(|way| at + way.1);
        for other in before.chain(behind) {
            if labels[other] == 0 {
                labels[other] = labels[at];
                age += 1;
                open.push(entry(level, age, other));
            }
        }
    }
    Array::from_vec("zyx", &[LENGTH; 3], labels).expect("as many elements")
}
