//! Filters of ranks and morphology, checked at some points against sorting.

use headwater::array::Element;
use headwater::kernels::{Morphology, MorphologyOperation, Rank, Stencil};
use headwater::{Array, Checkpoint};
use ndarray::ArrayD;

use crate::gaussian::noise;
use crate::table::{Bench, Goal, UNKNOWN};

const SIDE: [usize; 3] = [256; 3];

pub(crate) fn rows(bench: &Bench) {
    let floats = || noise(&SIDE);
    let bytes = || noise(&SIDE).mapv(|value| (value * 255.0) as u8);
    row(
        bench,
        "median 3-D, radius 1",
        ("scipy_median", 20.0, UNKNOWN),
        "f4",
        floats,
        Rank::median(1),
        (1, 13),
    );
    row(
        bench,
        "median 3-D, radius 1, u8",
        ("scipy_median", 20.0, UNKNOWN),
        "u1",
        bytes,
        Rank::median(1),
        (1, 13),
    );
    row(
        bench,
        "minimum 3-D, radius 3",
        ("scipy_minimum", 2.0, UNKNOWN),
        "f4",
        floats,
        Rank::minimum(3),
        (3, 0),
    );
    row(
        bench,
        "minimum 3-D, radius 3, u8",
        ("scipy_minimum", 2.0, UNKNOWN),
        "u1",
        bytes,
        Rank::minimum(3),
        (3, 0),
    );
    let opening = Morphology::new(MorphologyOperation::Open, 2);
    row(
        bench,
        "opening 3-D, radius 2",
        ("scipy_opening", 2.0, UNKNOWN),
        "f4",
        floats,
        opening,
        (2, usize::MAX),
    );
    let plane = || noise(&[1024, 1024]).mapv(|value| (value * 255.0) as u8);
    let median = Rank::median(15);
    row(
        bench,
        "median 2-D, radius 15, u8",
        ("scipy_median_31", 2.0, UNKNOWN),
        "u1",
        plane,
        median,
        (15, 480),
    );
}

/// One filter against one call of a peer: its name, the goal, and its time for an element where it cannot be run.
fn row<T: Element + bytemuck::NoUninit>(
    bench: &Bench,
    name: &str,
    (peer, by, quoted): (&'static str, f64, f64),
    dtype: &str,
    data: impl Fn() -> ArrayD<T>,
    kernel: impl Stencil,
    (radius, rank): (usize, usize),
) {
    if !bench.wants(name) {
        return;
    }
    let data = data();
    let input = Array::from_ndarray(&"zyx"[3 - data.ndim()..], data.clone()).expect("axes for the shape");
    let mut out = None;
    let ours = || out = Some(kernel.apply(&input, &Checkpoint::never()).expect("a radius that fits"));
    let elements = data.as_slice().expect("contiguous");
    let file = format!("{dtype}_{}", data.len());
    let theirs = || bench.peers.time(peer, &file, dtype, data.shape(), elements);
    bench.against_peer(name, data.len(), Goal::Faster { than: peer, by, quoted }, ours, theirs);
    if let (Some(out), true) = (out, rank < usize::MAX) {
        check(&data, &out, radius, rank);
    }
}

/// A fast wrong result is no result.
fn check<T: Element>(data: &ArrayD<T>, out: &Array, radius: usize, rank: usize) {
    let out = out.view::<T>().expect("the type of the input");
    for nth in (0..data.len()).step_by(data.len() / 997) {
        let mut rest = nth;
        let mut at = vec![0; data.ndim()];
        for axis in (0..data.ndim()).rev() {
            (at[axis], rest) = (rest % data.shape()[axis], rest / data.shape()[axis]);
        }
        if at
            .iter()
            .zip(data.shape())
            .any(|(&at, &len)| at < radius || at + radius >= len)
        {
            continue;
        }
        let ranges = |axis: ndarray::AxisDescription| {
            let centre = at[axis.axis.index()];
            ndarray::Slice::from(centre - radius..centre + radius + 1)
        };
        let mut near: Vec<_> = data.slice_each_axis(ranges).iter().copied().collect();
        near.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
        assert_eq!(out[&at[..]], near[rank], "at {at:?}");
    }
}
