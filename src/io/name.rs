//! Names of files with places to fill in.

use crate::array::Axes;
use crate::roi::Roi;

/// `template` with the value of each key that is known in the place of `{key}`; what else is in braces stays as it is.
///
/// `{key:04}` fills the value up to four places, with zeros. lazyflow: `format_known_keys`.
///
/// # Examples
///
/// ```
/// use headwater::io::fill_in;
///
/// let name = fill_in("{nickname}_{z:03}_{other}.npy", &[("nickname", "cells".into()), ("z", "7".into())]);
/// assert_eq!(name, "cells_007_{other}.npy");
/// ```
pub fn fill_in(template: &str, known: &[(&str, String)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let value = rest
            .find('}')
            .and_then(|close| Some((value(&rest[1..close], known)?, close)));
        let taken = match value {
            Some((value, close)) => {
                filled.push_str(&value);
                close + 1
            }
            None => {
                filled.push('{');
                1
            }
        };
        rest = &rest[taken..];
    }
    filled + rest
}

/// What `field` stands for: a key, and perhaps how wide.
fn value(field: &str, known: &[(&str, String)]) -> Option<String> {
    let (key, width) = match field.split_once(':') {
        Some((key, width)) => (key, width.parse::<u8>().ok()?),
        None => (field, 0),
    };
    let (_, value) = known.iter().find(|(name, _)| *name == key)?;
    let zeros = usize::from(width).saturating_sub(value.chars().count());
    Some("0".repeat(zeros) + value)
}

/// What is known of an exported region: `roi` as in `3-40_0-7`, `axes`, and for each axis such as `x` its `x_start` and `x_stop`.
pub(crate) fn of_region(roi: &Roi, axes: Axes) -> Vec<(String, String)> {
    let ranges: Vec<_> = roi
        .ranges()
        .map(|range| format!("{}-{}", range.start, range.end))
        .collect();
    let mut known = vec![
        ("roi".to_owned(), ranges.join("_")),
        ("axes".to_owned(), axes.to_string()),
    ];
    for (letter, range) in axes.iter().zip(roi.ranges()) {
        known.push((format!("{letter}_start"), range.start.to_string()));
        known.push((format!("{letter}_stop"), range.end.to_string()));
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roi;

    #[test]
    fn what_is_known_is_filled_in_and_the_rest_stays() {
        let axes = "yx".parse().unwrap();
        let region = of_region(&roi![3..40, 0..7], axes);
        let known: Vec<_> = region.iter().map(|(key, value)| (&**key, value.clone())).collect();
        let cases = [
            ("a_{y_start}-{y_stop}_{x_start}-{x_stop}.npy", "a_3-40_0-7.npy"),
            ("{axes}{x_stop:03}", "yx007"),
            (
                "{z_start}{}{ x_stop}{x_stop!r}{x_stop:>4}",
                "{z_start}{}{ x_stop}{x_stop!r}{x_stop:>4}",
            ),
            ("{{x_stop}}", "{7}"),
            ("{x_stop", "{x_stop"),
            ("}{é{x_stop}", "}{é7"),
            ("{x_stop:300}", "{x_stop:300}"),
            ("", ""),
        ];
        for (template, name) in cases {
            assert_eq!(fill_in(template, &known), name, "{template}");
        }
        assert_eq!(fill_in("{roi}", &known), "3-40_0-7");
    }
}
