//! Filters of ranks: median, percentiles, minimum, maximum.
//!
//! scipy: `ndimage.rank_filter`, `median_filter`, `percentile_filter`, `minimum_filter`, `maximum_filter`, with
//! `mode="mirror"`; vigra: `discRankOrderFilter`, `discMedian`.
//!
//! Minima and maxima over boxes go [axis by axis](super::extremum). Other ranks are found by [comparisons](network) of many
//! windows at once; from the size of windows on where that takes longer, by [counting](sliding).

mod network;
mod sliding;
mod vectors;
mod window;

use crate::array::{Array, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::ranks::extremum::{Chain, Extremum};
use crate::kernels::ranks::footprint::{Footprint, PerAxis, clipped};
use crate::kernels::ranks::order::Ordered;
use crate::kernels::ranks::tiles::{self, SLACK, Tiling};
use crate::kernels::region;
use crate::kernels::stencil::{Form, Stencil};
use crate::roi::Roi;
use sliding::Sliding;
use vectors::{Plan, Selection};
use window::Window;

/// The most elements of a footprint other than that of a minimum or maximum over a box.
const MOST_ELEMENTS: usize = 1 << 20;

/// The most elements of a footprint for which comparisons are considered at all.
const MOST_COMPARED: usize = 1024;

/// The median of the box or other footprint around each element.
///
/// The short form of [`Rank::median`] with [`apply`](Stencil::apply), which say more.
///
/// # Errors
///
/// `Invalid` for a footprint that does not fit the axes of the array; the checkpoint's own error if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::median;
///
/// let mut pixels = vec![10u8; 81];
/// pixels[40] = 255;
/// let image = Array::from_vec("yx", &[9, 9], pixels)?;
/// let clean = median(&image, 1, &Checkpoint::never())?;
/// assert_eq!(clean, Array::full("yx", &[9, 9], 10u8)?);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn median(array: &Array, footprint: impl Into<Footprint>, checkpoint: &Checkpoint) -> Result<Array, Error> {
    Rank::median(footprint).apply(array, checkpoint)
}

/// The element of some rank among those in a footprint around each point.
///
/// The result has the type of the input, any of the eleven. Beyond the border the data is reflected without repeating the
/// edge, as often as it takes: no radius is too large for an axis. Only the axes of space (`z`, `y`, `x`) are looked along.
///
/// The order of floating-point numbers is total, that of `f32::total_cmp`: -0 comes before +0, and NaN last, or first if its
/// sign is set. So a NaN moves a median by no more than any other outlier does; a maximum is NaN wherever one is near. (With
/// scipy the result depends on the order in which the numbers are met.)
///
/// # Examples
///
/// The brightest of a ball with another radius along z:
///
/// ```
/// use headwater::{Array, Checkpoint, DType};
/// use headwater::kernels::{Footprint, Rank, Stencil};
///
/// let volume = Array::zeros("zyx", &[8, 16, 16], DType::U16)?;
/// let ball = Footprint::Ball([1, 3, 3].into());
/// let bright = Rank::maximum(ball).apply(&volume, &Checkpoint::never())?;
/// assert_eq!(bright.dtype(), DType::U16);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rank {
    footprint: Footprint,
    which: Which,
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Nth(usize),
    Percentile(f64),
}

impl Rank {
    /// The element that is preceded by `rank` others in order: 0 for the least. scipy: `rank_filter`.
    pub fn new(rank: usize, footprint: impl Into<Footprint>) -> Self {
        Self {
            footprint: footprint.into(),
            which: Which::Nth(rank),
        }
    }

    /// The element at `⌊n·p/100⌋` of `n` in order, the last for a `p` of 100. scipy: `percentile_filter`.
    pub fn percentile(percentile: f64, footprint: impl Into<Footprint>) -> Self {
        Self {
            footprint: footprint.into(),
            which: Which::Percentile(percentile),
        }
    }

    /// The element in the middle; of an even number, the greater of the two. scipy: `median_filter`.
    pub fn median(footprint: impl Into<Footprint>) -> Self {
        Self::percentile(50.0, footprint)
    }

    /// The least element. scipy: `minimum_filter`.
    pub fn minimum(footprint: impl Into<Footprint>) -> Self {
        Self::percentile(0.0, footprint)
    }

    /// The greatest element. scipy: `maximum_filter`.
    pub fn maximum(footprint: impl Into<Footprint>) -> Self {
        Self::percentile(100.0, footprint)
    }

