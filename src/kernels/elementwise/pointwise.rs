//! One function for each element, or a summary of them, by all threads of the pool.

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Zip};

use crate::array::{Array, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::parallel;

/// How many elements are worked on between two looks at the checkpoint.
const PIECE: usize = 1 << 15;

/// Lets `f` change each element of `out` by that of `view`, which has the same shape.
pub(crate) fn update<T: Element, U: Element>(
    view: ArrayViewD<'_, T>,
    mut out: ArrayViewMutD<'_, U>,
    checkpoint: &Checkpoint,
    f: &(impl Fn(&mut U, T) + Sync),
) -> Result<(), Error> {
    checkpoint.check()?;
    match to_split(view.shape(), PIECE) {
        None => {
            match (view.as_slice(), out.as_slice_mut()) {
                (Some(view), Some(out)) => out.iter_mut().zip(view).for_each(|(out, value)| f(out, *value)),
                _ => Zip::from(&mut out).and(&view).for_each(|out, value| f(out, *value)),
            }
            Ok(())
        }
        Some(axis) => {
            let at = view.len_of(axis) / 2;
            let (view, other_view) = view.split_at(axis, at);
            let (out, other_out) = out.split_at(axis, at);
            parallel::join(
                || update(view, out, checkpoint, f),
                || update(other_view, other_out, checkpoint, f),
            )
        }
    }
}

/// Writes what `f` makes of the elements of two views over `out`. All have the same shape.
pub(in crate::kernels) fn update_by<T: Element, S: Element, U: Element>(
    left: ArrayViewD<'_, T>,
    right: ArrayViewD<'_, S>,
    mut out: ArrayViewMutD<'_, U>,
    checkpoint: &Checkpoint,
    f: &(impl Fn(T, S) -> U + Sync),
) -> Result<(), Error> {
    checkpoint.check()?;
    let Some(axis) = to_split(left.shape(), PIECE) else {
        let pairs = Zip::from(&mut out).and(&left).and(&right);
        pairs.for_each(|out, left, right| *out = f(*left, *right));
        return Ok(());
    };
    let at = left.len_of(axis) / 2;
    let (left, other_left) = left.split_at(axis, at);
    let (right, other_right) = right.split_at(axis, at);
    let (out, other_out) = out.split_at(axis, at);
    parallel::join(
        || update_by(left, right, out, checkpoint, f),
        || update_by(other_left, other_right, other_out, checkpoint, f),
    )
}

/// What `each` makes of parts of `view`, put together by `merge`.
pub(super) fn summarise<T: Element, S: Send>(
    view: ArrayViewD<'_, T>,
    checkpoint: &Checkpoint,
    each: &(impl Fn(ArrayViewD<'_, T>, &Checkpoint) -> Result<S, Error> + Sync),
    merge: &(impl Fn(S, S) -> Result<S, Error> + Sync),
) -> Result<S, Error> {
    let share = (view.len() / (2 * parallel::threads())).max(PIECE);
    summarise_shares(view, share, checkpoint, each, merge)
}

fn summarise_shares<T: Element, S: Send>(
    view: ArrayViewD<'_, T>,
    share: usize,
    checkpoint: &Checkpoint,
    each: &(impl Fn(ArrayViewD<'_, T>, &Checkpoint) -> Result<S, Error> + Sync),
    merge: &(impl Fn(S, S) -> Result<S, Error> + Sync),
) -> Result<S, Error> {
    let Some(axis) = to_split(view.shape(), share) else {
        return each(view, checkpoint);
    };
    let at = view.len_of(axis) / 2;
    let (left, right) = view.split_at(axis, at);
    let (mut of_left, mut of_right) = (None, None);
    parallel::join(
        || {
            of_left = Some(summarise_shares(left, share, checkpoint, each, merge)?);
            Ok(())
        },
        || {
            of_right = Some(summarise_shares(right, share, checkpoint, each, merge)?);
            Ok(())
        },
    )?;
    match (of_left, of_right) {
        (Some(left), Some(right)) => merge(left, right),
        _ => unreachable!("both halves are there unless one of them failed"),
    }
}

/// Calls `f` with each element of `view`, looking at the checkpoint.
pub(super) fn visit<T: Element>(
    view: ArrayViewD<'_, T>,
    checkpoint: &Checkpoint,
    f: &mut impl FnMut(T),
) -> Result<(), Error> {
    match to_split(view.shape(), PIECE) {
        None => {
            checkpoint.check()?;
            match view.as_slice() {
                Some(slice) => slice.iter().for_each(|value| f(*value)),
                None => view.iter().for_each(|value| f(*value)),
            }
            Ok(())
        }
        Some(axis) => {
            let at = view.len_of(axis) / 2;
            let (left, right) = view.split_at(axis, at);
            visit(left, checkpoint, f)?;
            visit(right, checkpoint, f)
        }
    }
}

/// Whether any element is not 0; stops after the piece that has one.
pub(crate) fn any_nonzero(array: &Array, checkpoint: &Checkpoint) -> Result<bool, Error> {
    match_dtype!(array.dtype(), T => any_of(array.view::<T>()?, checkpoint))
}

fn any_of<T: Element>(view: ArrayViewD<'_, T>, checkpoint: &Checkpoint) -> Result<bool, Error> {
    let Some(axis) = to_split(view.shape(), PIECE) else {
        checkpoint.check()?;
        // Without a way out within a piece, it is compared many elements at a time.
        let any = |any: bool, value: &T| any | (*value != T::default());
        return Ok(match view.as_slice_memory_order() {
            Some(elements) => elements.iter().fold(false, any),
            None => view.iter().fold(false, any),
        });
    };
    let at = view.len_of(axis) / 2;
    let (left, right) = view.split_at(axis, at);
    Ok(any_of(left, checkpoint)? || any_of(right, checkpoint)?)
}

/// The first axis along which something of `shape` can be split, if it has more than `most` elements.
fn to_split(shape: &[usize], most: usize) -> Option<Axis> {
    let len: usize = shape.iter().product();
    let longer = shape.iter().position(|&len| len > 1);
    if len > most { longer.map(Axis) } else { None }
}
