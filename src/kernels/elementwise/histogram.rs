//! How often which values occur, and the threshold that separates them best.
//!
//! scikit-image: `exposure.histogram`, `filters.threshold_otsu`.

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pointwise;
use crate::kernels::memory::filled;

/// How many bins values have that are not counted one by one.
const BINS: usize = 256;

/// Bins between two looks at the checkpoint.
const PATIENCE: usize = 1 << 14;

/// How many different integers are counted one by one at most.
const MOST_VALUES: u128 = 1 << 20;

/// Up to where the ends of a range are those of the integers themselves, which beyond are rounded.
const MOST_EXACT: f64 = (1_u64 << 53) as f64;

/// The least and the greatest number in `array`; `None` if there is none. NaN does not count.
///
/// `i64` and `u64` are rounded to the nearest `f64`. Ranges of parts are merged by `f64::min` and `f64::max`.
///
/// # Errors
///
/// The checkpoint's own, if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::value_range;
///
/// let line = Array::from_vec("x", &[3], vec![2.0f32, f32::NAN, -1.0])?;
/// assert_eq!(value_range(&line, &Checkpoint::never())?, Some((-1.0, 2.0)));
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn value_range(array: &Array, checkpoint: &Checkpoint) -> Result<Option<(f64, f64)>, Error> {
    match_dtype!(array.dtype(), T => {
        let range = pointwise::summarise(
            array.view::<T>()?,
            checkpoint,
            &|part, checkpoint| {
                let mut range = None;
                pointwise::visit(part, checkpoint, &mut |value: T| range = wider(range, Some((value, value))))?;
                Ok(range)
            },
            &|left, right| Ok(wider(left, right)),
        )?;
        Ok(range.map(|(least, greatest)| (least.cast::<f64>(), greatest.cast::<f64>())))
    })
}

#[inline(always)]
fn wider<T: Element>(a: Option<(T, T)>, b: Option<(T, T)>) -> Option<(T, T)> {
    let is_number = |(least, _): &(T, T)| least.partial_cmp(least).is_some();
    let (Some(a), Some(b)) = (a, b.filter(is_number)) else {
        return a.or(b.filter(is_number));
    };
    let least = if b.0 < a.0 { b.0 } else { a.0 };
    let greatest = if b.1 > a.1 { b.1 } else { a.1 };
    Some((least, greatest))
}

/// The threshold that separates the values of `array` best, by the method of Otsu (1979): that with the greatest variance
/// between the values up to it and those above. To be used as [`Threshold::above`](super::Threshold::above).
///
/// The same as scikit-image's `threshold_otsu`: integers are counted one by one, and the threshold is one of them; of
/// floating-point numbers, the centre of one of 256 bins between the least and the greatest. Of an array in which all
/// values are the same it is that value. Integers that range over more than 2²⁰ values, or beyond 2⁵³, are counted in 256
/// bins too.
///
/// To do it block by block, [merge](Histogram::merge) the [histograms](Histogram) of the blocks.
///
/// # Errors
///
/// `Invalid` if there is no number in the array, or infinite ones; the checkpoint's own error if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::otsu;
///
/// let image = Array::from_vec("x", &[6], vec![10u8, 12, 11, 200, 201, 199])?;
/// assert_eq!(otsu(&image, &Checkpoint::never())?, 12.0);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn otsu(array: &Array, checkpoint: &Checkpoint) -> Result<f64, Error> {
    let mut histogram = match Histogram::of_all(array.dtype()) {
        Some(histogram) => histogram,
        None => Histogram::between(array.dtype(), value_range(array, checkpoint)?)?,
    };
    histogram.add(array, checkpoint)?;
    histogram.try_otsu(checkpoint)
}

/// How often the values of an array occur, in bins.
///
/// Those of blocks are merged, which gives the same as that of the whole. For that they need the same bins: made for
/// [all values](Self::of_all) of a small type, or for the [range](value_range) of the whole.
///
/// # Examples
///
/// Otsu's threshold of an image in two blocks:
///
/// ```
/// use headwater::{Array, Checkpoint, DType};
/// use headwater::kernels::Histogram;
///
/// let blocks = [vec![10u8, 12, 200], vec![11, 201, 199]].map(|block| Array::from_vec("x", &[3], block));
/// let mut whole = Histogram::of_all(DType::U8).expect("a small type");
/// for block in blocks {
///     let mut part = Histogram::of_all(DType::U8).expect("a small type");
///     part.add(&block?, &Checkpoint::never())?;
///     whole.merge(&part)?;
/// }
/// assert_eq!(whole.otsu()?, 12.0);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    bins: Bins,
    counts: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq)]