    /// How to find it in an array of that form.
    fn way(&self, input: &Form) -> Result<Way, Error> {
        let halo = self.footprint.halo(input.axes)?;
        if let Which::Percentile(percentile) = self.which
            && !(0.0..=100.0).contains(&percentile)
        {
            return Err(Error::invalid(format!("percentile is {percentile}, not from 0 to 100")));
        }
        let is_box = matches!(self.footprint, Footprint::Box(_));
        match self.which {
            Which::Nth(0) | Which::Percentile(0.0) if is_box => return Ok(Way::extremum(Extremum::Least, halo, input)),
            Which::Percentile(100.0) if is_box => return Ok(Way::extremum(Extremum::Greatest, halo, input)),
            _ => {}
        }
        let count = Window::count(&self.footprint, &halo, MOST_ELEMENTS).ok_or_else(|| {
            let sides: Vec<_> = halo.iter().map(|radius| 2 * radius + 1).collect();
            Error::invalid(format!(
                "a footprint of {sides:?} elements, {MOST_ELEMENTS} are the most"
            ))
        })?;
        let rank = match self.which {
            Which::Nth(rank) if rank < count => rank,
            Which::Nth(rank) => {
                return Err(Error::invalid(format!(
                    "rank is {rank}, but the footprint has {count} elements"
                )));
            }
            Which::Percentile(percentile) => ((count as f64 * percentile / 100.0) as usize).min(count - 1),
        };
        if is_box && rank == 0 {
            return Ok(Way::extremum(Extremum::Least, halo, input));
        }
        if is_box && rank == count - 1 {
            return Ok(Way::extremum(Extremum::Greatest, halo, input));
        }
        Ok(Way::Rank(halo, rank))
    }

    fn write<T: Ordered>(
        &self,
        input: &Array,
        roi: &Roi,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let (view, out) = (input.view::<T>()?, out.view_mut::<T>()?);
        match self.way(&Form::of(input)?)? {
            Way::Extremum(chain) => chain.apply(view, roi, out, checkpoint),
            Way::Rank(halo, rank) => {
                let window = |order: &[usize]| {
                    let halo = order.iter().map(|&axis| halo[axis]).collect();
                    Window::new(&self.footprint, halo, checkpoint)
                };
                let is_compared = compared(&self.footprint, &halo, rank, size_of::<T>(), checkpoint)?;
                match is_compared {
                    true => tiles::filter(view, roi, &halo, out, checkpoint, |order| {
                        let window = window(order)?;
                        let plan = Plan::new(&window, rank, checkpoint)?;
                        Ok(Selection { window, plan })
                    }),
                    false => tiles::filter(view, roi, &halo, out, checkpoint, |order| {
                        Sliding::new(window(order)?, rank, checkpoint)
                    }),
                }
            }
        }
    }
}

/// How a rank is found.
enum Way {
    Extremum(Chain),
    Rank(Vec<usize>, usize),
}

impl Way {
    fn extremum(which: Extremum, halo: Vec<usize>, input: &Form) -> Self {
        let links = vec![(which, clipped(halo, input))];
        Self::Extremum(Chain { links })
    }
}

/// Whether comparing takes less time than counting.
fn compared(
    footprint: &Footprint,
    halo: &[usize],
    rank: usize,
    size: usize,
    checkpoint: &Checkpoint,
) -> Result<bool, Error> {
    let (count, rows) = Window::size(footprint, halo);
    if count > MOST_COMPARED {
        return Ok(false);
    }
    let window = Window::new(footprint, PerAxis::from_slice(halo), checkpoint)?;
    Ok(Plan::new(&window, rank, checkpoint)?.cost() * size < 64 * (2 * rows + 32))
}

impl Stencil for Rank {
    fn halo(&self, input: &Form) -> Result<Vec<usize>, Error> {
        self.way(input)?;
        self.footprint.halo(input.axes)
    }

    fn dtype(&self, input: DType) -> DType {
        input
    }

    fn apply_region(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
        region::apply(self, input, roi, checkpoint)
    }

    fn write_region(&self, input: &Array, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        region::check(self, input, roi, out)?;
        match_dtype!(input.dtype(), T => self.write::<T>(input, roi, out, checkpoint))
    }

    fn bytes(&self, input: &Form, roi: &Roi, threads: usize) -> Result<u64, Error> {
        let size = input.dtype.size();
        match self.way(input)? {
            Way::Extremum(chain) => chain.bytes(&input.shape, roi, size, threads),
            Way::Rank(halo, rank) => {
                let shape = roi.shape();
                let tiling = Tiling::new(shape.as_slice(), &halo, size, threads);
                let never = Checkpoint::never();
                let block: Vec<_> = tiling
                    .tile
                    .iter()
                    .zip(&halo)
                    .map(|(len, halo)| len + 2 * halo)
                    .collect();
                let (beside, shared) = if compared(&self.footprint, &halo, rank, size, &never)? {
                    let window = Window::new(&self.footprint, PerAxis::from_slice(&halo), &never)?;
                    (Plan::new(&window, rank, &never)?.bytes(&window, &block, size), 0)
                } else {
                    let (count, rows) = Window::size(&self.footprint, &halo);
                    (sliding::bytes(tiling.block, size), window::bytes(count, rows))
                };
                let each = (tiling.block + SLACK) * size + beside;
                let scratch = each * tiling.count(shape.as_slice()).min(threads);
                Ok((shape.volume()? * size + scratch + shared) as u64)
            }
        }
    }
}
