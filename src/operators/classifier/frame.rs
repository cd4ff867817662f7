//! Labels, masks and features of one image: the same pixels, but not always the same axes.

use crate::array::Axes;
use crate::graph::Meta;
use crate::roi::{Roi, RoiError};

/// What is wrong, if `marks` (labels or a mask) do not lie on the pixels of `image`: both have the same length along each
/// axis, where an axis that is missing has length 1, and `marks` have one channel.
pub(super) fn mismatch(image: &Meta, marks: &Meta) -> Option<String> {
    let length = |meta: &Meta, letter| meta.axes().position(letter).map_or(1, |axis| meta.shape()[axis]);
    let channels = length(marks, 'c');
    if channels != 1 {
        return Some(format!("{marks:?} has {channels} channels, not one"));
    }
    let (own, others) = (image.axes(), marks.axes());
    let mut letters = own.iter().chain(others.iter());
    let differs = |letter: &char| *letter != 'c' && length(image, *letter) != length(marks, *letter);
    letters.find(differs).map(|letter| {
        let (own, others) = (length(marks, letter), length(image, letter));
        format!("the length of axis {letter} is {own} in {marks:?} and {others} in {image:?}")
    })
}

/// The pixels of `roi`, a region with axes `from`, as a region of `to`; all of its channels.
pub(super) fn region(roi: &Roi, from: Axes, to: &Meta) -> Result<Roi, RoiError> {
    let axes = to.axes();
    let ranges = axes
        .iter()
        .enumerate()
        .map(|(axis, letter)| match from.position(letter) {
            Some(own) if letter != 'c' => roi.range(own),
            _ => 0..to.shape()[axis],
        });
    Roi::from_ranges(ranges)
}
