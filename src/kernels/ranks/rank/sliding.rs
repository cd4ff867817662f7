//! Large windows: counts of what is in the window, updated as it slides.
//!
//! From one window to the next along a row only its ends change (Huang, Yang and Tang 1979). Elements are counted by their
//! value if they are of one or two bytes; others by their place in the sorted block, in which each has one of its own.
//! Counts of counts lead to the wanted rank in a few steps.

use super::window::{Window, flat, strides};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::filled;
use crate::kernels::ranks::footprint::PerAxis;
use crate::kernels::ranks::order::Key;
use crate::kernels::ranks::tiles::{Block, Work};

/// How many elements are counted between two looks at the checkpoint.
const PATIENCE: usize = 1 << 15;

/// How many counts are summed up in a count of counts.
const GROUP: usize = 64;

/// The rank of a footprint, by counting.
pub(super) struct Sliding {
    window: Window,
    /// Of the elements that come and go with a step, those that go, and those that come.
    ends: [Vec<PerAxis>; 2],
    rank: usize,
}

impl Sliding {
    pub(super) fn new(window: Window, rank: usize, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let ends = window.ends(checkpoint)?;
        Ok(Self { window, ends, rank })
    }
}

/// The bytes that counting takes beside a block of `len` elements of `size` bytes.
pub(super) fn bytes(len: usize, size: usize) -> usize {
    let code = size_of::<u32>();
    if size <= 2 {
        return len * code + (1 << (8 * size)) * code;
    }
    // While it is sorted: twice the keys with their places, and the codes.
    len * (2 * (size + code).next_multiple_of(size) + code)
}

impl<K: Key> Work<K> for Sliding {
    fn apply(&self, block: Block<K>, checkpoint: &Checkpoint) -> Result<Block<K>, Error> {
        let Block { mut data, shape } = block;
        let few = size_of::<K>() <= 2;
        let (codes, values) = if few {
            let mut codes = Vec::with_capacity(data.len());
            for keys in data.chunks(PATIENCE) {
                checkpoint.check()?;
                codes.extend(keys.iter().map(|key| key.to_u64() as u32));
            }
            (codes, Vec::new())
        } else {
            places(&data, checkpoint)?
        };
        let counts = Counts::new(if few { 1 << (8 * size_of::<K>()) } else { data.len() }, checkpoint)?;
        let slide = Slide::new(self, &shape, &codes, checkpoint)?;
        slide.run(self.rank, counts, checkpoint, |at, code| {
            data[at] = if few { K::of_u64(code as u64) } else { values[code] };
        })?;
        Ok(Block { data, shape })
    }
}

/// The way of a window through a block.
struct Slide<'a> {
    codes: &'a [u32],
    all: Vec<usize>,
    leaving: Vec<usize>,
    entering: Vec<usize>,
    /// The number of windows along each axis, and how far they are apart; the sliding axis last.
    lens: Vec<usize>,
    strides: Vec<usize>,
}

impl<'a> Slide<'a> {
    fn new(work: &Sliding, shape: &[usize], codes: &'a [u32], checkpoint: &Checkpoint) -> Result<Self, Error> {
        let (window, mut strides) = (&work.window, strides(shape));
        let [leaving, entering] = &work.ends;
        let [leaving, entering] = [
            flat(leaving, &strides, checkpoint)?,
            flat(entering, &strides, checkpoint)?,
        ];
        let all = flat(&window.offsets, &strides, checkpoint)?;
        let lens = shape.iter().zip(&window.halo).map(|(len, halo)| len - 2 * halo);
        let mut lens: Vec<_> = lens.collect();
        if let Some(axis) = window.sliding() {
            lens[axis..].rotate_left(1);
            strides[axis..].rotate_left(1);
        }
        Ok(Self {
            codes,
            all,
            leaving,
            entering,
            lens,
            strides,
        })
    }

    /// Calls `found` with the beginning of each window and the code of the wanted rank in it.
    fn run(
        &self,
        rank: usize,
        mut counts: Counts,
        checkpoint: &Checkpoint,
        mut found: impl FnMut(usize, usize),
    ) -> Result<(), Error> {
        let [rows @ .., len] = &self.lens[..] else {
            return Ok(());
        };
        let stride = self.strides[rows.len()];
        let mut since = 0;
        let mut count = |counts: &mut Counts, at: usize, offsets: &[usize], comes: bool| {
            for offsets in offsets.chunks(PATIENCE) {
                let codes = offsets.iter().map(|offset| self.codes[at + offset] as usize);
                if comes {
                    codes.for_each(|code| counts.add(code));
                } else {
                    codes.for_each(|code| counts.remove(code));
                }
                since += offsets.len() + GROUP;
                if since >= PATIENCE {
                    since = 0;
                    checkpoint.check()?;
                }
            }
            Ok::<_, Error>(())
        };
        for row in 0..rows.iter().product() {
            let mut at = self.start(row, rows);
            count(&mut counts, at, &self.all, true)?;
            found(at, counts.find(rank));
            for _ in 1..*len {
                count(&mut counts, at, &self.leaving, false)?;
                at += stride;
                count(&mut counts, at, &self.entering, true)?;
                found(at, counts.find(rank));
            }
            count(&mut counts, at, &self.all, false)?;
        }
        Ok(())
    }

