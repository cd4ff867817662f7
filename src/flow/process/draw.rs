//! Pictures with what has been found in them.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::{DrawBoxes, DrawMask, Rectangle};

/// A function that draws boxes over the picture that comes with them, for [`kernel`](crate::flow::Node::kernel). A picture that
/// nobody else has is drawn over in place.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use headwater::kernels::{DrawBoxes, Rectangle};
/// use headwater::{Array, DType, Runtime};
/// use headwater::flow::{Flow, process};
///
/// let flow = Flow::batch();
/// let frames = flow.produce("frames", stream::iter([Array::zeros("yx", &[48, 64], DType::U8)?]));
/// let found = frames.map("detect", |frame| (frame, vec![Rectangle::new(10..20, 5..30).unwrap()]));
/// let drawn = found.kernel("draw", process::draw_boxes(DrawBoxes::new([255]).thickness(2))).collect("drawn");
/// flow.build()?.run(&Runtime::builder().slots(1).build()?).wait()?;
/// assert_eq!(drawn.take()[0].view::<u8>()?[[11, 5]], 255);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn draw_boxes(
    kernel: DrawBoxes,
) -> impl Fn((Array, Vec<Rectangle>), &Checkpoint) -> Result<Array, Error> + Send + Sync + 'static {
    move |(mut picture, boxes), checkpoint| {
        kernel.draw(&mut picture, &boxes, checkpoint)?;
        Ok(picture)
    }
}

/// The same with a mask: see [`DrawMask::draw`].
pub fn draw_mask(
    kernel: DrawMask,
) -> impl Fn((Array, Array), &Checkpoint) -> Result<Array, Error> + Send + Sync + 'static {
    move |(mut picture, mask), checkpoint| {
        kernel.draw(&mut picture, &mask, checkpoint)?;
        Ok(picture)
    }
}
