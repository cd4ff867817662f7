//! What is known of an array slot before anything is computed.

use std::any::{Any, TypeId};
use std::fmt;

use crate::array::{Axes, DType};
use crate::graph::data::SlotType;
use crate::roi::{Roi, Shape};
use crate::sync::Arc;

/// The description of an array that an output gives before it computes one.
///
/// It is a value: two descriptions that are equal are the same to everybody, and an operator that describes its output as
/// before stops the wave of an edit there.
///
/// # Examples
///
/// The description of a smoothed image is that of its input with another element type:
///
/// ```
/// use headwater::graph::Meta;
/// use headwater::{DType, roi::Shape};
///
/// let input = Meta::new(Shape::new(&[512, 512])?, DType::U8, "yx")?;
/// let output = input.clone().with_dtype(DType::F32).with_range(0.0, 255.0);
/// assert_eq!(output.shape(), input.shape());
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Meta {
    shape: Shape,
    dtype: DType,
    axes: Axes,
    range: Option<Range>,
    pixel: Option<Arc<[PixelSize]>>,
    channels: Option<Arc<[Arc<str>]>>,
    ideal_block: Option<Shape>,
    max_block: Option<Shape>,
    bytes: Option<Bytes>,
    extras: Extras,
}

/// The least and the greatest value. NaN is the same as NaN, as it is of a value: a description that differs from itself
/// would let no wave stop (D11).
#[derive(Clone, Copy)]
struct Range(f64, f64);

impl PartialEq for Range {
    fn eq(&self, other: &Self) -> bool {
        self.0.same(&other.0) && self.1.same(&other.1)
    }
}

/// The distance of two neighbours along one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelSize {
    /// How far, in `unit`; finite and greater than 0.
    pub size: f64,
    /// What it is measured in, such as `"micrometer"` or `"second"`; empty if unknown.
    pub unit: Arc<str>,
}

/// So many bytes for so many pixels, in lowest terms: what is the same is equal.
#[derive(Clone, Copy, PartialEq)]
struct Bytes {
    bytes: u64,
    pixels: u64,
}

impl Bytes {
    fn new(bytes: u64, pixels: u64) -> Self {
        let (mut common, mut rest) = (bytes, pixels.max(1));
        while rest != 0 {
            (common, rest) = (rest, common % rest);
        }
        Self {
            bytes: bytes / common,
            pixels: pixels.max(1) / common,
        }
    }

    fn of(self, pixels: u64) -> u64 {
        let all = u128::from(self.bytes) * u128::from(pixels);
        u64::try_from(all.div_ceil(u128::from(self.pixels))).unwrap_or(u64::MAX)
    }
}

impl Meta {
    /// A description of `shape`, in pixels along each axis, with an axis letter for each.
    ///
    /// # Errors
    ///
    /// If there are not as many axes as the shape has, or the axes are not distinct.
    pub fn new<A>(shape: Shape, dtype: DType, axes: A) -> Result<Self, crate::error::Error>
    where
        A: TryInto<Axes>,
        A::Error: std::error::Error + Send + Sync + 'static,
    {
        let axes = axes.try_into().map_err(crate::error::Error::new)?;
        if axes.len() != shape.rank() {
            return Err(crate::error::Error::invalid(format!(
                "the axes `{axes}` do not fit the shape {shape} of {} axes",
                shape.rank()
            )));
        }
        Ok(Self {
            shape,
            dtype,
            axes,
            range: None,
            pixel: None,
            channels: None,
            ideal_block: None,
            max_block: None,
            bytes: None,
            extras: Extras::default(),
        })
    }

