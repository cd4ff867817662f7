//! What goes through slots: arrays by region, values and opaque objects whole.

use std::any::{Any, TypeId};
use std::fmt;

use crate::array::Array;
use crate::sync::Arc;

/// What one slot holds or one execution returned, with its type erased.
///
/// An operator makes one from its result: `Ok(array.into())` of an array, `Ok(Data::of(value))` of anything else.
#[derive(Clone)]
pub struct Data(pub(crate) Inner);

#[derive(Clone)]
pub(crate) enum Inner {
    Array(Array),
    Value(Arc<dyn AnyValue>),
}

impl Data {
    /// Any value of a slot's type.
    pub fn of<T: SlotType>(value: T) -> Self {
        value.into_data()
    }

    /// The value, if it is a `T`.
    pub fn get<T: SlotType>(&self) -> Option<T> {
        T::from_data(self)
    }

    /// Whether a reader could tell one from the other; if not, putting one in the place of the other changes nothing.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Inner::Array(a), Inner::Array(b)) => a.same_bits(b),
            (Inner::Value(a), Inner::Value(b)) => a.same(&**b),
            _ => false,
        }
    }

    /// Which type it is of.
    pub(crate) fn type_id(&self) -> TypeId {
        match &self.0 {
            Inner::Array(_) => TypeId::of::<Array>(),
            Inner::Value(value) => value.id(),
        }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match &self.0 {
            Inner::Array(_) => "Array",
            Inner::Value(value) => value.name(),
        }
    }
}

impl From<Array> for Data {
    fn from(array: Array) -> Self {
        Self(Inner::Array(array))
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Array(array) => fmt::Debug::fmt(array, f),
            Inner::Value(value) => write!(f, "a value of type {}", value.name()),
        }
    }
}

/// A value behind a type-erased slot.
pub(crate) trait AnyValue: Any + Send + Sync {
    fn same(&self, other: &dyn AnyValue) -> bool;
    fn name(&self) -> &'static str;
    fn id(&self) -> TypeId;
}

struct Holder<T>(T);

impl<T: SlotType> AnyValue for Holder<T> {
    fn same(&self, other: &dyn AnyValue) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<Self>().is_some_and(|other| self.0.same(&other.0))
    }

    fn name(&self) -> &'static str {
        std::any::type_name::<T>()
    }

    fn id(&self) -> TypeId {
        TypeId::of::<T>()
    }
}

/// A type that slots may carry: [`Array`], numbers, text, [`Opaque`] objects, and yours.
///
/// # Examples
///
/// A type of your own with equality is a value:
///
/// ```
/// use headwater::graph::SlotType;
///
/// #[derive(Clone, PartialEq)]
/// struct Threshold { low: f32, high: f32 }
///
/// impl SlotType for Threshold {
///     fn same(&self, other: &Self) -> bool {
///         self == other
///     }
/// }
/// ```
pub trait SlotType: Clone + Send + Sync + 'static {
    /// Whether setting `other` in the place of this would change nothing for anybody; the edit then stops here (D11).
    fn same(&self, other: &Self) -> bool;

    /// The value with its type erased.
    #[doc(hidden)]
    fn into_data(self) -> Data {
        Data(Inner::Value(Arc::new(Holder(self))))
    }

    /// The same, if nothing else needs the data.
    #[doc(hidden)]
    fn take(data: Data) -> Option<Self> {
        Self::from_data(&data)
    }

    /// The value, if that is its type.
    #[doc(hidden)]
    fn from_data(data: &Data) -> Option<Self> {
        let Inner::Value(value) = &data.0 else { return None };
        let value: &dyn Any = &**value;
        value.downcast_ref::<Holder<Self>>().map(|holder| holder.0.clone())
    }

    /// Whether it is read by region.
    #[doc(hidden)]
    const BY_REGION: bool = false;
}

/// The same are arrays from which the same is computed: all bits count, so the two zeros are told apart.
impl SlotType for Array {
    fn same(&self, other: &Self) -> bool {
        self.same_bits(other)
    }

    fn into_data(self) -> Data {
        self.into()
    }

    fn from_data(data: &Data) -> Option<Self> {
        match &data.0 {
            Inner::Array(array) => Some(array.clone()),
            Inner::Value(_) => None,
        }
    }

    fn take(data: Data) -> Option<Self> {
        match data.0 {
            Inner::Array(array) => Some(array),
            Inner::Value(_) => None,
        }
    }

    const BY_REGION: bool = true;
}

macro_rules! values {
    ($($type:ty),*) => { $(
        impl SlotType for $type {
            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )* };
}
values!(
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    bool,
    char,
    String,
    &'static str,
    ()
);
values!(
    crate::roi::Roi,
    crate::roi::Shape,
    crate::array::DType,
    crate::array::Axes,
    crate::graph::id::Revision,
    std::path::PathBuf,
    std::time::Duration
);

macro_rules! floats {
    ($($type:ty),*) => { $(
        /// NaN is the same as NaN: setting it twice changes nothing the second time (D11). The two zeros are not the same.
        impl SlotType for $type {
            fn same(&self, other: &Self) -> bool {
                self.to_bits() == other.to_bits() || (self.is_nan() && other.is_nan())
            }
        }
    )* };
}
floats!(f32, f64);

impl<T: SlotType> SlotType for Option<T> {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(a), Some(b)) => a.same(b),
            (None, None) => true,
            _ => false,
        }
    }
}

impl<T: SlotType> SlotType for Vec<T> {
    fn same(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a.same(b))
    }
}

impl<T: SlotType, const N: usize> SlotType for [T; N] {
    fn same(&self, other: &Self) -> bool {
        self.iter().zip(other).all(|(a, b)| a.same(b))
    }
}

impl<A: SlotType, B: SlotType> SlotType for (A, B) {
    fn same(&self, other: &Self) -> bool {
        self.0.same(&other.0) && self.1.same(&other.1)
    }
}

impl SlotType for Arc<str> {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// An object without equality, shared by reference: a trained model, a file, a connection. Only itself is the same.
pub struct Opaque<T: ?Sized>(Arc<T>);

impl<T> Opaque<T> {
    /// Shares `object`.
    pub fn new(object: T) -> Self {
        Self(Arc::new(object))
    }
}

impl<T: ?Sized> From<Arc<T>> for Opaque<T> {
    fn from(object: Arc<T>) -> Self {
        Self(object)
    }
}

impl<T: ?Sized> Clone for Opaque<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> std::ops::Deref for Opaque<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> fmt::Debug for Opaque<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opaque<{}>", std::any::type_name::<T>())
    }
}

impl<T: ?Sized + Send + Sync + 'static> SlotType for Opaque<T> {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
