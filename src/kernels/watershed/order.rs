//! Values as places in an order.
//!
//! The flood needs of a value only whether it is less than others. So values are replaced by integers first: each *class* of
//! equal values gets as many consecutive places as it has elements, lower values first, and an element is represented by the
//! *last* place of its class. Types of at most 16 bits are counted; others are sorted by radix.

use ndarray::ArrayView3;

use super::layout::{Layout, PATIENCE, patience};
use crate::array::{DType, Element};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::filled;

/// How many elements go to places anywhere between two looks at the checkpoint: each may be the first to touch a page.
const SCATTERED: usize = 1 << 10;

/// The bits of one pass of the sort.
const DIGIT: u32 = 11;

/// Calls `class` with the first and the last place of each class, and then `place` with the cell of each of its elements and
/// its last place; that of all classes in any order.
pub(super) fn order<T: Element>(
    view: &ArrayView3<'_, T>,
    layout: Layout,
    checkpoint: &Checkpoint,
    class: impl FnMut(u32, u32),
    place: impl FnMut(usize, u32),
) -> Result<(), Error> {
    match T::DTYPE.size() {
        1 | 2 => count(view, layout, checkpoint, class, place),
        4 => sort(view, layout, checkpoint, class, place),
        _ => sort_long(view, layout, checkpoint, class, place),
    }
}

/// Order-preserving: equal for equal numbers only. The two zeros are one, and what is no number comes last.
#[inline(always)]
fn key<T: Element>(value: T) -> u64 {
    const SIGN: u64 = 1 << 63;
    match T::DTYPE {
        DType::F32 => {
            let value = value.to_f32() + 0.0;
            let bits = if value.is_nan() {
                f32::NAN.to_bits() & !(1 << 31)
            } else {
                value.to_bits()
            };
            u64::from(bits ^ if bits >> 31 == 1 { u32::MAX } else { 1 << 31 })
        }
        DType::F64 => {
            let value = value.cast::<f64>() + 0.0;
            let bits = if value.is_nan() {
                f64::NAN.to_bits() & !SIGN
            } else {
                value.to_bits()
            };
            bits ^ if bits >> 63 == 1 { u64::MAX } else { SIGN }
        }
        DType::I64 => value.cast::<i64>().cast_unsigned() ^ SIGN,
        DType::I8 | DType::I16 | DType::I32 => u64::from(value.cast::<i32>().cast_unsigned() ^ (1 << 31)),
        _ => value.cast::<u64>(),
    }
}

fn count<T: Element>(
    view: &ArrayView3<'_, T>,
    layout: Layout,
    checkpoint: &Checkpoint,
    mut class: impl FnMut(u32, u32),
    mut place: impl FnMut(usize, u32),
) -> Result<(), Error> {
    let short = |value: T| usize::from(key(value) as u16);
    let mut lasts = filled(1 << 16, 0u32, checkpoint)?;
    layout.walk(view, checkpoint, |_, value| lasts[short(value)] += 1)?;
    // Of negative values the lower 16 bits of the key are those above the others'.
    let turn = if matches!(T::DTYPE, DType::I8 | DType::I16) {
        1 << 15
    } else {
        0
    };
    let (mut next, mut left) = (0, 0);
    for value in 0..1 << 16 {
        patience(&mut left, 1, checkpoint)?;
        let count = std::mem::take(&mut lasts[value ^ turn]);
        if count > 0 {
            class(next, next + count - 1);
            next += count;
            lasts[value ^ turn] = next - 1;
        }
    }
    layout.walk(view, checkpoint, |cell, value| place(cell, lasts[short(value)]))
}

fn sort<T: Element>(
    view: &ArrayView3<'_, T>,
    layout: Layout,
    checkpoint: &Checkpoint,
    class: impl FnMut(u32, u32),
    mut place: impl FnMut(usize, u32),
) -> Result<(), Error> {
    // The key above, the cell below.
    let mut pairs = Vec::with_capacity(view.len());
    layout.walk(view, checkpoint, |cell, value| {
        pairs.push(key(value) << 32 | cell as u64)
    })?;
    let mut room = filled(pairs.len(), 0, checkpoint)?;
    by_upper_half(&mut pairs, &mut room, checkpoint)?;
    let upper = |pair: u64| pair >> 32;
    classes(&pairs, checkpoint, upper, class, |pair, last| {
        place(pair as u32 as usize, last)
    })
}

