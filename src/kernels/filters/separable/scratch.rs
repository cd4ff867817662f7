//! Scratch memory for the inner loops.

use std::ops::{Deref, DerefMut};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::filled;

/// A cache line, in bytes: also the size of the longest vector.
const LINE: usize = 64;

/// The same in elements.
const LINE_LEN: usize = LINE / size_of::<f32>();

/// Zeroed memory that begins at a cache line, so that vectors do not straddle two.
pub(super) struct Scratch {
    data: Vec<f32>,
    begin: usize,
}

impl Scratch {
    /// Room for `len` elements.
    pub(super) fn new(len: usize, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let data = filled(len + LINE_LEN, 0.0, checkpoint)?;
        let begin = data.as_ptr().align_offset(LINE).min(LINE_LEN);
        Ok(Self { data, begin })
    }
}

impl Deref for Scratch {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.data[self.begin..]
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[self.begin..]
    }
}

/// A distance of at least `len` between rows that begin at cache lines.
///
/// It is an odd number of lines: were it a power of two, the rows that one output needs would compete for few cache sets.
pub(super) fn row_stride(len: usize) -> usize {
    (len.div_ceil(LINE_LEN) | 1) * LINE_LEN
}
