//! Masks.

use ndarray::IxDyn;

use crate::array::{Array, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::draw::paint::Paint;
use crate::kernels::elementwise::map_elements;
use crate::kernels::memory::{copied, zero_array};

/// Draws a colour over the part of an image where a mask is not 0.
///
/// For labels, each in a colour of its own, there is [`LabelOverlay`](crate::kernels::LabelOverlay).
///
/// # Examples
///
/// ```
/// use headwater::kernels::DrawMask;
/// use headwater::{Array, Checkpoint};
///
/// let image = Array::full("yxc", &[1, 2, 3], 100u8)?;
/// let mask = Array::from_vec("yx", &[1, 2], vec![false, true])?;
/// let drawn = DrawMask::new([0, 200, 0]).opacity(0.5).apply(&image, &mask, &Checkpoint::never())?;
/// assert_eq!(drawn, Array::from_vec("yxc", &[1, 2, 3], vec![100u8, 100, 100, 50, 150, 50])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DrawMask {
    paint: Paint,
}

impl DrawMask {
    /// In that colour, a part for each channel or one for all, half of which shows.
    pub fn new(colour: impl IntoIterator<Item = impl Into<f64>>) -> Self {
        Self {
            paint: Paint::new(colour).opacity(0.5),
        }
    }

    /// How much of the colour shows, from 0 to 1.
    #[must_use]
    pub fn opacity(self, opacity: f64) -> Self {
        let paint = self.paint.opacity(opacity);
        Self { paint }
    }

    /// A copy of `image` with the mask.
    ///
    /// # Errors
    ///
    /// As [`draw`](Self::draw).
    pub fn apply(&self, image: &Array, mask: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        self.paint.on(image)?;
        let mut out = copied(image, checkpoint)?;
        self.draw(&mut out, mask, checkpoint)?;
        Ok(out)
    }

    /// Draws the mask over `image`. It has some of the axes of the image, with their lengths, or one of length 1; along the
    /// others it is the same everywhere. After the checkpoint's reason a part may be drawn.
    ///
    /// # Errors
    ///
    /// As [`DrawBoxes::draw`](crate::kernels::DrawBoxes::draw); `Invalid` if the mask does not fit the image.
    pub fn draw(&self, image: &mut Array, mask: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let canvas = self.paint.on(image)?;
        let misfit = || Error::invalid(format!("{mask:?} is no mask of {image:?}"));
        let turned = mask.to_axes(image.axes()).map_err(|_| misfit())?;
        let shape = IxDyn(image.shape());
        // One type: for each of eleven with each of eleven it would be compiled a hundred times.
        let mut truths = zero_array(turned.axes(), turned.shape(), crate::array::DType::Bool, checkpoint)?;
        match_dtype!(turned.dtype(), T => {
            map_elements(&turned, &mut truths, |value: T| value != T::default(), checkpoint)?;
        });
        let truths = truths.view::<bool>()?;
        let truths = truths.broadcast(shape).ok_or_else(misfit)?;
        match_dtype!(image.dtype(), T => {
            self.paint.over(image.view_mut::<T>()?, canvas.channel(), Some(&truths), checkpoint)
        })
    }
}
