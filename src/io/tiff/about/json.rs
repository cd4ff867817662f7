//! tifffile's own description: `{"shape": [2, 31, 61, 57], "axes": "TZYX"}`.

use crate::array::Axes;
use crate::io::tiff::about::{About, Told, plain};

/// What the JSON tells, if it fits the pages. tifffile may write one directory for many pages that lie together.
pub(super) fn about(told: &Told<'_>, text: &str) -> Option<About> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let lengths = value.get("shape")?.as_array()?;
    let lengths: Option<Vec<usize>> = lengths.iter().map(|n| n.as_u64()?.try_into().ok()).collect();
    let lengths = lengths?;
    let samples = lengths.iter().try_fold(1_usize, |n, length| n.checked_mul(*length))?;
    // Each has at most 32 bits, and there are no more samples than an array may have.
    let page = told.width.checked_mul(told.height)?.checked_mul(told.samples)?;
    let planes = samples
        .checked_div(page)
        .filter(|planes| planes.checked_mul(page) == Some(samples))?;
    let together = told.pages == 1 && planes > 1;
    if planes != told.pages && !together {
        return None;
    }
    let letters = value.get("axes").and_then(|axes| axes.as_str()).unwrap_or_default();
    let fits = |outer: &[(char, usize)]| outer.iter().map(|(_, length)| length).product::<usize>() == planes;
    let named = named(told, letters, &lengths).filter(|(_, outer)| fits(outer));
    let axes = named
        .as_ref()
        .and_then(|(axes, _)| (told.samples == 1).then_some(*axes));
    let outer = match named {
        Some((_, outer)) => outer,
        None if planes > 1 => vec![('z', planes)],
        None => Vec::new(),
    };
    Some(About {
        outer,
        together,
        axes,
        ..plain::about(told)
    })
}

/// The axes with those of the pages, if they are such as we know and in the order of the pages.
fn named(told: &Told<'_>, letters: &str, lengths: &[usize]) -> Option<(Axes, Vec<(char, usize)>)> {
    let axes: Axes = letters.to_ascii_lowercase().replace('s', "c").parse().ok()?;
    // Q and I are axes of which nothing is known.
    if axes.len() != lengths.len() || axes.iter().any(|letter| matches!(letter, 'q' | 'i')) {
        return None;
    }
    let of = |letter| axes.position(letter).map(|at| lengths[at]);
    let in_page = |letter| matches!(letter, 'y' | 'x') || letter == 'c' && told.samples > 1;
    let pages = axes.iter().zip(lengths).filter(|(letter, _)| !in_page(*letter));
    let outer: Vec<_> = pages.map(|(letter, length)| (letter, *length)).collect();
    let fits = of('y') == Some(told.height) && of('x') == Some(told.width);
    let ordered = axes.iter().skip(outer.len()).all(in_page);
    (fits && ordered).then_some((axes, outer))
}
