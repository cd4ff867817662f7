//! Parts of pictures.

use std::ops::Range;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::copied;
use crate::roi::{Roi, Shape};

/// A function that cuts the lines `y` and the columns `x` out of a picture, along other axes all: for
/// [`kernel`](crate::flow::Node::kernel). The part has memory of its own, so that that of the picture is free again.
///
/// The function gives an error for a picture without these axes, or one that the part is not within; it names both.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use headwater::{Array, Runtime};
/// use headwater::flow::{Flow, process};
///
/// let flow = Flow::batch();
/// let frames = flow.produce("frames", stream::iter([Array::full("yxc", &[48, 64, 3], 7u8)?]));
/// let parts = frames.kernel("crop", process::crop(10..20, 0..64)).collect("parts");
/// flow.build()?.run(&Runtime::builder().slots(1).build()?).wait()?;
/// assert_eq!(parts.take()[0].shape(), [10, 64, 3]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn crop(
    y: Range<usize>,
    x: Range<usize>,
) -> impl Fn(Array, &Checkpoint) -> Result<Array, Error> + Send + Sync + 'static {
    move |picture, checkpoint| {
        let mut part = Roi::full(Shape::new(picture.shape())?);
        for (letter, range) in [('y', &y), ('x', &x)] {
            let axis = picture.axes().position(letter);
            let axis =
                axis.ok_or_else(|| Error::invalid(format!("{picture:?} has no axis {letter} to be cropped along")))?;
            part = part.with_axis(axis, range.clone())?;
        }
        copied(&picture.slice(&part)?, checkpoint)
    }
}