enum Bins {
    /// A bin for each integer from `first` on.
    Values { first: i128 },
    /// Bins between neighbours of these edges; the last one holds the last edge too.
    Between { edges: Vec<f64>, is_single: bool },
}

impl Histogram {
    /// With a bin for each value of `dtype`; `None` unless it has at most 65,536 of them.
    pub fn of_all(dtype: DType) -> Option<Self> {
        let (first, count) = match dtype {
            DType::Bool => (0, 2),
            DType::U8 => (0, 1 << 8),
            DType::I8 => (i8::MIN.into(), 1 << 8),
            DType::U16 => (0, 1 << 16),
            DType::I16 => (i16::MIN.into(), 1 << 16),
            _ => return None,
        };
        Some(Self::of_values(first, count))
    }

    /// For elements of `dtype` within `range`: a bin for each value of integers with a range of at most 2²⁰ values, up to 2⁵³
    /// in magnitude, else 256 bins of equal width. Larger integers count as the nearest `f64`, as in the range.
    ///
    /// # Errors
    ///
    /// `Invalid` if the range is missing, as it is where there are no numbers, or not finite.
    pub fn between(dtype: DType, range: Option<(f64, f64)>) -> Result<Self, Error> {
        let Some((least, greatest)) = range else {
            return Err(Error::invalid("no numbers to make a histogram of"));
        };
        if !(least.is_finite() && greatest.is_finite() && least <= greatest) {
            return Err(Error::invalid(format!(
                "values from {least} to {greatest} have no histogram"
            )));
        }
        let is_single = dtype == DType::F32;
        if !is_single && dtype != DType::F64 && least.abs().max(greatest.abs()) < MOST_EXACT {
            let (first, last) = (least.floor() as i128, greatest.ceil() as i128);
            let count = last.abs_diff(first) + 1;
            if count <= MOST_VALUES {
                return Ok(Self::of_values(first, count as usize));
            }
        }
        Ok(Self {
            bins: Bins::Between {
                edges: edges(least, greatest, is_single),
                is_single,
            },
            counts: vec![0; BINS],
        })
    }

    fn of_values(first: i128, count: usize) -> Self {
        Self {
            bins: Bins::Values { first },
            counts: vec![0; count],
        }
    }

    /// Counts the elements of `array`. NaN, and what is beyond the bins, does not count.
    ///
    /// # Errors
    ///
    /// The checkpoint's own, if it stops the kernel: some elements are counted then.
    pub fn add(&mut self, array: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let counts = match_dtype!(array.dtype(), T => pointwise::summarise(
            array.view::<T>()?,
            checkpoint,
            &|part, checkpoint| {
                let mut counts = filled(self.counts.len(), 0_u64, checkpoint)?;
                pointwise::visit(part, checkpoint, &mut |value: T| {
                    if let Some(count) = self.bin_of(value).and_then(|bin| counts.get_mut(bin)) {
                        *count += 1;
                    }
                })?;
                Ok(counts)
            },
            &|mut left, right| {
                sum_up(&mut left, &right, checkpoint)?;
                Ok(left)
            },
        ))?;
        sum_up(&mut self.counts, &counts, checkpoint)
    }

    #[inline(always)]
    fn bin_of<T: Element>(&self, value: T) -> Option<usize> {
        match &self.bins {
            Bins::Values { first } => {
                // NaN has no place.
                value.partial_cmp(&value)?;
                // An `i64` holds what a small type does; of the large ones, what is in range is exact.
                let number = match T::DTYPE {
                    DType::U64 => i128::from(value.cast::<u64>()),
                    _ => i128::from(value.cast::<i64>()),
                };
                usize::try_from(number - first).ok()
            }
            Bins::Between { edges, .. } => bin_between(edges, value.cast()),
        }
    }

