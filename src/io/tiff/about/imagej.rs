//! ImageJ's description: lines of `key=value`, the first of which is its version.

use crate::io::tiff::about::{About, Told, long_name};

/// What the lines tell. What does not fit the pages is passed over, as ImageJ does.
pub(super) fn about(told: &Told<'_>, text: &str) -> About {
    let value = |key: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(own, _)| *own == key).map(|(_, value)| value.trim())
    };
    let count = |key| {
        value(key)
            .and_then(|value| value.parse::<usize>().ok())
            .filter(|n| *n > 0)
    };
    let number = |key| value(key).and_then(|value| value.parse::<f64>().ok());
    // A stack above 4 GiB has one directory for all of its slices.
    let claimed = count("images").unwrap_or(told.pages);
    let together = told.pages == 1 && claimed > 1;
    let planes = if together { claimed } else { told.pages };
    let [t, z, c] = ["frames", "slices", "channels"].map(|key| count(key).unwrap_or(1));
    // The channels of an RGB page are within.
    let c = if told.samples > 1 { 1 } else { c };
    let product = t.checked_mul(z).and_then(|n| n.checked_mul(c));
    let outer = match product == Some(planes) {
        true => vec![('t', t), ('z', z), ('c', c)],
        false => vec![('z', planes)],
    };
    let outer = outer.into_iter().filter(|(_, length)| *length > 1).collect();
    let mut about = About {
        outer,
        together,
        ..About::default()
    };
    let unit = long_name(value("unit").unwrap_or_default());
    let named = |key: &str| value(key).map(long_name).unwrap_or_else(|| unit.clone());
    if !unit.is_empty() {
        about.add_pixel('x', told.resolution.x.map(f64::recip), &unit);
        about.add_pixel('y', told.resolution.y.map(f64::recip), &named("yunit"));
        about.add_pixel('z', number("spacing"), &named("zunit"));
    }
    let time = long_name(value("tunit").unwrap_or("s"));
    about.add_pixel('t', number("finterval"), &time);
    about
}
