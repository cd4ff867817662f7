//! One picture of a stream.

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::y4m::convert::{planar, to_colours, to_planes};
use crate::io::y4m::{Chroma, ColourSpace};

/// One picture as it is stored: a plane of luma, and those of the colour differences if there are any. Cheap to clone.
///
/// # Examples
///
/// A white picture in the colour space of most videos:
///
/// ```
/// use headwater::io::y4m::{Chroma, ColourSpace, Frame};
/// use headwater::{Array, Checkpoint};
///
/// let white = Array::full("yxc", &[48, 64, 3], 255u8)?;
/// let space = ColourSpace::new(Chroma::C420Jpeg, 8)?;
/// let frame = Frame::of(&white, space, false, &Checkpoint::never())?;
/// assert_eq!(frame.planes()[1].shape(), [24, 32]);
/// assert_eq!(frame.luma(), &Array::full("yx", &[48, 64], 235u8)?);
/// assert_eq!(frame.to_array(&Checkpoint::never())?, white);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    colour_space: ColourSpace,
    full_range: bool,
    planes: Vec<Array>,
}

impl Frame {
    /// A frame of planes: luma, and unless it is `mono` the colour differences of blue and of red, then opacity if it has it. All
    /// are `yx`.
    ///
    /// # Errors
    ///
    /// Another number of planes than that colour space has, or others than it has for the size of the first.
    pub fn new(
        colour_space: ColourSpace,
        full_range: bool,
        planes: impl IntoIterator<Item = Array>,
    ) -> Result<Self, Error> {
        let planes: Vec<_> = planes.into_iter().collect();
        let Some([height, width]) = planes.first().and_then(|luma| luma.shape().as_array::<2>().copied()) else {
            return Err(Error::invalid("a frame has a plane of luma, with the axes `yx`"));
        };
        let expected: Vec<_> = colour_space.planes(height, width).collect();
        let fits = |plane: &Array, shape: &[usize; 2]| {
            plane.axes() == planar() && plane.shape() == shape && plane.dtype() == colour_space.dtype()
        };
        let all_fit = planes.len() == expected.len() && planes.iter().zip(&expected).all(|(p, s)| fits(p, s));
        if !all_fit {
            return Err(Error::invalid(format!(
                "planes {planes:?} are not those of a `{colour_space}` of {width} × {height}: {} of {} with shapes {expected:?}",
                expected.len(),
                colour_space.dtype()
            )));
        }
        Ok(Self {
            colour_space,
            full_range,
            planes,
        })
    }

    /// The frame of a picture `yx`, or `yxc` with one or three colours, in that colour space: of `u8`, of `u16` where samples
    /// have more than 8 bits (what is greater than they can be becomes the greatest), or of `bool`, which becomes black and
    /// white.
    ///
    /// As `mono`, a grey picture is stored as it is, whatever the range. Other grey pictures get colour differences without
    /// colour.
    ///
    /// # Errors
    ///
    /// A picture of no pixels, or with other axes, colours or elements; one in colour for `mono`, `444alpha`; the checkpoint's
    /// reason.
    pub fn of(array: &Array, space: ColourSpace, full_range: bool, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let picture = picture(array, space)?;
        let planes = match space.chroma() {
            Chroma::Mono => vec![picture.to_axes("yx")?],
            _ => to_planes(space, full_range, &picture, checkpoint)?,
        };
        Self::new(space, full_range, planes)
    }

    /// Pixels of a line.
    pub fn width(&self) -> usize {
        self.luma().shape()[1]
    }

    /// Lines.
    pub fn height(&self) -> usize {
        self.luma().shape()[0]
    }

    /// How its colours are stored.
    pub fn colour_space(&self) -> ColourSpace {
        self.colour_space
    }

    /// Whether its samples use all of their range.
    pub fn is_full_range(&self) -> bool {
        self.full_range
    }

    /// The planes as they are stored, each `yx`: luma, colour difference of blue and of red, opacity; as many as there are.
    pub fn planes(&self) -> &[Array] {
        &self.planes
    }

    /// The plane of luma as it is stored: a picture in grey that costs nothing.
    pub fn luma(&self) -> &Array {
        &self.planes[0]
    }

    /// Bytes of its samples.
    pub fn nbytes(&self) -> usize {
        self.planes.iter().map(Array::nbytes).sum()
    }

    /// The picture: of `mono` the plane `yx` as it is stored, else red, green and blue, `yxc`, from 0 to 255, or to the greatest
    /// value of the [depth](ColourSpace::depth).
    ///
    /// On a thread of a rayon pool, as in [`Request::kernel`](crate::Request::kernel), it uses the pool's threads.
    ///
    /// # Errors
    ///
    /// No memory; the checkpoint's reason.
    pub fn to_array(&self, checkpoint: &Checkpoint) -> Result<Array, Error> {
        match self.colour_space.chroma() {
            Chroma::Mono => Ok(self.luma().clone()),
            _ => to_colours(self.colour_space, self.full_range, &self.planes, checkpoint),
        }
    }
}

/// `array` as `yxc`, of the type of the samples.
fn picture(array: &Array, space: ColourSpace) -> Result<Array, Error> {
    let refused = |why: &str| Err(Error::invalid(format!("{array:?} is no picture for `{space}`: {why}")));
    let Ok(picture) = array.to_axes("yxc") else {
        return refused("its axes have to be `yx` or `yxc`");
    };
    if picture.is_empty() {
        return refused("it has no pixels");
    }
    match (space.chroma(), picture.shape()[2]) {
        (Chroma::C444Alpha, _) => return refused("it has no opacity"),
        (_, 1) => {}
        (Chroma::Mono, 3) => return refused("it has colours"),
        (_, 3) => {}
        _ => return refused("it has neither one nor three colours"),
    }
    match (picture.dtype(), space.dtype()) {
        (own, wanted) if own == wanted => Ok(picture),
        (DType::Bool, DType::U8) => picture.map(|set: bool| if set { u8::MAX } else { 0 }),
        (_, wanted) => refused(&format!("its elements have to be of {wanted}")),
    }
}