    /// Adds the counts of another part.
    ///
    /// # Errors
    ///
    /// `Invalid` if it has other bins.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.try_merge(other, &Checkpoint::never())
    }

    /// The same as long as it is wanted; after an error some is added.
    pub(crate) fn try_merge(&mut self, other: &Self, checkpoint: &Checkpoint) -> Result<(), Error> {
        if self.bins != other.bins || self.counts.len() != other.counts.len() {
            return Err(Error::invalid("histograms with different bins cannot be merged"));
        }
        sum_up(&mut self.counts, &other.counts, checkpoint)
    }

    /// How many elements each bin has.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The value in the middle of a bin: the value itself if it holds only one.
    pub fn centre(&self, bin: usize) -> f64 {
        match &self.bins {
            Bins::Values { first } => (first + bin as i128) as f64,
            Bins::Between { edges, is_single } => {
                let [left, right] = [bin, bin + 1].map(|edge| edges[edge.min(BINS)]);
                match is_single {
                    true => f64::from((left as f32 + right as f32) / 2.0),
                    false => (left + right) / 2.0,
                }
            }
        }
    }

    /// The threshold of [`otsu`].
    ///
    /// # Errors
    ///
    /// `Invalid` if nothing was counted.
    pub fn otsu(&self) -> Result<f64, Error> {
        self.try_otsu(&Checkpoint::never())
    }

    /// The same bins without anything in them.
    pub(crate) fn emptied(&self, checkpoint: &Checkpoint) -> Result<Self, Error> {
        Ok(Self {
            bins: self.bins.clone(),
            counts: filled(self.counts.len(), 0, checkpoint)?,
        })
    }

    /// The first and the last bin with something in it.
    fn occupied(&self, checkpoint: &Checkpoint) -> Result<Option<(usize, usize)>, Error> {
        let mut found = None;
        for (nth, part) in self.counts.chunks(PATIENCE).enumerate() {
            checkpoint.check()?;
            let (first, last) = (
                part.iter().position(|count| *count > 0),
                part.iter().rposition(|count| *count > 0),
            );
            if let (Some(first), Some(last)) = (first, last) {
                let [first, last] = [first, last].map(|at| nth * PATIENCE + at);
                found = Some((found.map_or(first, |(earliest, _)| earliest), last));
            }
        }
        Ok(found)
    }

    /// As [`otsu`](Self::otsu) as long as it is wanted.
    pub(crate) fn try_otsu(&self, checkpoint: &Checkpoint) -> Result<f64, Error> {
        let Some((first, last)) = self.occupied(checkpoint)? else {
            return Err(Error::invalid("no numbers to separate by a threshold"));
        };
        if let Bins::Between { edges, .. } = &self.bins
            && edges[0] == edges[BINS]
        {
            return Ok(edges[0]);
        }
        let moments = |bin: usize| (self.counts[bin] as f64, self.counts[bin] as f64 * self.centre(bin));
        let (mut count, mut sum) = (0.0, 0.0);
        for bin in first..=last {
            if bin % PATIENCE == 0 {
                checkpoint.check()?;
            }
            let (own, own_sum) = moments(bin);
            (count, sum) = (count + own, sum + own_sum);
        }
        let (mut below, mut sum_below) = (0.0, 0.0);
        let (mut best, mut greatest) = (first, f64::NEG_INFINITY);
        for bin in first..last {
            if bin % PATIENCE == 0 {
                checkpoint.check()?;
            }
            let (own, own_sum) = moments(bin);
            below += own;
            sum_below += own_sum;
            let above = count - below;
            let variance = below * above * (sum_below / below - (sum - sum_below) / above).powi(2);
            if variance > greatest {
                (best, greatest) = (bin, variance);
            }
        }
        Ok(self.centre(best))
    }
}

/// Adds `more` counts to `sum`.
fn sum_up(sum: &mut [u64], more: &[u64], checkpoint: &Checkpoint) -> Result<(), Error> {
    for (sum, more) in sum.chunks_mut(PATIENCE).zip(more.chunks(PATIENCE)) {
        checkpoint.check()?;
        sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }
    Ok(())
}

/// The edges of bins of equal width, in the precision of the elements: those of numpy's `histogram`.
fn edges(least: f64, greatest: f64, is_single: bool) -> Vec<f64> {
    let edge = |nth: usize| match is_single {
        _ if nth == BINS => greatest,
        true => {
            let (least, greatest) = (least as f32, greatest as f32);
            f64::from(nth as f32 * ((greatest - least) / BINS as f32) + least)
        }
        false => nth as f64 * ((greatest - least) / BINS as f64) + least,
    };
    (0..=BINS).map(edge).collect()
}

/// The bin of `value`, if it is between the first edge and the last.
#[inline(always)]
fn bin_between(edges: &[f64], value: f64) -> Option<usize> {
    let (least, greatest) = (edges[0], edges[BINS]);
    if !(least <= value && value <= greatest) {
        return None;
    }
    if least == greatest {
        return Some(0);
    }
    // Rounding may have led to a neighbour.
    let bin = (((value - least) / (greatest - least) * BINS as f64) as usize).min(BINS - 1);
    if value < edges[bin] {
        return Some(bin.saturating_sub(1));
    }
    Some(if value >= edges[bin + 1] && bin + 1 < BINS {
        bin + 1
    } else {
        bin
    })
}