/// The same for keys that take two rounds, the lower half of them first.
fn sort_long<T: Element>(
    view: &ArrayView3<'_, T>,
    layout: Layout,
    checkpoint: &Checkpoint,
    class: impl FnMut(u32, u32),
    mut place: impl FnMut(usize, u32),
) -> Result<(), Error> {
    let mut elements = Vec::with_capacity(view.len());
    layout.walk(view, checkpoint, |cell, value| elements.push((key(value), cell)))?;
    let element = |pair: u64| elements[pair as u32 as usize];
    let mut pairs = Vec::with_capacity(elements.len());
    for part in elements.chunks(PATIENCE) {
        checkpoint.check()?;
        let numbered = part.iter().zip(pairs.len() as u64..);
        pairs.extend(numbered.map(|((key, _), number)| key << 32 | number));
    }
    let mut room = filled(pairs.len(), 0, checkpoint)?;
    by_upper_half(&mut pairs, &mut room, checkpoint)?;
    for part in pairs.chunks_mut(SCATTERED) {
        checkpoint.check()?;
        let upper = |pair: u64| element(pair).0 >> 32 << 32 | u64::from(pair as u32);
        part.iter_mut().for_each(|pair| *pair = upper(*pair));
    }
    by_upper_half(&mut pairs, &mut room, checkpoint)?;
    let key = |pair: u64| element(pair).0;
    classes(&pairs, checkpoint, key, class, |pair, last| {
        place(element(pair).1, last)
    })
}

/// Finds the runs of equal keys among sorted pairs.
fn classes(
    pairs: &[u64],
    checkpoint: &Checkpoint,
    key: impl Fn(u64) -> u64,
    mut class: impl FnMut(u32, u32),
    mut place: impl FnMut(u64, u32),
) -> Result<(), Error> {
    let (mut first, mut left) = (0, 0);
    for last in 0..pairs.len() {
        patience(&mut left, 1, checkpoint)?;
        if pairs.get(last + 1).is_some_and(|&next| key(next) == key(pairs[last])) {
            continue;
        }
        class(first as u32, last as u32);
        for &pair in &pairs[first..=last] {
            patience(&mut left, PATIENCE / SCATTERED, checkpoint)?;
            place(pair, last as u32);
        }
        first = last + 1;
    }
    Ok(())
}

/// Sorts by the upper 32 bits, keeping the order of equal ones.
fn by_upper_half(pairs: &mut Vec<u64>, room: &mut Vec<u64>, checkpoint: &Checkpoint) -> Result<(), Error> {
    let (mut least, mut most) = (u64::MAX, 0);
    for part in pairs.chunks(PATIENCE) {
        checkpoint.check()?;
        part.iter()
            .for_each(|&pair| (least, most) = (least.min(pair), most.max(pair)));
    }
    // Values of an image are often near each other, and then so few bits tell them apart that a pass is saved.
    let least = least >> 32 << 32;
    let bits = 64 - most.saturating_sub(least).leading_zeros();
    for shift in (32..bits).step_by(DIGIT as usize) {
        let digit = |pair: u64| ((pair - least) >> shift) as usize & ((1 << DIGIT) - 1);
        let mut starts = [0usize; 1 << DIGIT];
        for part in pairs.chunks(PATIENCE) {
            checkpoint.check()?;
            part.iter().for_each(|&pair| starts[digit(pair)] += 1);
        }
        let mut next = 0;
        for start in &mut starts {
            next += std::mem::replace(start, next);
        }
        for part in pairs.chunks(SCATTERED) {
            checkpoint.check()?;
            for &pair in part {
                let start = &mut starts[digit(pair)];
                room[*start] = pair;
                *start += 1;
            }
        }
        std::mem::swap(pairs, room);
    }
    Ok(())
}
