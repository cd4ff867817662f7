//! Boxes.

use ndarray::{ArrayViewD, Axis, Slice};

use crate::array::{Array, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::draw::Rectangle;
use crate::kernels::draw::paint::Paint;
use crate::kernels::memory::copied;

/// Draws boxes over an image: outlines, or filled.
///
/// # Examples
///
/// ```
/// use headwater::kernels::{DrawBoxes, Rectangle};
/// use headwater::{Array, Checkpoint, DType};
///
/// let image = Array::zeros("yxc", &[32, 32, 3], DType::U8)?;
/// let found = [Rectangle::new(4..12, 20..40)?]; // what is beyond the image is not drawn
/// let drawn = DrawBoxes::new([255, 0, 0]).thickness(2).apply(&image, &found, &Checkpoint::never())?;
/// let drawn = drawn.view::<u8>()?;
/// assert_eq!((drawn[[4, 20, 0]], drawn[[4, 20, 1]]), (255, 0));
/// assert_eq!(drawn[[7, 25, 0]], 0); // within the line
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DrawBoxes {
    paint: Paint,
    /// None: filled.
    thickness: Option<u32>,
}

impl DrawBoxes {
    /// Lines of one pixel in that colour: a part for each channel, or one for all.
    pub fn new(colour: impl IntoIterator<Item = impl Into<f64>>) -> Self {
        Self {
            paint: Paint::new(colour),
            thickness: Some(1),
        }
    }

    /// Lines of so many pixels, inwards from the border of a box.
    #[must_use]
    pub fn thickness(self, pixels: u32) -> Self {
        let thickness = Some(pixels);
        Self { thickness, ..self }
    }

    /// All of a box, not only its outline.
    #[must_use]
    pub fn filled(self) -> Self {
        let thickness = None;
        Self { thickness, ..self }
    }

    /// How much of the colour shows, from 0 to 1. Where boxes overlap, the later is drawn over the earlier. Default: 1.
    #[must_use]
    pub fn opacity(self, opacity: f64) -> Self {
        let paint = self.paint.opacity(opacity);
        Self { paint, ..self }
    }

    /// A copy of `image` with boxes.
    ///
    /// # Errors
    ///
    /// As [`draw`](Self::draw).
    pub fn apply(&self, image: &Array, boxes: &[Rectangle], checkpoint: &Checkpoint) -> Result<Array, Error> {
        self.paint.on(image)?;
        let mut out = copied(image, checkpoint)?;
        self.draw(&mut out, boxes, checkpoint)?;
        Ok(out)
    }

    /// Draws boxes over `image`. After the checkpoint's reason some may be drawn.
    ///
    /// # Errors
    ///
    /// `Invalid` if the image has no axes `y` and `x`, or a number of channels that the colour does not have, or if the opacity
    /// is not from 0 to 1; the checkpoint's own error if it stops the kernel.
    pub fn draw(&self, image: &mut Array, boxes: &[Rectangle], checkpoint: &Checkpoint) -> Result<(), Error> {
        let canvas = self.paint.on(image)?;
        let (height, width) = (image.shape()[canvas.y], image.shape()[canvas.x]);
        match_dtype!(image.dtype(), T => {
            let mut view = image.view_mut::<T>()?;
            for rectangle in boxes {
                checkpoint.check()?;
                let parts = match self.thickness {
                    Some(thickness) => rectangle.outline(thickness),
                    None => vec![rectangle.clone()],
                };
                for [rows, columns] in parts.iter().map(|part| part.within(height, width)) {
                    let mut part = view.slice_axis_mut(Axis(canvas.y), Slice::from(rows));
                    part.slice_axis_inplace(Axis(canvas.x), Slice::from(columns));
                    let nothing = None::<&ArrayViewD<'_, bool>>;
                    self.paint.over(part, canvas.channel(), nothing, checkpoint)?;
                }
            }
        });
        Ok(())
    }
}
