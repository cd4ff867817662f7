//! Missing slices of a stack of 64 × 1024 × 1024 bytes: found by histograms, closed along z.

use headwater::kernels::{FillMissing, MissingPatches};
use headwater::{Array, Checkpoint};

use crate::table::{Bench, Goal};

const SHAPE: [usize; 3] = [64, 1024, 1024];
const ELEMENTS: usize = 64 << 20;

pub(crate) fn rows(bench: &Bench) {
    let (find, close) = (
        "missing patches, u8, one slice of 8 empty",
        "missing slices closed, u8, cubic, one of 8",
    );
    if !bench.wants(find) && !bench.wants(close) {
        return;
    }
    let (data, never) = (stack(), Checkpoint::never());
    let image = Array::from_vec("zyx", &SHAPE, data.clone()).expect("it fits");
    let mut missing = None;
    let ours = || missing = MissingPatches::new(128, 30).apply(&image, &never).ok();
    let goal = |than, quoted| Goal::Faster { than, by: 4.0, quoted };
    bench.against_peer(find, ELEMENTS, goal("numpy.histogram", 17.0), ours, || {
        bench.peers.time("numpy_histograms", "missing", "uint8", &SHAPE, &data)
    });
    let mask = MissingPatches::new(128, 30)
        .apply(&image, &never)
        .expect("valid options");
    assert!(missing.is_none_or(|missing| missing == mask));
    let empty = |z: usize| z % 8 == 4;
    let slices = mask.view::<u8>().expect("a mask");
    assert!(
        slices
            .outer_iter()
            .enumerate()
            .all(|(z, slice)| slice.iter().all(|found| (*found == 1) == empty(z)))
    );
    let mut filled = None;
    let ours = || filled = FillMissing::default().apply(&image, &mask, &never).ok();
    bench.against_peer(close, ELEMENTS, goal("numpy", 34.0), ours, || {
        bench.peers.time("numpy_cubic", "missing", "uint8", &SHAPE, &data)
    });
    let Some(filled) = filled else { return };
    let (filled, image) = (filled.view::<u8>().expect("bytes"), image.view::<u8>().expect("bytes"));
    for ((z, y, x), z_value) in [(4, 7, 9), (60, 1000, 3)].map(|at| (at, filled[[at.0, at.1, at.2]])) {
        let at = |slice: usize| f64::from(image[[slice, y, x]]);
        let cubic = (4.0 * (at(z - 1) + at(z + 1)) - (at(z - 2) + at(z + 2))) / 6.0;
        assert_eq!(f64::from(z_value), cubic.round_ties_even().clamp(0.0, 255.0));
    }
}

/// Noise from 40 to 255, with every eighth slice empty.
fn stack() -> Vec<u8> {
    let slice = SHAPE[1] * SHAPE[2];
    let value = |at: usize| match at / slice % 8 {
        4 => 0,
        _ => 40 + ((at as u32).wrapping_mul(0x9E37_79B9) >> 16) as u8 % 216,
    };
    (0..ELEMENTS).map(value).collect()
}
