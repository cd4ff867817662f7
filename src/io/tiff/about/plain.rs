//! Pages of which nothing is said: they are slices.

use crate::io::tiff::about::{About, Told};

const MICROMETERS_PER_INCH: f64 = 25_400.0;
const MICROMETERS_PER_CENTIMETER: f64 = 10_000.0;

/// Pages along z, pixels as large as the tags for printing say.
pub(super) fn about(told: &Told<'_>) -> About {
    let mut about = About::default();
    if told.pages > 1 {
        about.outer.push(('z', told.pages));
    }
    let per_unit = match told.resolution.unit {
        2 => MICROMETERS_PER_INCH,
        3 => MICROMETERS_PER_CENTIMETER,
        _ => return about,
    };
    about.add_pixel('x', told.resolution.x.map(|pixels| per_unit / pixels), "micrometer");
    about.add_pixel('y', told.resolution.y.map(|pixels| per_unit / pixels), "micrometer");
    about
}
