//! Where arrays come from.

use ndarray::{ArcArray, ArrayBase, DataOwned, Dimension, IxDyn};

use crate::array::data::{Buffer, Charge};
use crate::array::pool::BufferPool;
use crate::array::window::Window;
use crate::array::{Array, Axes, DType, Element, allocate, match_dtype};
use crate::error::Error;
use crate::sync::Arc;

impl Array {
    /// An array of `shape` over the elements in `data`, the last axis running fastest. Nothing is copied.
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
        let axes = fitting(axes, shape)?;
        let wanted = allocate::elements(shape)?;
        if wanted != data.len() {
            return Err(Error::invalid(format!(
                "shape {shape:?} has {wanted} elements, the data {}",
                data.len()
            )));
        }
        Ok(Self::over(axes, allocate::shaped(shape, data), None))
    }

    /// An array that takes over `array`; nothing is copied if it owns or shares its elements, whatever its strides.
    ///
    /// # Errors
    ///
    /// `Invalid` if `axes` cannot be parsed or names another number of axes than `array` has.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    /// use ndarray::Array2;
    ///
    /// let ones = Array2::<f32>::ones((480, 640));
    /// let address = ones.as_ptr();
    /// let array = Array::from_ndarray("yx", ones)?;
    /// assert_eq!(array.view::<f32>()?.as_ptr(), address);
    /// assert_eq!(array.into_ndarray::<f32>()?.into_owned().as_ptr(), address);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn from_ndarray<T: Element, A, S, D>(axes: A, array: ArrayBase<S, D>) -> Result<Self, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
        S: DataOwned<Elem = T>,
        D: Dimension,
    {
        let axes = fitting(axes, array.shape())?;
        Ok(Self::over(axes, array.into_dyn().into_shared(), None))
    }

    /// Zeros (`false` for `bool`).
    ///
    /// The memory comes from the system untouched: each page is taken when somebody first writes to it.
    ///
    /// # Errors
    ///
    /// `Invalid` if `axes` cannot be parsed or names another number of axes than `shape` has, or if the size overflows; an
    /// error too, not an abort, if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Array, DType};
    ///
    /// let canvas = Array::zeros("yx", &[480, 640], DType::U16)?;
    /// assert_eq!((canvas.len(), canvas.nbytes()), (307_200, 614_400));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn zeros<A>(axes: A, shape: &[usize], dtype: DType) -> Result<Self, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
    {
        Self::zeros_in(axes, shape, dtype, |_| Ok(()))
    }

    /// [`zeros`](Self::zeros) in a buffer that somebody keeps account of.
    ///
    /// `charge` is called with the size of the buffer in bytes before the memory is taken; its error is the result. What it
    /// returns is kept with the buffer and dropped right after it, with the last clone or slice.
    ///
    /// # Errors
    ///
    /// As [`zeros`](Self::zeros), and those of `charge`.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Array, DType, Runtime};
    ///
    /// let runtime = Runtime::builder().slots(1).build()?;
    /// let tile = Array::zeros_in("yx", &[256, 256], DType::F32, |bytes| Ok(runtime.charge(bytes)))?;
    /// let copy = tile.clone();
    /// drop(tile);
    /// assert_eq!(runtime.memory().used, 4 * 256 * 256);
    /// drop(copy);
    /// assert_eq!(runtime.memory().used, 0);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn zeros_in<A, G>(
        axes: A,
        shape: &[usize],
        dtype: DType,
        charge: impl FnOnce(usize) -> Result<G, Error>,
    ) -> Result<Self, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
        G: Send + Sync + 'static,
    {
        let axes = fitting(axes, shape)?;
        let charge = Box::new(charge(allocate::bytes(shape, dtype)?)?);
        match_dtype!(dtype, T => {
            let zeros = allocate::zeroed::<T>(shape)?;
            Ok(Self::over(axes, allocate::shaped(shape, zeros), Some(charge)))
        })
    }

    /// `value` everywhere, in a buffer of one element: the memory does not depend on `shape`.
    ///
    /// Slices, other orders of axes and conversions of a constant stay constants; the first write gives it a place for each
    /// element, and so do [`to_contiguous`](Self::to_contiguous) and [`into_ndarray`](Self::into_ndarray).
    ///
    /// # Errors
    ///
    /// `Invalid` if `axes` cannot be parsed or names another number of axes than `shape` has, or if the number of elements
    /// overflows.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let white = Array::full("tzyx", &[1000, 1000, 1000, 1000], 255u8)?;
    /// assert_eq!(white.view::<u8>()?[[999, 0, 0, 1]], 255);
    /// assert_eq!(white.buffer_nbytes(), 1);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn full<T: Element, A>(axes: A, shape: &[usize], value: T) -> Result<Self, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
    {
        let axes = fitting(axes, shape)?;
        allocate::elements(shape)?;
        let array = Self::over(axes, ArcArray::from_elem(IxDyn(&[]), value), None);
        Ok(Self {
            window: Window::repeated(shape),
            ..array
        })
    }

    /// The same array with a charge for it: `charge` is dropped when the last clone or slice of the array that is returned is
    /// dropped. Clones made before do not keep it; a charge that is there already stays.
    ///
    /// For buffers that others made, such as a kernel's result; [`zeros_in`](Self::zeros_in) charges before the memory is
    /// taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Array, Runtime};
    ///
    /// let runtime = Runtime::builder().slots(1).build()?;
    /// let result = Array::from_vec("x", &[3], vec![1u8, 2, 3])?;
    /// let charge = runtime.charge(result.nbytes());
    /// let result = result.with_charge(charge);
    /// assert_eq!(runtime.memory().used, 3);
    /// drop(result);
    /// assert_eq!(runtime.memory().used, 0);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    #[must_use]
    pub fn with_charge(self, charge: impl Send + Sync + 'static) -> Self {
        let (typed, charge): (_, Charge) = match Arc::try_unwrap(self.buffer) {
            Ok(buffer) if buffer.home.is_none() => {
                let (typed, earlier) = buffer.release();
                (typed, Box::new((earlier, charge)))
            }
            // The buffer goes home when nobody uses its elements any more.
            Ok(pooled) => (pooled.typed.clone(), Box::new((pooled, charge))),
            Err(shared) => (shared.typed.clone(), Box::new((shared, charge))),
        };
        let buffer = Buffer {
            typed,
            charge: Some(charge),
            home: None,
        };
        let buffer = Arc::new(buffer);
        Self { buffer, ..self }
    }

    /// All of `base`, whose number of axes was checked.
    pub(super) fn over<T: Element>(axes: Axes, base: ArcArray<T, IxDyn>, charge: Option<Charge>) -> Self {
        let window = Window::whole(base.shape());
        let buffer = Arc::new(Buffer {
            typed: T::wrap(base),
            charge,
            home: None,
        });
        Self { buffer, window, axes }
    }

    /// Over a buffer that goes back to `home`.
    pub(super) fn pooled<T: Element>(
        axes: Axes,
        shape: &[usize],
        data: Vec<T>,
        home: Arc<BufferPool>,
    ) -> Result<Self, Error> {
        let axes = fitting(axes, shape)?;
        let base = allocate::shaped(shape, data);
        let buffer = Arc::new(Buffer {
            typed: T::wrap(base),
            charge: None,
            home: Some(home),
        });
        let window = Window::whole(shape);
        Ok(Self { buffer, window, axes })
    }
}

/// `axes`, if there is one for each length in `shape`.
fn fitting<A>(axes: A, shape: &[usize]) -> Result<Axes, Error>
where
    A: TryInto<Axes>,
    Error: From<A::Error>,
{
    let axes = axes.try_into()?;
    if axes.len() != shape.len() {
        return Err(Error::invalid(format!(
            "axes {:?} name {} axes, the shape {shape:?} has {}",
            axes.to_string(),
            axes.len(),
            shape.len()
        )));
    }
    Ok(axes)
}
