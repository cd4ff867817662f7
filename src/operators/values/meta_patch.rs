//! What is to be said of an image beyond what it says itself.

use crate::array::DType;
use crate::error::Error;
use crate::graph::{Meta, PixelSize, SlotType};
use crate::roi::Shape;
use crate::sync::Arc;

/// Facts for a description, as a value: what the slot `patch` of an [`InjectMeta`](crate::operators::InjectMeta) carries.
///
/// What is not said stays as it is.
///
/// # Examples
///
/// ```
/// use headwater::graph::Meta;
/// use headwater::operators::MetaPatch;
/// use headwater::{DType, Shape};
///
/// let patch = MetaPatch::new().range(0.0, 1.0).channel_names(["background", "cells"]);
/// let meta = patch.apply(Meta::new(Shape::from([64, 64, 2]), DType::F32, "yxc")?)?;
/// assert_eq!((meta.range(), &*meta.channel_names()[1]), (Some((0.0, 1.0)), "cells"));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MetaPatch {
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) pixel_size: Option<Vec<PixelSize>>,
    pub(crate) channel_names: Option<Vec<Arc<str>>>,
    pub(crate) ideal_block: Option<Shape>,
    pub(crate) max_block: Option<Shape>,
    bytes_per_pixel: Option<u64>,
    /// Only what is attached to it counts.
    extras: Meta,
}

impl MetaPatch {
    /// Says nothing.
    #[expect(clippy::missing_panics_doc, reason = "no axes fit no lengths")]
    pub fn new() -> Self {
        let nothing = Meta::new(Shape::from([]), DType::U8, "");
        Self {
            range: None,
            pixel_size: None,
            channel_names: None,
            ideal_block: None,
            max_block: None,
            bytes_per_pixel: None,
            extras: nothing.expect("invariant: as many axes as lengths"),
        }
    }

    /// All values lie between `least` and `greatest`.
    #[must_use]
    pub fn range(self, least: f64, greatest: f64) -> Self {
        let range = Some((least, greatest));
        Self { range, ..self }
    }

    /// The distance of neighbours along each axis.
    #[must_use]
    pub fn pixel_size(self, sizes: impl IntoIterator<Item = PixelSize>) -> Self {
        let pixel_size = Some(sizes.into_iter().collect());
        Self { pixel_size, ..self }
    }

    /// What the channels show, in order; none takes the names away.
    #[must_use]
    pub fn channel_names<N: Into<Arc<str>>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let channel_names = Some(names.into_iter().map(Into::into).collect());
        Self { channel_names, ..self }
    }

    /// The shape of blocks in which the data is computed best.
    #[must_use]
    pub fn ideal_block(self, block: Shape) -> Self {
        let ideal_block = Some(block);
        Self { ideal_block, ..self }
    }

    /// The largest block that should be asked for at once.
    #[must_use]
    pub fn max_block(self, block: Shape) -> Self {
        let max_block = Some(block);
        Self { max_block, ..self }
    }

    /// What one pixel of a request takes while it is computed, in bytes.
    #[must_use]
    pub fn bytes_per_pixel(self, bytes: u64) -> Self {
        let bytes_per_pixel = Some(bytes);
        Self {
            bytes_per_pixel,
            ..self
        }
    }

    /// A fact of one's own, in the place of one of the same type.
    #[must_use]
    pub fn extra<T: SlotType>(self, extra: T) -> Self {
        let extras = self.extras.with_extra(extra);
        Self { extras, ..self }
    }

    /// `meta` with what is said here.
    ///
    /// # Errors
    ///
    /// If sizes of pixels or blocks do not fit its axes.
    pub fn apply(&self, meta: Meta) -> Result<Meta, Error> {
        let mut meta = meta.with_extras_of(&self.extras);
        for block in [self.ideal_block, self.max_block].into_iter().flatten() {
            if block.rank() != meta.axes().len() {
                return Err(Error::invalid(format!(
                    "blocks of {block} do not fit the axes `{}`",
                    meta.axes()
                )));
            }
        }
        if let Some((least, greatest)) = self.range {
            meta = meta.with_range(least, greatest);
        }
        if let Some(sizes) = &self.pixel_size {
            meta = meta.with_pixel_size(sizes.iter().cloned())?;
        }
        if let Some(names) = &self.channel_names {
            meta = meta.with_channel_names(names.iter().cloned());
        }
        if let Some(block) = self.ideal_block {
            meta = meta.with_ideal_block(block);
        }
        if let Some(block) = self.max_block {
            meta = meta.with_max_block(block);
        }
        if let Some(bytes) = self.bytes_per_pixel {
            meta = meta.with_bytes_per_pixel(bytes);
        }
        Ok(meta)
    }
}

impl Default for MetaPatch {
    fn default() -> Self {
        Self::new()
    }
}

impl SlotType for MetaPatch {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}
