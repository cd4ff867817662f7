//! Filters of ranks, morphology and thresholds.

use headwater::kernels::{
    Footprint, Local, LocalThreshold, Morphology, MorphologyOperation, Normalise, Rank, Threshold,
};
use headwater::{Array, DType, roi};

use crate::{alone, assert_estimate};

/// An image that takes no memory: what is measured beside it in another test is not disturbed.
fn constant(axes: &str, shape: &[usize], dtype: DType) -> Array {
    Array::full(axes, shape, 0_u8).unwrap().cast(dtype).unwrap()
}

#[test]
fn ranks_of_a_block() {
    let _alone = alone();
    let block = roi![8..56, 8..56, 8..56];
    for dtype in [DType::U8, DType::U16, DType::F32, DType::F64] {
        let volume = constant("zyx", &[64, 64, 64], dtype);
        assert_estimate(&Rank::median(1), &volume, &block, 1);
        assert_estimate(&Rank::minimum(1), &volume, &block, 1);
        assert_estimate(&Rank::maximum(4), &volume, &block, 2);
        assert_estimate(&Morphology::new(MorphologyOperation::Open, 2), &volume, &block, 1);
    }
}

/// Large windows are counted, and large radii go step by step.
#[test]
fn large_windows() {
    let _alone = alone();
    let image = |dtype| constant("yx", &[128, 160], dtype);
    for dtype in [DType::U8, DType::F32, DType::F64] {
        let disk = Rank::median(Footprint::Ball(20.into()));
        assert_estimate(&disk, &image(dtype), &roi![40..80, 40..100], 1);
    }
    for operation in [MorphologyOperation::Erode, MorphologyOperation::Close] {
        assert_estimate(
            &Morphology::new(operation, 40),
            &image(DType::U16),
            &roi![10..120, 10..150],
            1,
        );
    }
}

#[test]
fn thresholds_of_an_image() {
    let _alone = alone();
    let image = constant("yx", &[512, 512], DType::U16);
    let part = roi![100..400, 100..400];
    assert_estimate(&Threshold::above(3.0), &image, &part, 1);
    assert_estimate(&Normalise::new((0.0, 9.0), (0.0, 1.0), DType::F32), &image, &part, 2);
    assert_estimate(&LocalThreshold::new(Local::Mean, 10), &image, &part, 1);
    assert_estimate(&LocalThreshold::new(Local::Gaussian, 10), &image, &part, 2);
}
