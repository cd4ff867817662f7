//! What handing an array on costs: clones, slices, other axes and views, against the shared arrays of ndarray.
//!
//! The load is that of a chain of operators that hand a tile on: each hop clones or slices the array, and the last takes a
//! view. A hop of the graph may take 0.35 µs altogether, so these should take some tens of nanoseconds. The rival does the same with `ArcArray` of dynamic rank; both take
//! turns in one run.
//!
//! `cargo bench --bench array`

use std::hint::black_box;
use std::time::Instant;

use headwater::{Array, DType, Roi, Shape};
use ndarray::{ArcArray, Axis, IxDyn, Slice};

const ROUNDS: usize = 200_000;
const PAIRS: usize = 15;

fn main() {
    println!("ns per call, medians of {PAIRS} interleaved runs\n");
    println!("{:<26} {:>8} {:>8} {:>6}", "", "ours", "ndarray", "ratio");
    for (axes, shape) in [("yx", &[512usize, 512][..]), ("tzyxc", &[2, 16, 64, 64, 2])] {
        hand_on(axes, shape);
    }
    println!("\nns per element\n");
    convert();
}

fn hand_on(axes: &str, shape: &[usize]) {
    let array = Array::zeros(axes, shape, DType::F32).expect("memory for a tile");
    let rival: ArcArray<f32, IxDyn> = ArcArray::zeros(shape);
    let ranges: Vec<_> = shape.iter().map(|length| length / 4..length / 2).collect();
    let roi = Roi::from_ranges(ranges.iter().cloned()).expect("a region");
    let inner = |mut rival: ArcArray<f32, IxDyn>| {
        for (axis, range) in ranges.iter().enumerate() {
            rival.slice_axis_inplace(Axis(axis), Slice::from(range.clone()));
        }
        rival
    };
    let name = |what: &str| format!("{what}, {axes}");
    row(&name("clone"), || array.clone(), || rival.clone());
    row(&name("slice"), || array.slice(&roi), || inner(rival.clone()));
    let turned: String = axes.chars().rev().collect();
    let turned: headwater::Axes = turned.parse().expect("axes");
    row(
        &name("other axes"),
        || array.to_axes(turned),
        || rival.clone().reversed_axes(),
    );
    row(&name("view"), || array.view::<f32>(), || rival.view());
    let (part, rivals) = (array.slice(&roi).expect("within"), inner(rival.clone()));
    row(&name("view of a slice"), || part.view::<f32>(), || rivals.view());
    let extent = Roi::full(Shape::new(part.shape()).expect("few axes"));
    row(
        &name("slice, slice, view"),
        || {
            part.slice(&extent)
                .and_then(|part| part.view::<f32>().map(|view| view.len()))
        },
        || rivals.clone().view().len(),
    );
    row(&name("equal clones"), || array == array.clone(), || true);
}

fn convert() {
    let shape = [1024, 1024];
    let image = Array::full("yx", &shape, 200.7f32)
        .and_then(|image| image.to_contiguous())
        .expect("memory");
    let bytes = image.cast(DType::U8).expect("memory");
    let copy = image.detached().expect("memory");
    let (reals, whole) = (image.view::<f32>().expect("f32"), bytes.view::<u8>().expect("u8"));
    let per = (shape[0] * shape[1]) as f64;
    let line = |name: &str, ours: &mut dyn FnMut(), rival: &mut dyn FnMut()| {
        let (ours, rival) = pairs(9, || time(1, &mut *ours), || time(1, &mut *rival));
        println!(
            "{name:<26} {:>8.2} {:>8.2} {:>6.2}",
            ours / per,
            rival / per,
            ours / rival
        );
    };
    line("f32 to u8", &mut || drop(black_box(image.cast(DType::U8))), &mut || {
        drop(black_box(reals.mapv(|v| v as u8)))
    });
    line(
        "u8 to f32",
        &mut || drop(black_box(bytes.cast(DType::F32))),
        &mut || drop(black_box(whole.mapv(f32::from))),
    );
    line("equal copies, f32", &mut || _ = black_box(image == copy), &mut || {
        _ = black_box(reals == copy.view::<f32>().expect("f32"));
    });
    let turned = image.to_axes("xy").expect("axes");
    line(
        "turned to contiguous",
        &mut || drop(black_box(turned.to_contiguous())),
        &mut || {
            drop(black_box(reals.t().as_standard_layout()));
        },
    );
}

fn row<A, B>(name: &str, mut ours: impl FnMut() -> A, mut rival: impl FnMut() -> B) {
    let (ours, rival) = pairs(
        PAIRS,
        || time(ROUNDS, || _ = black_box(ours())),
        || time(ROUNDS, || _ = black_box(rival())),
    );
    println!("{name:<26} {ours:>8.1} {rival:>8.1} {:>6.2}", ours / rival);
}

/// Nanoseconds per call.
fn time(rounds: usize, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..rounds).for_each(|_| call());
    start.elapsed().as_nanos() as f64 / rounds as f64
}

/// The medians of both, which take turns.
fn pairs(count: usize, mut ours: impl FnMut() -> f64, mut rival: impl FnMut() -> f64) -> (f64, f64) {
    let (mut own, mut others): (Vec<_>, Vec<_>) = (0..count).map(|_| (ours(), rival())).unzip();
    own.sort_by(f64::total_cmp);
    others.sort_by(f64::total_cmp);
    (own[count / 2], others[count / 2])
}