    /// Where row `nth` of all rows begins.
    fn start(&self, mut nth: usize, rows: &[usize]) -> usize {
        let mut start = 0;
        for (len, stride) in rows.iter().zip(&self.strides).rev() {
            start += nth % len * stride;
            nth /= len;
        }
        start
    }
}

/// How often each code occurs; how often those of a group do, and of a group of groups.
struct Counts {
    levels: [Vec<u32>; 3],
}

impl Counts {
    fn new(codes: usize, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let [groups, tops] = [codes.div_ceil(GROUP), codes.div_ceil(GROUP * GROUP)];
        Ok(Self {
            levels: [
                filled(tops, 0, checkpoint)?,
                filled(groups, 0, checkpoint)?,
                filled(codes, 0, checkpoint)?,
            ],
        })
    }

    #[inline]
    fn add(&mut self, code: usize) {
        let [tops, groups, codes] = &mut self.levels;
        tops[code / (GROUP * GROUP)] += 1;
        groups[code / GROUP] += 1;
        codes[code] += 1;
    }

    #[inline]
    fn remove(&mut self, code: usize) {
        let [tops, groups, codes] = &mut self.levels;
        tops[code / (GROUP * GROUP)] -= 1;
        groups[code / GROUP] -= 1;
        codes[code] -= 1;
    }

    /// The code of the element that has `rank` others before it.
    #[inline]
    fn find(&self, rank: usize) -> usize {
        let (mut rank, mut at) = (rank as u32, 0);
        for level in &self.levels {
            let counts = &level[at * GROUP..];
            let mut nth = 0;
            while rank >= counts[nth] {
                rank -= counts[nth];
                nth += 1;
            }
            at = at * GROUP + nth;
        }
        at
    }
}

/// The place of each key among all of them in order, and the key at each place.
///
/// Sorted digit by digit from the least, so that it can be stopped.
fn places<K: Key>(keys: &[K], checkpoint: &Checkpoint) -> Result<(Vec<u32>, Vec<K>), Error> {
    let mut order: Vec<(K, u32)> = Vec::with_capacity(keys.len());
    for some in keys.chunks(PATIENCE) {
        checkpoint.check()?;
        let numbered = some.iter().zip(order.len() as u32..);
        order.extend(numbered.map(|(&key, at)| (key, at)));
    }
    let mut next = filled(order.len(), (K::default(), 0), checkpoint)?;
    for digit in 0..size_of::<K>() {
        let digit_of = |key: K| (key.to_u64() >> (8 * digit)) as usize & 255;
        let mut starts = [0; 257];
        for some in order.chunks(PATIENCE) {
            checkpoint.check()?;
            some.iter().for_each(|(key, _)| starts[digit_of(*key) + 1] += 1);
        }
        (1..257).for_each(|nth| starts[nth] += starts[nth - 1]);
        for some in order.chunks(PATIENCE) {
            checkpoint.check()?;
            for &(key, at) in some {
                let to = &mut starts[digit_of(key)];
                next[*to] = (key, at);
                *to += 1;
            }
        }
        std::mem::swap(&mut order, &mut next);
    }
    let mut places = filled(keys.len(), 0, checkpoint)?;
    for (nth, some) in order.chunks(PATIENCE).enumerate() {
        checkpoint.check()?;
        for (place, (_, at)) in (nth * PATIENCE..).zip(some) {
            places[*at as usize] = place as u32;
        }
    }
    let mut sorted = Vec::with_capacity(order.len());
    for some in order.chunks(PATIENCE) {
        checkpoint.check()?;
        sorted.extend(some.iter().map(|(key, _)| *key));
    }
    Ok((places, sorted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::probe::counted;

    #[test]
    fn every_pass_of_the_sorting_looks_at_the_checkpoint() {
        let keys: Vec<u32> = (0..4 * PATIENCE as u32).rev().collect();
        let (found, looks) = counted(|checkpoint| places(&keys, checkpoint));
        let (places, values) = found.unwrap();
        assert!(values.is_sorted() && places[0] as usize == keys.len() - 1);
        // For each of four digits one pass to count and one to sort; and each way of numbering, and taking memory.
        assert!(looks >= (2 * 4 + 3) * 4, "{looks}");
    }
}
