//! Watersheds from seeds, and local minima to be seeds.
//!
//! skimage: `segmentation.watershed`, `morphology.local_minima`; vigra: `watershedsNew` (region growing), `localMinima`.
//!
//! A priority flood (Meyer 1991): everything that is seeded waits in a queue. The lowest in the queue is taken out, and its
//! neighbours that have no label yet take its label and join the queue, until that is empty. They join with their own values,
//! but not with less than that of the one that they were reached from: the level of the flood never sinks. Of equal values
//! the one that joined first is first, so that plateaus are shared out by distance.
//!
//! Values are sorted first, so that the queue is an array with one place for each element ([`queue`]): joining and leaving
//! take a few instructions, however many different values there are.

mod basin;
mod layout;
mod order;
mod queue;

use ndarray::ArrayView3;

use self::basin::{Basin, MOST};
use self::layout::bordered;
use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::assemble;
use crate::kernels::labels::Connectivity;
use crate::kernels::memory::{zero_array, zeros};
use crate::kernels::parallel::join;
use crate::kernels::stencil::Form;
use crate::kernels::volumes::Volumes;
use crate::roi::{Roi, Shape};

/// Floods `image` from `seeds`, across faces.
///
/// The short form of [`Watershed::apply`], which says more.
///
/// # Errors
///
/// As [`Watershed::apply`].
///
/// # Examples
///
/// ```
/// use headwater::kernels::watershed;
/// use headwater::{Array, Checkpoint};
///
/// let image = Array::from_vec("x", &[7], vec![0u8, 1, 2, 9, 3, 1, 0])?;
/// let seeds = Array::from_vec("x", &[7], vec![5u32, 0, 0, 0, 0, 0, 8])?;
/// let regions = watershed(&image, &seeds, &Checkpoint::never())?;
/// assert_eq!(regions.view::<u32>()?.as_slice(), Some(&[5, 5, 5, 5, 8, 8, 8][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn watershed(image: &Array, seeds: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
    Watershed::new().apply(image, Some(seeds), None, checkpoint)
}

/// The local minima of `image`: each element, or plateau of equal elements, without a lower neighbour gets a number from 1
/// on, in the order of their first elements; all others are 0.
///
/// skimage: `local_minima`, labelled; a constant image is one minimum here, and has none there. Numbers begin again for each
/// time step and channel. What is no number counts as higher than everything.
///
/// # Errors
///
/// `Invalid` if a volume has 2³¹ elements or more; the checkpoint's own error if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::kernels::{Connectivity, local_minima};
/// use headwater::{Array, Checkpoint};
///
/// let image = Array::from_vec("x", &[6], vec![1.0f32, 2.0, 0.5, 0.5, 3.0, 0.0])?;
/// let minima = local_minima(&image, Connectivity::Faces, &Checkpoint::never())?;
/// assert_eq!(minima.view::<u32>()?.as_slice(), Some(&[1, 0, 2, 2, 0, 3][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn local_minima(image: &Array, connectivity: Connectivity, checkpoint: &Checkpoint) -> Result<Array, Error> {
    let each = |part: &Part<'_>, out: &mut [u32]| {
        let image = part.image;
        match_dtype!(image.dtype(), T => {
            Basin::new(part.view::<T>(image)?, connectivity, checkpoint)?.write_minima(out, checkpoint)
        })
    };
    let mut out = zero_array(image.axes(), image.shape(), DType::U32, checkpoint)?;
    flood(image, None, None, &mut out, checkpoint, &each)?;
    Ok(out)
}

/// The seeded watershed: the options, and the ways to apply it.
///
/// # Which is exact
///
/// The result is that of the definition above: neighbours are visited the nearest first (faces, edges, corners), then in the
/// order of the axes, and seeds join the queue in the order of the axes. That is what scikit-image does, except that the
/// order of seeds that have the same value is not defined there. All of a seed keeps its label.
///
/// # Examples
///
/// Without seeds each local minimum is one:
///
/// ```
/// use headwater::kernels::{Connectivity, Watershed};
/// use headwater::{Array, Checkpoint};
///
/// let image = Array::from_vec("yx", &[2, 5], vec![3i16, 4, 9, 5, 1, 2, 4, 9, 5, 2])?;
/// let watershed = Watershed::new().connectivity(Connectivity::Full);
/// let regions = watershed.apply(&image, None, None, &Checkpoint::never())?;
/// assert_eq!(regions.view::<u32>()?.as_slice(), Some(&[2, 2, 2, 1, 1, 2, 2, 2, 1, 1][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watershed {
    connectivity: Connectivity,
}

