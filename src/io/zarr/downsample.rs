//! A scale out of the next finer one.

use crate::array::DType;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::boxes::advance;
use crate::roi::{Roi, Shape};

/// How samples of a finer scale become one of a coarser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Downsample {
    /// Their mean, rounded half up where samples are whole numbers: for intensities.
    Mean,
    /// The first: for labels.
    Nearest,
}

/// Fills `to` out of `from`, both in C order and this machine's order of bytes. Along each axis, `from` is once or twice as long.
///
/// # Errors
///
/// The checkpoint's reason.
pub(super) fn downsample(
    how: Downsample,
    dtype: DType,
    (from_shape, to_shape): (Shape, Shape),
    from: &[u8],
    to: &mut [u8],
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let rows = Rows::new(from_shape, to_shape);
    match (how, dtype) {
        (Downsample::Nearest, _) => rows.nearest(dtype.size(), from, to, checkpoint),
        (_, DType::U8 | DType::Bool) => rows.mean::<u8>(from, to, checkpoint),
        (_, DType::U16) => rows.mean::<u16>(from, to, checkpoint),
        (_, DType::U32) => rows.mean::<u32>(from, to, checkpoint),
        (_, DType::U64) => rows.mean::<u64>(from, to, checkpoint),
        (_, DType::I8) => rows.mean::<i8>(from, to, checkpoint),
        (_, DType::I16) => rows.mean::<i16>(from, to, checkpoint),
        (_, DType::I32) => rows.mean::<i32>(from, to, checkpoint),
        (_, DType::I64) => rows.mean::<i64>(from, to, checkpoint),
        (_, DType::F32) => rows.mean::<f32>(from, to, checkpoint),
        (_, DType::F64) => rows.mean::<f64>(from, to, checkpoint),
    }
}

/// Samples that have a mean.
trait Sample: Copy {
    /// Holds the sum of as many samples as become one.
    type Sum: Copy + Default;
    const SIZE: usize;
    fn add(sum: &mut Self::Sum, bytes: &[u8]);
    fn mean(sum: Self::Sum, count: usize, bytes: &mut [u8]);
}

macro_rules! whole {
    ($($sample:ty, $sum:ty;)*) => {$(
        impl Sample for $sample {
            type Sum = $sum;
            const SIZE: usize = size_of::<$sample>();

            fn add(sum: &mut $sum, bytes: &[u8]) {
                if let Some(bytes) = bytes.first_chunk() {
                    *sum += <$sum>::from(<$sample>::from_ne_bytes(*bytes));
                }
            }

            fn mean(sum: $sum, count: usize, bytes: &mut [u8]) {
                let count = count as $sum;
                // The mean of samples is in their range.
                let mean = (sum + count / 2).div_euclid(count) as $sample;
                bytes.copy_from_slice(&mean.to_ne_bytes());
            }
        }
    )*};
}

whole! {
    u8, i64;
    u16, i64;
    u32, i64;
    u64, i128;
    i8, i64;
    i16, i64;
    i32, i64;
    i64, i128;
}

macro_rules! floating {
    ($($sample:ty)*) => {$(
        impl Sample for $sample {
            type Sum = f64;
            const SIZE: usize = size_of::<$sample>();

            fn add(sum: &mut f64, bytes: &[u8]) {
                if let Some(bytes) = bytes.first_chunk() {
                    *sum += f64::from(<$sample>::from_ne_bytes(*bytes));
                }
            }

            fn mean(sum: f64, count: usize, bytes: &mut [u8]) {
                bytes.copy_from_slice(&((sum / count as f64) as $sample).to_ne_bytes());
            }
        }
    )*};
}

floating!(f32 f64);

/// The rows of both scales: the last axis, at every point of the others.
struct Rows {
    /// Of the finer scale.
    lengths: Vec<usize>,
    coarse: Roi,
    factors: Vec<usize>,
}

impl Rows {
    fn new(from: Shape, to: Shape) -> Self {
        let factors = from.iter().zip(to.iter()).map(|(from, to)| from / to.max(1));
        Self {
            lengths: from.as_slice().to_vec(),
            coarse: Roi::full(to),
            factors: factors.collect(),
        }
    }

    fn last(&self) -> usize {
        self.lengths.len() - 1
    }

    /// Calls `row` for every row of `to`, with the point where it begins.
    fn each(
        &self,
        item: usize,
        to: &mut [u8],
        checkpoint: &Checkpoint,
        mut row: impl FnMut(&[usize], &mut [u8]),
    ) -> Result<(), Error> {
        if self.coarse.is_empty() || self.lengths.is_empty() {
            return Ok(());
        }
        let last = self.last();
        let mut at = self.coarse.start().to_vec();
        for out in to.chunks_exact_mut(self.coarse.range(last).len() * item) {
            checkpoint.check()?;
            row(&at, out);
            advance(&mut at[..last], &self.coarse);
        }
        Ok(())
    }

    /// Where the row of the finer scale begins that is at `offset` from the first one of the coarse row at `at`.
    fn start(&self, at: &[usize], offset: &[usize]) -> usize {
        let last = self.last();
        let row = (0..last).fold(0, |row, axis| {
            row * self.lengths[axis] + at[axis] * self.factors[axis] + offset[axis]
        });
        row * self.lengths[last]
    }

    fn nearest(&self, item: usize, from: &[u8], to: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        let first = vec![0; self.lengths.len()];
        self.each(item, to, checkpoint, |at, out| {
            let row = &from[self.start(at, &first) * item..];
            let sources = row.chunks_exact(item).step_by(self.factors[self.last()]);
            out.chunks_exact_mut(item)
                .zip(sources)
                .for_each(|(out, source)| out.copy_from_slice(source));
        })
    }

    fn mean<T: Sample>(&self, from: &[u8], to: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        let Some((&along, others)) = self.factors.split_last() else {
            return Ok(());
        };
        let others = Roi::from_ranges(others.iter().map(|factor| 0..*factor))?;
        let count: usize = self.factors.iter().product();
        let mut sums = vec![T::Sum::default(); self.coarse.range(self.last()).len()];
        self.each(T::SIZE, to, checkpoint, |at, out| {
            sums.fill(T::Sum::default());
            let mut offset = others.start().to_vec();
            loop {
                let row = &from[self.start(at, &offset) * T::SIZE..];
                for (sum, samples) in sums.iter_mut().zip(row.chunks_exact(T::SIZE * along)) {
                    samples.chunks_exact(T::SIZE).for_each(|sample| T::add(sum, sample));
                }
                if !advance(&mut offset, &others) {
                    break;
                }
            }
            let outs = out.chunks_exact_mut(T::SIZE);
            sums.iter().zip(outs).for_each(|(sum, out)| T::mean(*sum, count, out));
        })
    }
}

#[cfg(test)]
#[path = "tests/downsample.rs"]
mod tests;
