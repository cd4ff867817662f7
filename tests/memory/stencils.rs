//! Filters of Gaussian derivatives, on blocks as they are asked for and on parts of images.

use std::sync::LazyLock;

use headwater::kernels::{
    DifferenceOfGaussians, Gaussian, GaussianGradientMagnitude, HessianOfGaussian, HessianOfGaussianEigenvalues,
    LaplacianOfGaussian, PixelFeatures, Stencil, StructureTensorEigenvalues,
};
use headwater::{Array, DType, Roi, roi};

use crate::{alone, assert_estimate};

static VOLUME: LazyLock<Array> = LazyLock::new(|| Array::zeros("zyx", &[96, 96, 96], DType::F32).unwrap());
static IMAGE: LazyLock<Array> = LazyLock::new(|| Array::zeros("yx", &[1024, 1024], DType::U8).unwrap());

/// `kernel` on a block of a volume and on a part of an image; `channels` of the results are asked for.
fn assert_both<K: Stencil>(kernel: &K, in_3d: Option<usize>, in_2d: Option<usize>) {
    let (volume, image) = (VOLUME.clone(), IMAGE.clone());
    let with_channels = |roi: Roi, count: Option<usize>| match count {
        Some(count) => roi.insert_axis(0, 0..count).unwrap(),
        None => roi,
    };
    for threads in [1, 2] {
        let block = with_channels(roi![16..80, 16..80, 16..80], in_3d);
        assert_estimate(kernel, &volume, &block, threads);
        let part = with_channels(roi![0..512, 256..768], in_2d);
        assert_estimate(kernel, &image, &part, threads);
    }
}

#[test]
fn smoothing() {
    let _alone = alone();
    for sigma in [0.7, 3.0] {
        assert_both(&Gaussian::new(sigma), None, None);
        assert_both(&DifferenceOfGaussians::new(sigma, 0.66 * sigma), None, None);
    }
}

#[test]
fn derivatives() {
    let _alone = alone();
    assert_both(&LaplacianOfGaussian::new(1.6), None, None);
    assert_both(&GaussianGradientMagnitude::new(1.6), None, None);
    assert_both(&HessianOfGaussian::new(1.6), Some(6), Some(3));
}

#[test]
fn eigenvalues() {
    let _alone = alone();
    assert_both(&HessianOfGaussianEigenvalues::new(1.0), Some(3), Some(2));
    assert_both(&StructureTensorEigenvalues::new(1.0, 2.0), Some(3), Some(2));
}

#[test]
fn pixel_features() {
    let _alone = alone();
    // Six features, of which two have an eigenvalue for each axis.
    assert_both(&PixelFeatures::new([0.7, 3.5]), Some(20), Some(16));
}