impl Watershed {
    /// Across faces.
    pub fn new() -> Self {
        Self::default()
    }

    /// With other neighbours.
    #[must_use]
    pub fn connectivity(mut self, connectivity: Connectivity) -> Self {
        self.connectivity = connectivity;
        self
    }

    /// The region of each element: `u32`, 0 where nothing reaches. Each time step and channel is flooded by itself.
    ///
    /// `image` is of any type; what is no number counts as higher than everything. `seeds` are `u8`, `u16` or `u32`, 0 where
    /// there is none, up to 2³¹ - 1; without them the [local minima](local_minima) are. Where `mask` is 0 nothing is seeded
    /// and nothing flooded. Both have the axes and the shape of the image.
    ///
    /// # Errors
    ///
    /// `Invalid` if seeds or mask do not fit the image, if the seeds are of another type or too large, or if a volume has
    /// 2³¹ elements or more, counting a border; the checkpoint's own error if it stops the kernel.
    pub fn apply(
        &self,
        image: &Array,
        seeds: Option<&Array>,
        mask: Option<&Array>,
        checkpoint: &Checkpoint,
    ) -> Result<Array, Error> {
        let mut out = zero_array(image.axes(), image.shape(), DType::U32, checkpoint)?;
        self.write(image, seeds, mask, &mut out, checkpoint)?;
        Ok(out)
    }

    /// The same into `out`, of `u32` and the form of the image, which holds anything. After an error it holds some mixture.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply); `Invalid` if `out` has another form.
    pub fn write(
        &self,
        image: &Array,
        seeds: Option<&Array>,
        mask: Option<&Array>,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        if let Some(seeds) = seeds
            && !matches!(seeds.dtype(), DType::U8 | DType::U16 | DType::U32)
        {
            return Err(Error::invalid(format!(
                "seeds are u8, u16 or u32, not {}",
                seeds.dtype()
            )));
        }
        let each = |part: &Part<'_>, out: &mut [u32]| self.one(part, out, checkpoint);
        flood(image, seeds, mask, out, checkpoint, &each)
    }

    /// One volume.
    fn one(&self, part: &Part<'_>, out: &mut [u32], checkpoint: &Checkpoint) -> Result<(), Error> {
        let image = part.image;
        let mut basin = match_dtype!(image.dtype(), T => {
            Basin::new(part.view::<T>(image)?, self.connectivity, checkpoint)
        })?;
        if let Some(mask) = part.mask {
            match_dtype!(mask.dtype(), T => basin.mask(part.view::<T>(mask)?, checkpoint))?;
        }
        match part.seeds {
            None => basin.seed_minima(checkpoint)?,
            Some(seeds) => match_dtype!(seeds.dtype(), T => basin.seed(part.view::<T>(seeds)?, checkpoint))?,
        }
        basin.flood(checkpoint)?;
        basin.write(out, checkpoint)
    }

    /// The most bytes that [`apply`](Self::apply) has allocated at any time for an image of that form, on `threads` threads:
    /// the result and what is between. Without seeds, plateaus take up to 8 more for each of their elements.
    ///
    /// # Errors
    ///
    /// `Invalid` for a shape whose elements cannot be counted.
    pub fn bytes(&self, image: &Form, is_seeded: bool, threads: usize) -> Result<u64, Error> {
        let volumes = Volumes::of(image.axes, image.shape.as_slice());
        let volume = volumes.volume() as u64;
        let cells: u64 = bordered(volumes.space()).iter().map(|&length| length as u64).product();
        let sorting = match image.dtype.size() {
            1 | 2 => 4 << 16,
            8 => 32 * volume,
            _ => 16 * volume,
        };
        let minima = if is_seeded { 0 } else { 4 * cells };
        // Places, with two bits each.
        let queue = 4 * volume + volume / 4;
        let all = 4 * image.shape.volume()? as u64;
        let at_once = (threads as u64).min(all / (4 * volume.max(1))).max(1);
        let copies = if volumes.is_in_order() { 0 } else { all };
        Ok(all + copies + at_once * (4 * cells + queue + sorting.max(minima)))
    }
}