    /// The description of an array that exists.
    #[expect(
        clippy::missing_panics_doc,
        reason = "an array has as many axes as letters, and at most as many as a shape"
    )]
    pub fn of(array: &crate::array::Array) -> Self {
        let shape = Shape::new(array.shape()).expect("invariant: an array has at most as many axes as a shape");
        Self::new(shape, array.dtype(), array.axes()).expect("invariant: an array has an axis letter for each axis")
    }

    /// Pixels along each axis.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// All of it, as a region.
    pub fn roi(&self) -> Roi {
        Roi::full(self.shape)
    }

    /// The type of its elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The letters of its axes.
    pub fn axes(&self) -> Axes {
        self.axes
    }

    /// The least and the greatest value that may occur, if known.
    pub fn range(&self) -> Option<(f64, f64)> {
        self.range.map(|Range(least, greatest)| (least, greatest))
    }

    /// The distance of neighbours along each axis, if known.
    pub fn pixel_size(&self) -> Option<&[PixelSize]> {
        self.pixel.as_deref()
    }

    /// What the channels show, in order; empty if unknown.
    pub fn channel_names(&self) -> &[Arc<str>] {
        self.channels.as_deref().unwrap_or(&[])
    }

    /// The shape of blocks in which this is computed or read best; an axis of 0 has no preference.
    pub fn ideal_block(&self) -> Option<Shape> {
        self.ideal_block
    }

    /// The largest block that should be asked for at once.
    pub fn max_block(&self) -> Option<Shape> {
        self.max_block
    }

    /// What one pixel of a request takes in memory while it is computed, in bytes: what was declared, or else the size
    /// of an element. [`bytes_for`](Self::bytes_for) says what is counted.
    pub fn bytes_per_pixel(&self) -> u64 {
        self.bytes_for(1)
    }

    /// What a request for so many pixels takes in memory while it is computed, in bytes: what it is admitted by.
    ///
    /// Counted is the most that is there at any time: the result, what is between, and the regions of the inputs that it is
    /// computed from, as if each was made for it; or what making these took, if that was more. What a pixel takes depends on
    /// how many are computed together: it is right, to within a tenth, for one thread and a region of the shape of the
    /// [ideal block](Self::ideal_block), where there is none for one of 64 along each axis of space and all of the others.
    ///
    /// It is the most where the data decides: what is handed on instead of computed, such as constants, takes less.
    /// Not counted is what is kept when the request has ended, in a cache or as tables of labels: whoever keeps it has it in
    /// the account of the runtime.
    pub fn bytes_for(&self, pixels: u64) -> u64 {
        let own = self.bytes.unwrap_or_else(|| Bytes::new(self.dtype.size() as u64, 1));
        own.of(pixels)
    }

    /// The extra of type `T`, if one was attached.
    pub fn extra<T: SlotType>(&self) -> Option<&T> {
        self.extras.get()
    }

    /// The same of another shape of as many axes. Sizes of blocks and names of channels stay.
    ///
    /// # Errors
    ///
    /// If the shape has another number of axes.
    pub fn with_shape(self, shape: Shape) -> Result<Self, crate::error::Error> {
        if shape.rank() == self.shape.rank() {
            return Ok(Self { shape, ..self });
        }
        Err(crate::error::Error::invalid(format!(
            "the shape {shape} does not fit the axes `{}`",
            self.axes
        )))
    }

    /// The same with other axes. What is known of an axis follows its letter; of a new one nothing is, and its pixels
    /// measure 1 if the others' size is known.
    ///
    /// # Errors
    ///
    /// If the shape has another number of axes than there are letters.
    pub fn with_axes(self, axes: Axes, shape: Shape) -> Result<Self, crate::error::Error> {
        let plain = Self::new(shape, self.dtype, axes)?;
        let old = |letter| self.axes.position(letter);
        let unknown = || PixelSize {
            size: 1.0,
            unit: "".into(),
        };
        let pixel = self.pixel.as_ref().map(|sizes| {
            let sizes = axes
                .iter()
                .map(|letter| old(letter).map_or_else(unknown, |axis| sizes[axis].clone()));
            sizes.collect()
        });
        let block = |block: Option<Shape>| {
            // A block of another rank than the axes says nothing of those that it lacks.
            let length = |block: &Shape, letter| {
                let own = old(letter).and_then(|axis| block.as_slice().get(axis).copied());
                own.unwrap_or(0)
            };
            let lengths = |block: Shape| axes.iter().map(|letter| length(&block, letter)).collect::<Vec<_>>();
            block.map(|block| Shape::new(lengths(block))).transpose()
        };
        Ok(Self {
            pixel,
            ideal_block: block(self.ideal_block)?,
            max_block: block(self.max_block)?,
            shape: plain.shape,
            axes,
            ..self
        })
    }

    /// The same of another element type.
    #[must_use]
    pub fn with_dtype(self, dtype: DType) -> Self {
        Self { dtype, ..self }
    }

    /// The same with values between `least` and `greatest`.
    #[must_use]
    pub fn with_range(self, least: f64, greatest: f64) -> Self {
        Self {
            range: Some(Range(least, greatest)),
            ..self
        }
    }

    /// The same without a known range of values.
    #[must_use]
    pub fn without_range(self) -> Self {
        Self { range: None, ..self }
    }

    /// The same with the distance of neighbours along each axis.
    ///
    /// # Errors
    ///
    /// If there is not one for each axis, or a size is not finite and greater than 0.
    pub fn with_pixel_size(self, sizes: impl IntoIterator<Item = PixelSize>) -> Result<Self, crate::error::Error> {
        let sizes: Arc<[PixelSize]> = sizes.into_iter().collect();
        if sizes.len() != self.axes.len() {
            let message = format!("{} pixel sizes do not fit the axes `{}`", sizes.len(), self.axes);
            return Err(crate::error::Error::invalid(message));
        }
        if let Some(bad) = sizes.iter().find(|pixel| !(pixel.size.is_finite() && pixel.size > 0.0)) {
            return Err(crate::error::Error::invalid(format!(
                "a pixel cannot measure {}",
                bad.size
            )));
        }
        Ok(Self {
            pixel: Some(sizes),
            ..self
        })
    }

    /// The same without a known distance of neighbours.
    #[must_use]
    pub fn without_pixel_size(self) -> Self {
        Self { pixel: None, ..self }
    }

    /// The same with names for its channels, in order; without, if there are none.
    #[must_use]
    pub fn with_channel_names<N: Into<Arc<str>>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let names: Arc<[Arc<str>]> = names.into_iter().map(Into::into).collect();
        let channels = (!names.is_empty()).then_some(names);
        Self { channels, ..self }
    }

    /// The same with the shape of blocks in which it is computed best.
    #[must_use]
    pub fn with_ideal_block(self, block: Shape) -> Self {
        Self {
            ideal_block: Some(block),
            ..self
        }
    }

    /// The same with the largest block that should be asked for at once.
    #[must_use]
    pub fn with_max_block(self, block: Shape) -> Self {
        Self {
            max_block: Some(block),
            ..self
        }
    }

    /// The same with what one pixel of a request takes while it is computed, in bytes.
    #[must_use]
    pub fn with_bytes_per_pixel(self, bytes: u64) -> Self {
        self.with_bytes_for(1, bytes)
    }

    /// The same with what so many pixels of a request take while they are computed, in bytes: where they share something,
    /// that is no whole number for each. [`bytes_for`](Self::bytes_for) says what to count.
    #[must_use]
    pub fn with_bytes_for(self, pixels: u64, bytes: u64) -> Self {
        let bytes = Some(Bytes::new(bytes, pixels));
        Self { bytes, ..self }
    }

    /// The same with `extra` attached, in the place of one of the same type.
    #[must_use]
    pub fn with_extra<T: SlotType>(mut self, extra: T) -> Self {
        self.extras.put(extra);
        self
    }

    /// The same with all that is attached to `other` attached to it, each in the place of one of the same type.
    #[must_use]
    pub fn with_extras_of(mut self, other: &Self) -> Self {
        other
            .extras
            .0
            .iter()
            .for_each(|extra| self.extras.put_shared(Arc::clone(extra)));
        self
    }
}

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.axes, self.shape, self.dtype)?;
        if let Some((least, greatest)) = self.range() {
            write!(f, " in {least}..={greatest}")?;
        }
        Ok(())
    }
}

