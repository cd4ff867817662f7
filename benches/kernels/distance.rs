//! The Euclidean distance transform of a mask of blobs, checked by definition at some places.

use headwater::kernels::{DistanceTransform, Stencil, gaussian};
use headwater::{Array, Checkpoint};

use crate::gaussian::noise;
use crate::table::{Bench, Goal};

const NEVER: Checkpoint = Checkpoint::never();

pub(crate) fn rows(bench: &Bench) {
    let goal = |than, quoted| Goal::Faster { than, by: 5.0, quoted };
    let cases: [(&str, &[usize], f64); 3] = [
        ("distance transform 256^3", &[256; 3], 3.0),
        ("distance transform 256^3, large blobs", &[256; 3], 12.0),
        ("distance transform 4096^2", &[4096; 2], 3.0),
    ];
    for (name, shape, sigma) in cases.into_iter().filter(|case| bench.wants(case.0)) {
        let mask = blobs(shape, sigma);
        let bytes: Vec<u8> = mask
            .view::<bool>()
            .expect("a mask")
            .iter()
            .map(|&on| on.into())
            .collect();
        let transform = |mask: &Array| DistanceTransform::new().apply(mask, &NEVER).expect("room");
        check(&mask, &transform(&mask));
        let mut ours = || drop(transform(&mask));
        if shape.len() == 3 {
            bench.against_peer(name, mask.len(), goal("VIGRA", 109.0), &mut ours, || None);
        }
        bench.against_peer(name, mask.len(), goal("scipy", 427.0), &mut ours, || {
            bench
                .peers
                .time("scipy_edt", &name.replace(' ', "_"), "u1", shape, &bytes)
        });
    }
}

/// Smooth noise, where it is above its mean.
fn blobs(shape: &[usize], sigma: f64) -> Array {
    let axes = if shape.len() == 3 { "zyx" } else { "yx" };
    let image = Array::from_ndarray(axes, noise(shape)).expect("as many axes");
    let smooth = gaussian(&image, sigma, &NEVER).expect("a sigma that fits");
    smooth.map(|value: f32| value > 0.5).expect("room for a mask")
}

/// Some distances, by looking at every element.
fn check(mask: &Array, distance: &Array) {
    let (mask, distance) = (
        mask.view::<bool>().expect("a mask"),
        distance.view::<f32>().expect("f32"),
    );
    let background: Vec<_> = mask.indexed_iter().filter(|(_, on)| !**on).map(|(at, _)| at).collect();
    for (at, own) in distance.indexed_iter().step_by(mask.len() / 7 + 1) {
        let square = |other: &ndarray::IxDyn| -> usize {
            (0..mask.ndim()).map(|axis| other[axis].abs_diff(at[axis]).pow(2)).sum()
        };
        let least = background.iter().map(square).min().expect("some background");
        assert_eq!(*own, (least as f32).sqrt(), "at {at:?}");
    }
}
