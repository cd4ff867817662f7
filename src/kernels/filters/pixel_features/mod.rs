//! ilastik's features of pixels: six filters at seven scales, with what they share computed once.
//!
//! lazyflow: `OpPixelFeaturesPresmoothed`.
//!
//! # What is computed
//!
//! For each scale `s` the image is smoothed first, with a window of 3.5: by `√(s² - 1)` if `s` is more than 1, else by `s`
//! itself. What comes out is filtered at `s' = min(s, 1)` with a window of 2. Large scales so cost one long smoothing and
//! six short filters, instead of six long ones. It is an approximation (0.7 % off a direct Gaussian at 3.5), and below 1
//! the data is smoothed twice; but it is what classifiers out there were trained on.
//!
//! The smoothed image is shared by all filters of its scale, and so are the derivatives: one sweep takes it to all
//! features. Only a structure tensor with its scales in the order of fastfilters has a sweep of its own, for its gradient is
//! that of no other feature.

mod at_scale;
mod feature;
mod job;
mod set;

pub use feature::PixelFeature;
pub use set::PixelFeatures;
