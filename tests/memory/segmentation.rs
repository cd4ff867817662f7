//! Distances and regions, of blocks and of whole images.

use headwater::kernels::{DistanceTransform, Form, Watershed};
use headwater::{Array, Checkpoint, DType, roi};

use crate::{alone, assert_estimate, peak};

/// Integers below `below` without a pattern.
fn noise(axes: &str, shape: &[usize], dtype: DType, below: u64) -> Array {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let values = (0..shape.iter().product::<usize>()).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    });
    let values: Vec<u64> = values.collect();
    Array::from_vec(axes, shape, values).unwrap().cast(dtype).unwrap()
}

#[test]
fn distance_transform() {
    let _alone = alone();
    let volume = noise("zyx", &[64, 80, 72], DType::U8, 20);
    let whole = roi![0..64, 0..80, 0..72];
    for threads in [1, 2] {
        assert_estimate(&DistanceTransform::new(), &volume, &whole, threads);
        assert_estimate(
            &DistanceTransform::new().sampling([2.0, 1.0, 1.0]),
            &volume,
            &whole,
            threads,
        );
        let capped = DistanceTransform::new().maximum(4.0);
        assert_estimate(&capped, &volume, &roi![8..40, 8..60, 8..56], threads);
    }
    let colours = noise("zyxc", &[30, 50, 40, 3], DType::U16, 20);
    assert_estimate(&DistanceTransform::new(), &colours, &roi![0..30, 0..50, 0..40, 0..3], 1);
}

#[test]
fn watershed() {
    let _alone = alone();
    for (dtype, below) in [
        (DType::U8, 200),
        (DType::U16, 60_000),
        (DType::F32, 1 << 22),
        (DType::F64, 1 << 50),
    ] {
        for (axes, shape) in [
            ("zyx", &[50, 60, 70][..]),
            ("yx", &[500, 400]),
            ("tyx", &[4, 200, 300]),
            ("zyxc", &[20, 60, 70, 2]),
        ] {
            let (image, seeds) = (noise(axes, shape, dtype, below), noise(axes, shape, DType::U32, 50));
            let seeds = seeds.map(|seed: u32| if seed == 7 { seed } else { 0 }).unwrap();
            let form = Form::of(&image).unwrap();
            let flood = || {
                Watershed::new()
                    .apply(&image, Some(&seeds), None, &Checkpoint::never())
                    .unwrap()
            };
            let (taken, _result) = peak(flood);
            let estimate = Watershed::new().bytes(&form, true, 1).unwrap();
            let off = estimate as f64 / taken as f64 - 1.0;
            assert!(off.abs() <= 0.1, "{form:?}: said {estimate}, took {taken}");
        }
    }
}
