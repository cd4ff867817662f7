//! Pictures of another size.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::{Interpolation, Resize};

/// A function that gives a picture another `height` and `width`, for [`kernel`](crate::flow::Node::kernel): see
/// [`Resize`](crate::kernels::Resize).
///
/// The function gives an error for a picture without axes `y` and `x`, or without pixels; it names it.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use headwater::kernels::Interpolation;
/// use headwater::{Array, Runtime};
/// use headwater::flow::{Flow, process};
///
/// let flow = Flow::batch();
/// let frames = flow.produce("frames", stream::iter([Array::full("yxc", &[48, 64, 3], 7u8)?]));
/// let small = frames.kernel("resize", process::resize(12, 16, Interpolation::Linear)).collect("small");
/// flow.build()?.run(&Runtime::builder().slots(1).build()?).wait()?;
/// assert_eq!(small.take(), [Array::full("yxc", &[12, 16, 3], 7u8)?]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn resize(
    height: usize,
    width: usize,
    interpolation: Interpolation,
) -> impl Fn(Array, &Checkpoint) -> Result<Array, Error> + Send + Sync + 'static {
    move |picture, checkpoint| {
        let mut shape = picture.shape().to_vec();
        for (letter, length) in [('y', height), ('x', width)] {
            let axis = picture.axes().position(letter);
            let axis =
                axis.ok_or_else(|| Error::invalid(format!("{picture:?} has no axis {letter} to be resized along")))?;
            shape[axis] = length;
        }
        Resize::to(shape)
            .interpolation(interpolation)
            .apply(&picture, checkpoint)
    }
}
