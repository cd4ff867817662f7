//! Walks over all elements, in runs as long as the strides allow.

use ndarray::{ArrayViewD, Axis};

use crate::array::Element;

/// Writes `f` of each element of `view`, the last axis running fastest, to `out`, which has as many.
pub(super) fn map_into<T: Element, U>(view: ArrayViewD<'_, T>, out: &mut [U], f: impl Fn(T) -> U) {
    if view.is_empty() {
        return;
    }
    let view = merged(view);
    let run = view.shape().last().copied().unwrap_or(1);
    for (row, out) in view.rows().into_iter().zip(out.chunks_exact_mut(run)) {
        match row.to_slice() {
            Some(row) => out.iter_mut().zip(row).for_each(|(out, value)| *out = f(*value)),
            None => out.iter_mut().zip(row).for_each(|(out, value)| *out = f(*value)),
        }
    }
}

/// The same elements in the same order, with fewer and longer axes where the strides allow.
fn merged<T>(mut view: ArrayViewD<'_, T>) -> ArrayViewD<'_, T> {
    for axis in 1..view.ndim() {
        view.merge_axes(Axis(axis - 1), Axis(axis));
    }
    view
}