/// One volume of the image and what belongs to it.
struct Part<'a> {
    volumes: &'a Volumes,
    nth: usize,
    image: &'a Array,
    seeds: Option<&'a Array>,
    mask: Option<&'a Array>,
}

impl Part<'_> {
    fn view<'a, T: Element>(&self, of: &'a Array) -> Result<ArrayView3<'a, T>, Error> {
        Ok(self.volumes.view(of.view::<T>()?, self.nth))
    }
}

/// What is done with one volume.
type Each<'a> = dyn Fn(&Part<'_>, &mut [u32]) -> Result<(), Error> + Sync + 'a;

/// Refuses what has not the form of the image.
fn must_fit(image: &Array, seeds: Option<&Array>, mask: Option<&Array>, out: &Array) -> Result<(), Error> {
    for (name, other) in [("seeds", seeds), ("mask", mask)] {
        if let Some(other) = other.filter(|other| (other.axes(), other.shape()) != (image.axes(), image.shape())) {
            return Err(Error::invalid(format!(
                "{name} {other:?} do not fit the image {image:?}"
            )));
        }
    }
    match (out.axes(), out.shape(), out.dtype()) == (image.axes(), image.shape(), DType::U32) {
        true => Ok(()),
        false => Err(Error::invalid(format!("{out:?} cannot take the regions of {image:?}"))),
    }
}

/// Refuses volumes that are too large for the queue.
fn must_be_countable(image: &Array, volumes: &Volumes) -> Result<(), Error> {
    let cells = bordered(volumes.space());
    let count = cells.iter().try_fold(1usize, |all, &length| all.checked_mul(length));
    match count {
        Some(count) if count <= MOST => Ok(()),
        _ => Err(Error::invalid(format!(
            "a volume of {image:?} has more than {MOST} elements with its border"
        ))),
    }
}

/// Does `each` volume of `image`, several at the same time, and writes what they say to `out`.
fn flood(
    image: &Array,
    seeds: Option<&Array>,
    mask: Option<&Array>,
    out: &mut Array,
    checkpoint: &Checkpoint,
    each: &Each<'_>,
) -> Result<(), Error> {
    must_fit(image, seeds, mask, out)?;
    let volumes = Volumes::of(image.axes(), image.shape());
    checkpoint.check()?;
    if out.is_empty() {
        return Ok(());
    }
    must_be_countable(image, &volumes)?;
    let first = Part {
        volumes: &volumes,
        nth: 0,
        image,
        seeds,
        mask,
    };
    let mut view = out.view_mut::<u32>()?;
    if volumes.is_in_order()
        && let Some(out) = view.as_slice_mut()
    {
        return split(&first, volumes.volume(), out, each);
    }
    let mut own: Vec<u32> = zeros(image.shape(), checkpoint)?.into_raw_vec_and_offset().0;
    split(&first, volumes.volume(), &mut own, each)?;
    let whole = Roi::full(Shape::new(image.shape())?);
    assemble(&[(whole, volumes.array(own)?)], out, checkpoint)
}

fn split(first: &Part<'_>, volume: usize, out: &mut [u32], each: &Each<'_>) -> Result<(), Error> {
    let count = out.len() / volume;
    if count <= 1 {
        return each(first, out);
    }
    let (left, right) = out.split_at_mut(count / 2 * volume);
    let second = Part {
        nth: first.nth + count / 2,
        ..*first
    };
    join(
        || split(first, volume, left, each),
        || split(&second, volume, right, each),
    )
}
