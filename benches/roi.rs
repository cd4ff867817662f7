//! What naming a region costs at each step of a request through a graph.
//!
//! A request hop makes the key of a shared request (a copy), looks it up (a hash and a comparison), and cuts it with an extent
//! or a dirty region (an intersection). A hop may take 350 ns in all, so its region may take a seventh of that. The rival is
//! what one writes first: start and stop in two vectors. The regions are 5-dimensional, as those of a microscope's images are.
//! The table below the first is the load of a graph that is being painted in: thousands of overlapping dirty regions.
//!
//! `cargo bench --bench roi`; the number of rounds can be given as an argument.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::hint::black_box;
use std::time::Instant;

use headwater::{BlockGrid, RegionSet, Roi, Shape, roi};

/// Start and stop in vectors.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Vectors(Vec<usize>, Vec<usize>);

impl Vectors {
    fn of(roi: &Roi) -> Self {
        Self(roi.start().to_vec(), roi.stop().to_vec())
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        let start: Vec<_> = self.0.iter().zip(&other.0).map(|(a, b)| *a.max(b)).collect();
        let stop: Vec<_> = self.1.iter().zip(&other.1).map(|(a, b)| *a.min(b)).collect();
        start.iter().zip(&stop).all(|(a, b)| a < b).then_some(Self(start, stop))
    }
}

fn main() {
    let rounds = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(21);
    let regions: Vec<Roi> = (0..256)
        .map(|n| roi![n % 7..n % 7 + 1, n..n + 64, 64..128, n..n + 64, 0..3])
        .collect();
    let twins = regions.clone();
    let vectors: Vec<Vectors> = regions.iter().map(Vectors::of).collect();
    let vector_twins = vectors.clone();
    let image = Roi::full([7, 200, 100, 200, 3]);
    let image_vectors = Vectors::of(&image);
    let hasher = RandomState::new();

    println!(
        "ns for one region of 5 axes, median of {rounds} interleaved rounds; a Roi has {} bytes\n",
        size_of::<Roi>()
    );
    println!("{:<34}{:>8}{:>10}{:>8}{:>8}", "", "Roi", "vectors", "ratio", "goal");
    let row = |name: &str, goal: f64, ours: &mut dyn FnMut(usize), rival: &mut dyn FnMut(usize)| {
        let mut figures = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            figures.0.push(time(regions.len(), ours));
            figures.1.push(time(regions.len(), rival));
        }
        let (ours, rival) = (median(figures.0), median(figures.1));
        println!("{name:<34}{ours:>8.1}{rival:>10.1}{:>8.2}{goal:>8.1}", ours / rival);
    };
    row(
        "copy",
        5.0,
        &mut |n| {
            let _ = black_box(black_box(&regions)[n]);
        },
        &mut |n| {
            let _ = black_box(black_box(&vectors)[n].clone());
        },
    );
    row(
        "hash (SipHash)",
        30.0,
        &mut |n| {
            let _ = black_box(hasher.hash_one(black_box(&regions[n])));
        },
        &mut |n| {
            let _ = black_box(hasher.hash_one(black_box(&vectors[n])));
        },
    );
    row(
        "compare, equal",
        10.0,
        &mut |n| {
            let _ = black_box(black_box(&regions[n]) == black_box(&twins[n]));
        },
        &mut |n| {
            let _ = black_box(black_box(&vectors[n]) == black_box(&vector_twins[n]));
        },
    );
    row(
        "intersect",
        10.0,
        &mut |n| {
            let _ = black_box(black_box(&regions[n]).intersection(black_box(&image)));
        },
        &mut |n| {
            drop(black_box(
                black_box(&vectors[n]).intersection(black_box(&image_vectors)),
            ))
        },
    );
    row(
        "copy, hash, compare and intersect",
        50.0,
        &mut |n| {
            let key = black_box(regions[n]);
            black_box(hasher.hash_one(key));
            black_box(key == twins[n]);
            black_box(key.intersection(&image));
        },
        &mut |n| {
            let key = black_box(vectors[n].clone());
            black_box(hasher.hash_one(&key));
            black_box(key == vector_twins[n]);
            black_box(key.intersection(&image_vectors));
        },
    );
    sets();
    grids();
}

/// The mean time of one call in ns, over enough calls for the clock.
fn time(regions: usize, call: &mut dyn FnMut(usize)) -> f64 {
    const TURNS: usize = 200;
    let began = Instant::now();
    for _ in 0..TURNS {
        (0..regions).for_each(&mut *call);
    }
    began.elapsed().as_nanos() as f64 / (TURNS * regions) as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn sets() {
    println!(
        "\n{:<34}{:>8}{:>12}{:>10}",
        "10,000 regions added to a set", "boxes", "at most", "ns each"
    );
    let row = |name: &str, regions: &[Roi], most: usize| {
        let (mut set, mut largest) = (RegionSet::new(), 0);
        let began = Instant::now();
        for region in regions {
            set.add_lossy(region, most).expect("one rank");
            largest = largest.max(set.box_count());
        }
        let each = began.elapsed().as_nanos() / regions.len() as u128;
        println!("{name:<34}{:>8}{largest:>12}{each:>10}", set.box_count());
    };
    let stroke: Vec<Roi> = (0..10_000)
        .map(|n| {
            let angle = n as f64 / 10_000.0 * std::f64::consts::TAU;
            let (y, x) = (
                (500.0 + 400.0 * angle.sin()) as usize,
                (500.0 + 400.0 * angle.cos()) as usize,
            );
            roi![y..y + 20, x..x + 20]
        })
        .collect();
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let scattered: Vec<Roi> = (0..10_000)
        .map(|_| {
            let (z, y, x) = (random(900), random(900), random(900));
            roi![z..z + 1 + random(99), y..y + 1 + random(99), x..x + 1 + random(99)]
        })
        .collect();
    let blocks: Vec<Roi> = (0..10_000)
        .map(|n| n * 7919 % 10_000)
        .map(|n| roi![n / 100 * 64..n / 100 * 64 + 64, n % 100 * 64..n % 100 * 64 + 64])
        .collect();
    row("a brush's circle, exact", &stroke, usize::MAX);
    row("a brush's circle, lossy", &stroke, RegionSet::FEW);
    row("all blocks in disorder, exact", &blocks, usize::MAX);
    row("all blocks in disorder, lossy", &blocks, RegionSet::FEW);
    row("random boxes in 3-D, lossy", &scattered, RegionSet::FEW);
    row("1,000 random boxes in 3-D, exact", &scattered[..1000], usize::MAX);
}

fn grids() {
    let grid = BlockGrid::aligned(Shape::from([1, 2048, 2048, 2048, 1]), [1, 64, 64, 64, 1]).expect("a small grid");
    let began = Instant::now();
    let volume: usize = grid.iter().map(|block| block.roi.stop()[3] + block.number).sum();
    let each = began.elapsed().as_nanos() as f64 / grid.len() as f64;
    println!("\n{each:.1} ns for each of {} blocks of a grid ({volume})", grid.len());
}
