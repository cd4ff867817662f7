//! The function of a [`Pointwise`](crate::operators::Pointwise).

use std::fmt;

use crate::array::{Array, DType, Element};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::SlotType;
use crate::kernels;
use crate::sync::Arc;

/// A function of an element, as a value: what the slot `function` of a [`Pointwise`](crate::operators::Pointwise) carries.
/// The same is only the function itself, and clones of it.
///
/// # Examples
///
/// ```
/// use headwater::DType;
/// use headwater::operators::ElementFn;
///
/// let root = ElementFn::new(|value: u16| f32::from(value).sqrt()).monotone();
/// assert_eq!((root.takes(), root.gives()), (DType::U16, DType::F32));
/// ```
#[derive(Clone)]
pub struct ElementFn {
    takes: DType,
    gives: DType,
    is_monotone: bool,
    f: Arc<dyn Body>,
}

impl ElementFn {
    /// `f` of each element.
    pub fn new<T: Element, U: Element>(f: impl Fn(T) -> U + Send + Sync + 'static) -> Self {
        Self {
            takes: T::DTYPE,
            gives: U::DTYPE,
            is_monotone: false,
            f: Arc::new(Typed(f, std::marker::PhantomData)),
        }
    }

    /// Promises that the function never falls, or never rises: then the range of its results is known where that of its
    /// arguments is.
    #[must_use]
    pub fn monotone(self) -> Self {
        let is_monotone = true;
        Self { is_monotone, ..self }
    }

    /// The type of its argument.
    pub fn takes(&self) -> DType {
        self.takes
    }

    /// The type of its result.
    pub fn gives(&self) -> DType {
        self.gives
    }

    /// Between which values its results are for arguments between these, if that is known.
    pub(crate) fn range(&self, arguments: (f64, f64)) -> Option<(f64, f64)> {
        if !self.is_monotone {
            return None;
        }
        let ends = Array::from_vec("x", &[2], vec![arguments.0, arguments.1]).ok()?;
        let ends = self.f.map(&ends.cast(self.takes).ok()?).ok()?.cast(DType::F64).ok()?;
        let ends = ends.view::<f64>().ok()?;
        let (least, greatest) = (ends[[0]].min(ends[[1]]), ends[[0]].max(ends[[1]]));
        (!ends[[0]].is_nan() && !ends[[1]].is_nan()).then_some((least, greatest))
    }

    /// Of each element, here and now.
    pub(crate) fn map(&self, input: &Array) -> Result<Array, Error> {
        self.f.map(input)
    }

    /// Of each element, written to `out`.
    pub(crate) fn write(&self, input: &Array, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.f.write(input, out, checkpoint)
    }
}

impl SlotType for ElementFn {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.f, &other.f) && self.is_monotone == other.is_monotone
    }
}

impl fmt::Debug for ElementFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ElementFn({} to {})", self.takes, self.gives)
    }
}

/// The function with its types erased; each loop over elements is compiled with the function in it.
trait Body: Send + Sync {
    fn map(&self, input: &Array) -> Result<Array, Error>;
    fn write(&self, input: &Array, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error>;
}

struct Typed<F, T, U>(F, std::marker::PhantomData<fn(T) -> U>);

impl<T: Element, U: Element, F: Fn(T) -> U + Send + Sync> Body for Typed<F, T, U> {
    fn map(&self, input: &Array) -> Result<Array, Error> {
        input.map(&self.0)
    }

    fn write(&self, input: &Array, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        kernels::map_elements(input, out, &self.0, checkpoint)
    }
}
