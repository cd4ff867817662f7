//! Resizing, which is no stencil.

use headwater::kernels::{Form, Interpolation, Resize};
use headwater::{Array, Checkpoint, DType, Roi, roi};

use crate::{alone, peak};

fn assert_estimate(kernel: &Resize, image: &Array, roi: Roi) {
    let form = Form::of(image).unwrap();
    let needed = kernel.needed(&form, &roi).unwrap();
    let part = image.slice(&needed).unwrap();
    let estimate = kernel.bytes(&form, &roi, 1).unwrap();
    let (taken, _result) = peak(|| {
        let result = kernel.apply_region(&part, &needed, &form, &roi, &Checkpoint::never());
        result.unwrap()
    });
    let off = estimate as f64 / taken as f64 - 1.0;
    assert!(off.abs() <= 0.1, "{kernel:?}, {roi}: said {estimate}, took {taken}");
}

#[test]
fn resized_parts() {
    let _alone = alone();
    for dtype in [DType::U8, DType::F32, DType::F64] {
        let volume = Array::full("zyx", &[80, 90, 100], 0_u8).unwrap().cast(dtype).unwrap();
        assert_estimate(&Resize::to([40, 45, 50]), &volume, roi![4..36, 4..36, 4..36]);
        assert_estimate(&Resize::to([160, 180, 100]), &volume, roi![20..84, 20..84, 20..84]);
        assert_estimate(&Resize::to([8, 9, 10]), &volume, roi![0..8, 0..9, 0..10]);
        let nearest = Resize::to([160, 100, 50]).interpolation(Interpolation::Nearest);
        assert_estimate(&nearest, &volume, roi![0..100, 0..100, 0..50]);
    }
}
