//! Grey and binary morphology with boxes.
//!
//! scipy: `ndimage.grey_erosion`, `grey_dilation`, `grey_opening`, `grey_closing`, `white_tophat`, `black_tophat` with
//! `size = 2 * radius + 1` and `mode="mirror"`; vigra: `multiGrayscaleErosion` and so on, for boxes.

use std::fmt;
use std::str::FromStr;

use crate::array::{Array, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pointwise;
use crate::kernels::ranks::extremum::{Chain, Extremum};
use crate::kernels::ranks::footprint::{Radius, clipped};
use crate::kernels::ranks::order::Ordered;
use crate::kernels::region;
use crate::kernels::stencil::{Form, Stencil};
use crate::roi::Roi;

/// What is done with each element and the box around it. As text, its name in small letters, words joined by `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MorphologyOperation {
    /// The least of the box: bright things shrink.
    Erode,
    /// The greatest of the box: bright things grow.
    Dilate,
    /// Eroded, then dilated: bright things smaller than the box go.
    Open,
    /// Dilated, then eroded: dark things smaller than the box go.
    Close,
    /// What opening takes away: small bright things, on a background of zero.
    WhiteTopHat,
    /// What closing adds: small dark things, bright on a background of zero.
    BlackTopHat,
}

const NAMES: [(MorphologyOperation, &str); 6] = [
    (MorphologyOperation::Erode, "erode"),
    (MorphologyOperation::Dilate, "dilate"),
    (MorphologyOperation::Open, "open"),
    (MorphologyOperation::Close, "close"),
    (MorphologyOperation::WhiteTopHat, "white_top_hat"),
    (MorphologyOperation::BlackTopHat, "black_top_hat"),
];

impl fmt::Display for MorphologyOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = NAMES.iter().find(|(operation, _)| operation == self);
        f.write_str(known.map_or("", |(_, name)| name))
    }
}

impl FromStr for MorphologyOperation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = NAMES.iter().find(|(_, name)| *name == text);
        known.map(|(operation, _)| *operation).ok_or_else(|| {
            let names: Vec<_> = NAMES.iter().map(|(_, name)| *name).collect();
            Error::invalid(format!(
                "no operation is called `{text}`; there are {}",
                names.join(", ")
            ))
        })
    }
}

/// A morphological operation with the box of a [`Radius`].
///
/// The result has the type of the input, any of the eleven; `bool` makes it binary morphology. Beyond the border the data is
/// reflected without repeating the edge. The order of floating-point numbers is that of [`Rank`](crate::kernels::Rank). Differences,
/// of a top-hat, are never negative; those of signed integers that have no room in their type become its greatest value.
///
/// # Examples
///
/// A spot on a slope:
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{Morphology, MorphologyOperation, Stencil};
///
/// let line = Array::from_vec("x", &[9], vec![1u8, 2, 3, 4, 90, 6, 7, 8, 9])?;
/// let spot = Morphology::new(MorphologyOperation::WhiteTopHat, 1).apply(&line, &Checkpoint::never())?;
/// assert_eq!(spot.view::<u8>()?.as_slice(), Some(&[0, 0, 0, 0, 84, 0, 0, 0, 1][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Morphology {
    operation: MorphologyOperation,
    radius: Radius,
}

impl Morphology {
    /// `operation` with a box of `2 * radius + 1` elements along each axis of space.
    pub fn new(operation: MorphologyOperation, radius: impl Into<Radius>) -> Self {
        Self {
            operation,
            radius: radius.into(),
        }
    }

    /// Whether the result is a difference.
    pub(crate) fn is_difference(&self) -> bool {
        matches!(
            self.operation,
            MorphologyOperation::WhiteTopHat | MorphologyOperation::BlackTopHat
        )
    }

    /// The extrema that make it up, before any difference.
    fn chain(&self, input: &Form) -> Result<Chain, Error> {
        let radii = clipped(self.radius.along(input.axes)?, input);
        let links: &[_] = match self.operation {
            MorphologyOperation::Erode => &[Extremum::Least],
            MorphologyOperation::Dilate => &[Extremum::Greatest],
            MorphologyOperation::Open | MorphologyOperation::WhiteTopHat => &[Extremum::Least, Extremum::Greatest],
            MorphologyOperation::Close | MorphologyOperation::BlackTopHat => &[Extremum::Greatest, Extremum::Least],
        };
        let links = links.iter().map(|link| (*link, radii.clone())).collect();
        Ok(Chain { links })
    }

    fn write<T: Subtract>(
        &self,
        input: &Array,
        roi: &Roi,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let (view, mut out) = (input.view::<T>()?, out.view_mut::<T>()?);
        let chain = self.chain(&Form::of(input)?)?;
        chain.apply(view.view(), roi, out.view_mut(), checkpoint)?;
        let own = region::part(view, roi.ranges());
        match self.operation {
            MorphologyOperation::WhiteTopHat => {
                pointwise::update(own, out, checkpoint, &|open, own: T| *open = own.minus(*open))
            }
            MorphologyOperation::BlackTopHat => {
                pointwise::update(own, out, checkpoint, &|closed, own: T| *closed = closed.minus(own))
            }
            _ => Ok(()),
        }
    }
}

impl Stencil for Morphology {
    fn halo(&self, input: &Form) -> Result<Vec<usize>, Error> {
        let radii = self.radius.along(input.axes)?;
        let twice = !matches!(self.operation, MorphologyOperation::Erode | MorphologyOperation::Dilate);
        Ok(radii.into_iter().map(|radius| radius << usize::from(twice)).collect())
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
        self.chain(input)?.bytes(&input.shape, roi, input.dtype.size(), threads)
    }
}

/// Elements of which one can be taken from another.
trait Subtract: Ordered {
    /// `self - less`, within the type.
    fn minus(self, less: Self) -> Self;
}

macro_rules! subtract {
    ($($type:ty, $own:ident $less:ident => $body:expr;)*) => {$(
        impl Subtract for $type {
            #[inline(always)]
            fn minus(self, $less: Self) -> Self {
                let $own = self;
                $body
            }
        }
    )*};
}
subtract! {
    u8, own less => own.saturating_sub(less);
    u16, own less => own.saturating_sub(less);
    u32, own less => own.saturating_sub(less);
    u64, own less => own.saturating_sub(less);
    i8, own less => own.saturating_sub(less);
    i16, own less => own.saturating_sub(less);
    i32, own less => own.saturating_sub(less);
    i64, own less => own.saturating_sub(less);
    f32, own less => own - less;
    f64, own less => own - less;
    bool, own less => own & !less;
}
