//! The array itself.

use std::fmt;

use ndarray::{ArcArray, ArrayBase, ArrayViewD, Data, Dimension, IxDyn};

use crate::array::element::{Buffer, with_typed};
use crate::array::{Axes, DType, Element};
use crate::error::{Error, ErrorContext};

/// A shared, immutable, n-dimensional array: elements of one of the types of [`DType`], axes named by [`Axes`].
///
/// Cloning shares the buffer. Shapes are in elements, outermost axis first, in the order of the axes.
///
/// # Examples
///
/// ```
/// use headwater::{Array, DType};
///
/// let image = Array::from_vec("yx", &[2, 3], vec![1u8, 2, 3, 4, 5, 6])?;
/// assert_eq!(image.dtype(), DType::U8);
/// assert_eq!(image.view::<u8>()?[[1, 0]], 4);
/// assert!(image.view::<f32>().is_err());
/// assert_eq!(image.to_f32().view::<f32>()?[[1, 2]], 6.0);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone)]
pub struct Array {
    buffer: Buffer,
    axes: Axes,
}

impl Array {
    /// An array of `shape` over the elements in `data`, the last axis running fastest.
    ///
    /// # Errors
    ///
    /// `Invalid` if `axes` cannot be parsed or names another number of axes than `shape` has, if the product of `shape`
    /// overflows, or if it is not the number of elements in `data`.
    pub fn from_vec<T: Element, A>(axes: A, shape: &[usize], data: Vec<T>) -> Result<Self, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
    {
        let axes = axes.try_into()?;
        let wanted = elements(shape)?;
        if wanted != data.len() {
            return Err(Error::invalid(format!(
                "shape {shape:?} has {wanted} elements, the data {}",
                data.len()
            )));
        }
        let array = ArcArray::from_shape_vec(IxDyn(shape), data).context(format!("shape {shape:?}"))?;
        Self::from_shared(axes, array)
    }

    /// An array that takes over `array`; nothing is copied if it owns or shares its elements.
    ///
    /// # Errors
    ///
    /// `Invalid` if `axes` cannot be parsed or names another number of axes than `array` has.
    pub fn from_ndarray<T: Element, A, S, D>(axes: A, array: ArrayBase<S, D>) -> Result<Self, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
        S: ndarray::DataOwned<Elem = T> + Data,
        D: Dimension,
    {
        Self::from_shared(axes.try_into()?, array.into_owned().into_dyn().into_shared())
    }

    /// An array over a buffer that `array` shares.
    fn from_shared<T: Element>(axes: Axes, array: ArcArray<T, IxDyn>) -> Result<Self, Error> {
        if axes.len() != array.ndim() {
            return Err(Error::invalid(format!(
                "axes {:?} name {} axes, the shape {:?} has {}",
                axes.to_string(),
                axes.len(),
                array.shape(),
                array.ndim()
            )));
        }
        let buffer = T::wrap(array);
        Ok(Self { buffer, axes })
    }

    /// The elements, if they are of type `T`.
    ///
    /// # Errors
    ///
    /// `Invalid` if the elements are of another type; the message names both.
    pub fn view<T: Element>(&self) -> Result<ArrayViewD<'_, T>, Error> {
        T::unwrap(&self.buffer).map(|array| array.view()).ok_or_else(|| {
            let (own, asked) = (self.dtype(), T::DTYPE);
            Error::invalid(format!("the array holds {own}, not {asked}"))
        })
    }

    /// The typed array inside, for [`with_typed!`].
    pub(crate) fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The length of each axis, outermost first.
    pub fn shape(&self) -> &[usize] {
        with_typed!(&self.buffer, array => array.shape())
    }

    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        fn of<T: Element>(_: &ArcArray<T, IxDyn>) -> DType {
            T::DTYPE
        }
        with_typed!(&self.buffer, array => of(array))
    }

    /// The names of the axes.
    pub fn axes(&self) -> Axes {
        self.axes
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        with_typed!(&self.buffer, array => array.len())
    }

    /// Whether there are no elements, because an axis has length 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The size of the elements, in bytes.
    pub fn nbytes(&self) -> usize {
        self.len() * self.dtype().size()
    }

    /// The same numbers as `f32`: shares the buffer if they are `f32` already, else rounds to the nearest.
    #[must_use]
    pub fn to_f32(&self) -> Self {
        if self.dtype() == DType::F32 {
            return self.clone();
        }
        let array = with_typed!(&self.buffer, array => array.mapv(Element::to_f32));
        Self {
            buffer: Buffer::F32(array.into_shared()),
            axes: self.axes,
        }
    }

    /// Whether both share one buffer and show the same part of it.
    pub fn shares_with(&self, other: &Self) -> bool {
        fn place<T>(array: &ArcArray<T, IxDyn>) -> (*const u8, &[isize]) {
            (array.as_ptr().cast(), array.strides())
        }
        let own = with_typed!(&self.buffer, array => place(array));
        let others = with_typed!(&other.buffer, array => place(array));
        own == others && self.shape() == other.shape() && self.dtype() == other.dtype()
    }
}

impl fmt::Debug for Array {
    /// What it is, not what it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Array({} {} {:?})", self.axes, self.dtype(), self.shape())
    }
}