/// Facts of the users' own, at most one of each type.
#[derive(Clone, Default)]
struct Extras(Vec<Arc<dyn Extra>>);

trait Extra: Any + Send + Sync {
    fn same(&self, other: &dyn Extra) -> bool;
}

struct Fact<T>(T);

impl<T: SlotType> Extra for Fact<T> {
    fn same(&self, other: &dyn Extra) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<Self>().is_some_and(|other| self.0.same(&other.0))
    }
}

fn kind(extra: &dyn Extra) -> TypeId {
    let extra: &dyn Any = extra;
    extra.type_id()
}

impl Extras {
    fn get<T: SlotType>(&self) -> Option<&T> {
        let facts = self.0.iter().map(|extra| -> &dyn Any { &**extra });
        facts
            .filter_map(|any| any.downcast_ref::<Fact<T>>())
            .map(|fact| &fact.0)
            .next()
    }

    fn put<T: SlotType>(&mut self, extra: T) {
        self.put_shared(Arc::new(Fact(extra)));
    }

    fn put_shared(&mut self, extra: Arc<dyn Extra>) {
        self.0.retain(|old| kind(&**old) != kind(&*extra));
        self.0.push(extra);
    }
}

impl PartialEq for Extras {
    /// The order in which they were attached is nobody's concern.
    fn eq(&self, other: &Self) -> bool {
        let known = |extra: &Arc<dyn Extra>| other.0.iter().any(|theirs| extra.same(&**theirs));
        self.0.len() == other.0.len() && self.0.iter().all(known)
    }
}
