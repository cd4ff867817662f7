//! The planes of an image.

use std::ops::Range;

use crate::array::{Array, Axes};
use crate::error::Error;
use crate::flow::context::NodeContext;
use crate::flow::pooled::in_pool;
use crate::flow::producer::Producer;
use crate::io::{Open, SharedSource};

/// Reads an image plane by plane: the pages of a TIFF, the times of a series, the frames of a video. Only one is in memory at a
/// time, beside those that flow.
///
/// An item has all axes but the one that is gone along. Of an image with nothing to go along, the one item is the whole.
///
/// # Examples
///
/// ```no_run
/// use headwater::flow::Flow;
/// use headwater::flow::produce::Planes;
///
/// let flow = Flow::batch();
/// let pages = flow.produce("pages", Planes::of("embryo.tif").along('z'));
/// pages.consume("look", |page| println!("{page:?}"));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct Planes {
    location: String,
    how: Open,
    along: Option<char>,
    image: Option<Image>,
}

/// An image that is open.
#[derive(Debug)]
struct Image {
    source: SharedSource,
    /// Along which axis, if along any.
    axis: Option<usize>,
    /// Of an item.
    axes: Axes,
    left: Range<usize>,
}

impl Planes {
    /// Those of the image at `location`, which is opened when the flow begins.
    pub fn of(location: impl Into<String>) -> Self {
        Self {
            location: location.into(),
            how: Open::new(),
            along: None,
            image: None,
        }
    }

    /// Along this axis. Default: `t`, or `z` if it has none.
    #[must_use]
    pub fn along(self, axis: char) -> Self {
        let along = Some(axis);
        Self { along, ..self }
    }

    /// How the image is opened.
    #[must_use]
    pub fn opened(self, how: Open) -> Self {
        Self { how, ..self }
    }
}

impl Image {
    fn new(source: SharedSource, along: Option<char>) -> Result<Self, Error> {
        let (axes, shape) = (source.meta().axes(), source.meta().shape());
        let axis = match along {
            Some(letter) => Some(axes.position(letter).ok_or_else(|| {
                let name = source.name();
                Error::invalid(format!("`{name}` has no axis `{letter}`, but `{axes}`"))
            })?),
            None => ['t', 'z'].into_iter().find_map(|letter| axes.position(letter)),
        };
        let letters: String = (0..shape.rank())
            .zip(axes.iter())
            .filter(|(nth, _)| Some(*nth) != axis)
            .map(|(_, letter)| letter)
            .collect();
        Ok(Self {
            left: 0..axis.map_or(1, |axis| shape[axis]),
            axes: letters.as_str().parse()?,
            source,
            axis,
        })
    }
}

impl Producer for Planes {
    type Item = Array;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        let (how, location, along) = (self.how.clone(), self.location.clone(), self.along);
        let image = in_pool(move |checkpoint| Image::new(how.checkpoint(checkpoint).open(&location)?.into(), along));
        self.image = Some(image.await?);
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Array>, Error> {
        let Some(image) = &mut self.image else { return Ok(None) };
        let Some(number) = image.left.next() else {
            return Ok(None);
        };
        let (source, axis, axes) = (image.source.clone(), image.axis, image.axes);
        let plane = in_pool(move |checkpoint| {
            let whole = source.meta().roi();
            let part = match axis {
                Some(axis) => whole.with_axis(axis, number..number + 1)?,
                None => whole,
            };
            source.read(&part, checkpoint)?.to_axes(axes)
        });
        Ok(Some(plane.await?))
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.image = None;
        Ok(())
    }
}
