//! Filters, on blocks as they are asked for and on whole images.

use headwater::kernels::Gaussian;
use headwater::{Array, DType, roi};

use crate::assert_estimate;

fn volume() -> Array {
    Array::zeros("zyx", &[96, 96, 96], DType::F32).unwrap()
}

fn image() -> Array {
    Array::zeros("yx", &[1024, 1024], DType::U8).unwrap()
}

#[test]
fn gaussian() {
    for threads in [1, 2] {
        for sigma in [0.7, 3.0] {
            assert_estimate(&Gaussian::new(sigma), &volume(), &roi![16..80, 16..80, 16..80], threads);
            assert_estimate(&Gaussian::new(sigma), &image(), &roi![0..512, 256..768], threads);
        }
    }
}
