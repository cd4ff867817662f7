//! The function of a [`Merge`](crate::operators::Merge).

use std::fmt;

use crate::array::{Array, BufferPool, DType, Element};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::SlotType;
use crate::kernels;
use crate::sync::Arc;

/// Makes one array of several, as a value: what the slot `function` of a [`Merge`](crate::operators::Merge) carries. The
/// same is only the function itself, and clones of it.
///
/// # Examples
///
/// ```
/// use headwater::operators::MergeFn;
///
/// let median = MergeFn::per_element(|values: &[u8]| {
///     let mut values = values.to_vec();
///     values.sort_unstable();
///     values[values.len() / 2]
/// });
/// # drop(median);
/// ```
#[derive(Clone)]
pub struct MergeFn {
    dtype: DType,
    range: Option<(f64, f64)>,
    f: Arc<Body>,
}

type Body = dyn Fn(&[Array], &Arc<BufferPool>, &Checkpoint) -> Result<Array, Error> + Send + Sync;

impl MergeFn {
    /// `f` of the arrays, in the order of their list; they have the same axes and shape, and so has what it returns, which
    /// is of `dtype`. It runs in the compute pool and looks at its checkpoint.
    ///
    /// `f` is called region by region: what it makes of an element must depend on that element of the arrays alone.
    pub fn new(
        dtype: DType,
        f: impl Fn(&[Array], &Checkpoint) -> Result<Array, Error> + Send + Sync + 'static,
    ) -> Self {
        Self::of_body(dtype, move |arrays, _, checkpoint| f(arrays, checkpoint))
    }

    fn of_body(
        dtype: DType,
        f: impl Fn(&[Array], &Arc<BufferPool>, &Checkpoint) -> Result<Array, Error> + Send + Sync + 'static,
    ) -> Self {
        let (range, f) = (None, Arc::new(f));
        Self { dtype, range, f }
    }

    /// `f` of the elements of arrays of type `T`.
    pub fn per_element<T: Element, U: Element>(f: impl Fn(&[T]) -> U + Send + Sync + 'static) -> Self {
        Self::of_body(U::DTYPE, move |arrays, buffers, checkpoint| {
            let first = arrays.first().ok_or_else(|| Error::invalid("nothing to merge"))?;
            let mut out = kernels::pooled(buffers, first.axes(), first.shape(), U::DTYPE, checkpoint)?;
            kernels::merge_elements_into(arrays, &mut out, &f, checkpoint)?;
            Ok(out)
        })
    }

    /// With results between `least` and `greatest`.
    #[must_use]
    pub fn with_range(self, least: f64, greatest: f64) -> Self {
        let range = Some((least, greatest));
        Self { range, ..self }
    }

    /// The type of the result.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Between which values the result is, if that was said.
    pub fn range(&self) -> Option<(f64, f64)> {
        self.range
    }

    /// The result for `arrays`, in one of `buffers` where the function leaves us the choice.
    pub(crate) fn call(
        &self,
        arrays: &[Array],
        buffers: &Arc<BufferPool>,
        checkpoint: &Checkpoint,
    ) -> Result<Array, Error> {
        (self.f)(arrays, buffers, checkpoint)
    }
}

impl SlotType for MergeFn {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.f, &other.f) && self.dtype == other.dtype && self.range.same(&other.range)
    }
}

impl fmt::Debug for MergeFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MergeFn(to {})", self.dtype)
    }
}
