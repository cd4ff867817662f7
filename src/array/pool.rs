//! Buffers that are used again.

use std::collections::VecDeque;
use std::fmt;

use ndarray::{ArcArray, IxDyn};

use crate::array::store::{Typed, with_typed};
use crate::array::{Array, Axes, DType, Element, allocate, match_dtype};
use crate::error::Error;
use crate::sync::{Arc, Mutex};

/// How much more room than needed a buffer may have to be used again, as a fraction. Whoever counts bytes sees what is shown,
/// not the room.
const SLACK: usize = 10;

/// The most buffers that nobody uses: small ones would be without number, and all are looked through.
const MOST: usize = 256;

/// Memory of arrays that are gone, kept for arrays to come.
///
/// New memory costs as much as computing: the system zeroes its pages, one fault each. Work that goes block by block drops a
/// buffer for each that it takes; from a pool it gets that one back. A buffer returns by itself when the last clone and
/// slice of its array is dropped, on whichever thread, unless its elements were taken out
/// ([`into_ndarray`](Array::into_ndarray)).
///
/// # Examples
///
/// ```
/// use headwater::DType;
/// use headwater::array::BufferPool;
///
/// let pool = BufferPool::new(1 << 20);
/// let first = pool.array("yx", &[64, 64], DType::F32)?;
/// drop(first);
/// assert_eq!(pool.idle_nbytes(), 4 * 64 * 64);
/// let second = pool.array("zyx", &[1, 64, 64], DType::F32)?; // the same memory
/// assert_eq!((second.len(), pool.idle_nbytes()), (4096, 0));
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct BufferPool {
    limit: usize,
    idle: Mutex<Idle>,
}

/// The buffers that nobody uses, the one that came back last in front.
#[derive(Default)]
struct Idle {
    buffers: VecDeque<Typed>,
    nbytes: usize,
}

impl BufferPool {
    /// A pool that keeps at most `limit` bytes of buffers that nobody uses, and not more than some hundred of these.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            idle: Mutex::default(),
        })
    }

    /// An array whose elements are *whatever was in the buffer*: write all of them before you hand it on.
    ///
    /// # Errors
    ///
    /// As [`Array::zeros`].
    pub fn array<A>(self: &Arc<Self>, axes: A, shape: &[usize], dtype: DType) -> Result<Array, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
    {
        let axes = axes.try_into()?;
        match_dtype!(dtype, T => Array::pooled(axes, shape, self.take::<T>(shape)?, Arc::clone(self)))
    }

    /// The same with what `fresh` makes of that form, where no buffer fits.
    pub(crate) fn array_or(
        self: &Arc<Self>,
        axes: Axes,
        shape: &[usize],
        dtype: DType,
        fresh: impl FnOnce() -> Result<Array, Error>,
    ) -> Result<Array, Error> {
        match_dtype!(dtype, T => {
            let data = match self.idle::<T>(shape)? {
                Some(data) => data,
                None => fresh()?.into_ndarray::<T>()?.into_owned().into_raw_vec_and_offset().0,
            };
            Array::pooled(axes, shape, data, Arc::clone(self))
        })
    }

    /// How many bytes of buffers nobody uses, and the pool keeps.
    pub fn idle_nbytes(&self) -> usize {
        self.idle.lock().nbytes
    }

    fn take<T: Element>(&self, shape: &[usize]) -> Result<Vec<T>, Error> {
        self.idle(shape)?.map_or_else(|| allocate::zeroed(shape), Ok)
    }

    /// One that nobody uses, if it fits.
    fn idle<T: Element>(&self, shape: &[usize]) -> Result<Option<Vec<T>>, Error> {
        let wanted = allocate::elements(shape)?;
        let found = self.idle.lock().take(T::DTYPE, wanted);
        let Some(typed) = found else { return Ok(None) };
        let array = T::take(typed).expect("invariant: found by its type");
        let (mut data, _) = array.into_owned().into_raw_vec_and_offset();
        data.resize(wanted, T::default());
        if cfg!(debug_assertions) {
            // Who relies on zeros, or forgets an element, is to notice.
            data.fill(117_u8.cast());
        }
        Ok(Some(data))
    }

    /// Takes back what a buffer held, unless somebody else has it too.
    pub(super) fn give(&self, typed: Typed) {
        let Some((typed, nbytes)) = reclaimed(typed) else {
            return;
        };
        let mut gone = Vec::new();
        if nbytes > 0 && nbytes <= self.limit {
            let mut idle = self.idle.lock();
            idle.buffers.push_front(typed);
            idle.nbytes += nbytes;
            while idle.nbytes > self.limit || idle.buffers.len() > MOST {
                let oldest = idle.buffers.pop_back().expect("invariant: bytes are of buffers");
                idle.nbytes -= room(&oldest);
                gone.push(oldest);
            }
        }
    }
}

impl Idle {
    /// A buffer of that type with room for `wanted` elements, and not much more.
    fn take(&mut self, dtype: DType, wanted: usize) -> Option<Typed> {
        let fits = |typed: &Typed| {
            let room = room(typed) / dtype.size();
            typed.dtype() == dtype && room >= wanted && room <= wanted.saturating_add(wanted / SLACK)
        };
        let nth = self.buffers.iter().position(fits).filter(|_| wanted > 0)?;
        let typed = self.buffers.remove(nth)?;
        self.nbytes -= room(&typed);
        Some(typed)
    }
}

/// The buffer laid out flat with all of its capacity in use, and its size, if nobody else has it.
fn reclaimed(typed: Typed) -> Option<(Typed, usize)> {
    fn flat<T: Element>(array: ArcArray<T, IxDyn>) -> Option<(Typed, usize)> {
        let (mut data, _) = array.try_into_owned_nocopy().ok()?.into_raw_vec_and_offset();
        data.resize(data.capacity(), T::default());
        let nbytes = data.len() * size_of::<T>();
        let array = ArcArray::from_shape_vec(IxDyn(&[data.len()]), data).ok()?;
        Some((T::wrap(array), nbytes))
    }
    with_typed!(typed, array => flat(array))
}

/// How many bytes a buffer has.
fn room(typed: &Typed) -> usize {
    with_typed!(typed, array => array.len()) * typed.dtype().size()
}

impl fmt::Debug for BufferPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = self.idle.lock();
        write!(f, "{} idle buffers of {} bytes", idle.buffers.len(), idle.nbytes)
    }
}
