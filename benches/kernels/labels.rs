//! Labelling a mask into a caller's buffer: blobs as a threshold leaves them, and noise, the worst that a threshold can do.

use headwater::kernels::{ConnectedComponents, Gaussian};
use headwater::{Array, Checkpoint};

use crate::gaussian::noise;
use crate::table::{Bench, Goal};

const SHAPE: [usize; 3] = [256, 256, 256];

pub(crate) fn rows(bench: &Bench) {
    const CASES: [(&str, f64); 2] = [("labelling, blobs", 6.3), ("labelling, noise", 11.5)];
    for (name, quoted) in CASES.into_iter().filter(|case| bench.wants(case.0)) {
        let mask = match name {
            "labelling, blobs" => blobs(),
            _ => {
                noise(&SHAPE)
                    .mapv(|value| u8::from(value < 0.3))
                    .into_raw_vec_and_offset()
                    .0
            }
        };
        let input = Array::from_vec("zyx", &SHAPE, mask.clone()).expect("as many as the shape has");
        let (never, than) = (Checkpoint::never(), "cc3d");
        let (labelling, mut labels) = (ConnectedComponents::new(), vec![0; mask.len()]);
        bench.against_peer(
            name,
            mask.len(),
            Goal::Faster { than, by: 2.0, quoted },
            || {
                let counts = labelling.apply_into(&input, &mut labels, &never);
                counts.expect("fewer components than labels");
            },
            || {
                bench
                    .peers
                    .time("cc3d_6", &name.replace(", ", "-"), "uint8", &SHAPE, &mask)
            },
        );
        assert!(labels == flood(&mask), "a fast wrong result is no result");
    }
}

/// Where smoothed noise is above its mean: half of the volume.
fn blobs() -> Vec<u8> {
    let smooth = Gaussian::new(3.0).apply_view(noise(&SHAPE).view(), &Checkpoint::never());
    let smooth = smooth.expect("a valid sigma");
    smooth.iter().map(|value| u8::from(*value > 0.5)).collect()
}

/// The labels as one would write it down: fill from each element that has none.
fn flood(mask: &[u8]) -> Vec<u32> {
    let mut labels = vec![0; mask.len()];
    let (mut count, mut open) = (0, Vec::new());
    for first in 0..mask.len() {
        if mask[first] == 0 || labels[first] != 0 {
            continue;
        }
        count += 1;
        labels[first] = count;
        open.push(first);
        while let Some(at) = open.pop() {
            for stride in [1, SHAPE[2], SHAPE[1] * SHAPE[2]] {
                let place = at / stride % 256;
                let before = (place > 0).then(|| at - stride);
                let after = (place < 255).then(|| at + stride);
                for next in before.into_iter().chain(after) {
                    if mask[next] == mask[at] && labels[next] == 0 {
                        labels[next] = count;
                        open.push(next);
                    }
                }
            }
        }
    }
    labels
}