/// The number of elements in `shape`, if a buffer can have so many.
fn elements(shape: &[usize]) -> Result<usize, Error> {
    // ndarray counts in `isize` and ignores axes of length 0 while it does.
    let product = |lengths: &[usize]| {
        let mut lengths = lengths.iter();
        lengths.try_fold(1usize, |product, &length| product.checked_mul(length.max(1)))
    };
    match product(shape) {
        Some(count) if isize::try_from(count).is_ok() => Ok(shape.iter().product()),
        _ => Err(Error::invalid(format!(
            "shape {shape:?} has more elements than memory can hold"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn refusal<T>(result: Result<T, Error>) -> String {
        let error = result.err().expect("a refusal");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        error.report()
    }

    #[test]
    fn every_type_comes_back_as_itself() {
        fn check<T: Element + PartialEq + fmt::Debug>(values: [T; 2]) {
            let array = Array::from_vec("x", &[2], values.to_vec()).unwrap();
            assert_eq!(array.dtype(), T::DTYPE);
            assert_eq!(array.nbytes(), size_of_val(&values));
            assert_eq!(array.view::<T>().unwrap().to_slice(), Some(&values[..]));
            let numbers = array.to_f32();
            assert_eq!(numbers.dtype(), DType::F32);
            assert_eq!(numbers.view::<f32>().unwrap()[[1]], values[1].to_f32());
        }
        check([0u8, 255]);
        check([0u16, 65_535]);
        check([0u32, 1 << 31]);
        check([0u64, 1 << 63]);
        check([-1i8, -128]);
        check([-1i16, 300]);
        check([-1i32, 70_000]);
        check([-1i64, 1 << 40]);
        check([0.5f32, -2.0]);
        check([0.5f64, 1e300]);
        check([false, true]);
    }

    #[test]
    fn clones_and_conversions_to_the_own_type_share_the_buffer() {
        let array = Array::from_vec("yx", &[2, 2], vec![1.0f32; 4]).unwrap();
        assert!(array.shares_with(&array.clone()));
        assert!(array.shares_with(&array.to_f32()));
        assert!(!array.shares_with(&Array::from_vec("yx", &[2, 2], vec![1.0f32; 4]).unwrap()));
    }

    #[test]
    fn refusals_name_both_sides() {
        assert_eq!(
            refusal(Array::from_vec("yx", &[2, 3], vec![0u8; 5])),
            "shape [2, 3] has 6 elements, the data 5"
        );
        assert_eq!(
            refusal(Array::from_vec("zyx", &[2, 3], vec![0u8; 6])),
            "axes \"zyx\" name 3 axes, the shape [2, 3] has 2"
        );
        assert_eq!(
            refusal(Array::from_vec("yy", &[2, 3], vec![0u8; 6])),
            "axes \"yy\": 'y' occurs twice"
        );
        let array = Array::from_vec("x", &[1], vec![0u8]).unwrap();
        assert_eq!(refusal(array.view::<f32>()), "the array holds u8, not f32");
    }

    #[test]
    fn a_shape_that_overflows_is_refused() {
        for shape in [[usize::MAX, 2, 1], [1 << 40, 1 << 40, 0], [1 << 62, 2, 1]] {
            let report = refusal(Array::from_vec("zyx", &shape, Vec::<u8>::new()));
            assert_eq!(
                report,
                format!("shape {shape:?} has more elements than memory can hold")
            );
        }
    }
}
impl PartialEq for Array {
    fn eq(&self, other: &Self) -> bool {
        self.dtype() == other.dtype()
            && self.axes() == other.axes()
            && self.shape() == other.shape()
            && match self.dtype() {
                DType::U8 => self.view::<u8>().unwrap() == other.view::<u8>().unwrap(),
                DType::F32 => self.view::<f32>().unwrap() == other.view::<f32>().unwrap(),
                _ => false,
            }
    }
}
impl Array {
    pub fn slice(&self, roi: &crate::roi::Roi) -> Result<Self, Error> {
        macro_rules! go {
            ($t:ty) => {{
                let v = self.view::<$t>()?;
                let v = v.slice_each_axis(|a| {
                    (roi.start()[a.axis.index()] as isize..roi.stop()[a.axis.index()] as isize).into()
                });
                Self::from_ndarray(self.axes(), v.to_owned())
            }};
        }
        if !crate::roi::Roi::full(crate::roi::Shape::new(self.shape())?).contains(roi) {
            return Err(Error::invalid(format!("{roi} reaches out")));
        }
        match self.dtype() {
            DType::U8 => go!(u8),
            DType::F32 => go!(f32),
            _ => Err(Error::invalid("x")),
        }
    }
    pub fn assign_region(&mut self, roi: &crate::roi::Roi, p: &Array) -> Result<(), Error> {
        macro_rules! go {
            ($t:ty) => {{
                let mut v = self.view::<$t>()?.to_owned();
                v.slice_each_axis_mut(|a| {
                    (roi.start()[a.axis.index()] as isize..roi.stop()[a.axis.index()] as isize).into()
                })
                .assign(&p.view::<$t>()?);
                *self = Self::from_ndarray(self.axes(), v)?;
                Ok(())
            }};
        }
        match self.dtype() {
            DType::U8 => go!(u8),
            DType::F32 => go!(f32),
            _ => Err(Error::invalid("x")),
        }
    }
}
