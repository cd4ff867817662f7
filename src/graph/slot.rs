//! Handles of slots: typed, cheap to clone, harmless when what they name is gone.

use std::fmt;
use std::marker::PhantomData;

use crate::error::Error;
use crate::graph::core::Core;
use crate::graph::data::SlotType;
use crate::graph::id::{LaneKey, SlotId};
use crate::graph::meta::Meta;
use crate::graph::node::{Direction, Source};
use crate::graph::state::Readiness;
use crate::sync::{Arc, Weak};

/// Which slot of which graph.
#[derive(Clone)]
pub struct RawSlot {
    pub(crate) id: SlotId,
    pub(crate) core: Weak<Core>,
}

impl RawSlot {
    pub(crate) fn core(&self) -> Result<Arc<Core>, Error> {
        self.core
            .upgrade()
            .ok_or_else(|| Error::invalid(format!("the graph of {} is gone", self.id)))
    }
}

impl PartialEq for RawSlot {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.core.ptr_eq(&other.core)
    }
}

impl fmt::Debug for RawSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.core.upgrade() {
            Some(core) => f.write_str(&core.visible().slot_name(self.id)),
            None => fmt::Display::fmt(&self.id, f),
        }
    }
}

/// What can be said of any slot, plain or list, input or output.
///
/// The answers are those of the latest revision or, on a thread that is in the middle of an edit, of what the edit has made
/// of it so far, with the readiness of before; [`Snapshot`](crate::graph::Snapshot) answers for its own.
pub trait Slot {
    /// Which slot of which graph.
    #[doc(hidden)]
    fn raw(&self) -> &RawSlot;

    /// The slot's name within its graph.
    fn id(&self) -> SlotId {
        self.raw().id
    }

    /// Where it is: `outer/inner.slot[2]`, with positions in lists.
    fn path(&self) -> String {
        format!("{:?}", self.raw())
    }

    /// Whether it can be asked, and if not, because of which slot.
    ///
    /// A list is ready when it has an element and all of them are. A slot that is gone has failed.
    fn readiness(&self) -> Readiness {
        let raw = self.raw();
        raw.core()
            .and_then(|core| core.visible().readiness(raw.id))
            .unwrap_or_else(Readiness::Failed)
    }

    /// Whether it can be asked.
    fn is_ready(&self) -> bool {
        self.readiness().is_ready()
    }

    /// Whether a connection or a value of its own, rather than a default, feeds it.
    fn is_connected(&self) -> bool {
        let raw = self.raw();
        raw.core().is_ok_and(|core| core.visible().is_connected(raw.id))
    }

    /// The slot that it is connected to, if it is.
    fn source(&self) -> Option<SlotId> {
        let raw = self.raw();
        let version = raw.core().ok()?.visible();
        match version.slot(raw.id)?.source {
            Source::Slot(id) => Some(id),
            _ => None,
        }
    }

    /// Whether it is in its graph: its operator or lane has not been removed, and the edit that made it succeeded.
    fn exists(&self) -> bool {
        let raw = self.raw();
        raw.core().is_ok_and(|core| core.visible().slot(raw.id).is_some())
    }
}

/// A kind of slot that an operator can declare.
///
/// Sealed: [`Input`], [`Output`], and [`List`]s of them.
pub trait Handle: Slot + Clone + Send + Sync + 'static + sealed::Sealed {
    /// What one leaf of it carries.
    type Type: SlotType;
    #[doc(hidden)]
    const LEVEL: u8;
    #[doc(hidden)]
    const DIRECTION: HandleDirection;
    #[doc(hidden)]
    fn from_raw(raw: RawSlot) -> Self;
}

/// The direction of a [`Handle`].
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleDirection {
    Input,
    Output,
}

impl From<HandleDirection> for Direction {
    fn from(direction: HandleDirection) -> Self {
        match direction {
            HandleDirection::Input => Self::Input,
            HandleDirection::Output => Self::Output,
        }
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals it")]
    pub trait Sealed {}
}

macro_rules! handle {
    ($(#[$meta:meta])* $name:ident<$T:ident: $bound:path>, $what:literal, $level:expr, $direction:expr, $type:ty) => {
        $(#[$meta])*
        pub struct $name<$T> {
            raw: RawSlot,
            carries: PhantomData<fn() -> $T>,
        }

        impl<$T> Clone for $name<$T> {
            fn clone(&self) -> Self {
                Self { raw: self.raw.clone(), carries: PhantomData }
            }
        }

        impl<$T> PartialEq for $name<$T> {
            fn eq(&self, other: &Self) -> bool {
                self.raw == other.raw
            }
        }

        impl<$T> fmt::Debug for $name<$T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($what, " `{:?}`"), self.raw)
            }
        }

        impl<$T: $bound> Slot for $name<$T> {
            fn raw(&self) -> &RawSlot {
                &self.raw
            }
        }

        impl<$T: $bound> sealed::Sealed for $name<$T> {}

        impl<$T: $bound> Handle for $name<$T> {
            type Type = $type;
            const LEVEL: u8 = $level;
            const DIRECTION: HandleDirection = $direction;

            fn from_raw(raw: RawSlot) -> Self {
                Self { raw, carries: PhantomData }
            }
        }
    };
}

handle! {
    /// A slot through which an operator receives data.
    Input<T: SlotType>, "input", 0, HandleDirection::Input, T
}
handle! {
    /// A slot through which an operator gives data.
    Output<T: SlotType>, "output", 0, HandleDirection::Output, T
}
handle! {
    /// A list of slots, or of lists. Its elements are *lanes*: each has a [`LaneKey`] that it keeps for life.
    List<S: Handle>, "list", S::LEVEL + 1, S::DIRECTION, S::Type
}

impl Input<crate::array::Array> {
    /// The description of the array that comes in.
    ///
    /// # Errors
    ///
    /// If the slot is not ready; the error names the slot that stands in the way.
    pub fn meta(&self) -> Result<Arc<Meta>, Error> {
        self.raw.core()?.current().meta(self.raw.id).cloned()
    }
}

impl Output<crate::array::Array> {
    /// The description of the array that the operator gives.
    ///
    /// # Errors
    ///
    /// If the slot is not ready; the error names the slot that stands in the way.
    pub fn meta(&self) -> Result<Arc<Meta>, Error> {
        self.raw.core()?.current().meta(self.raw.id).cloned()
    }
}

impl<S: Handle> List<S> {
    /// The keys of the elements, in order.
    pub fn keys(&self) -> Vec<LaneKey> {
        self.lanes(|(key, _)| *key)
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = S> {
        let elements = self.lanes(|(_, id)| *id).into_iter();
        elements.map(|id| {
            S::from_raw(RawSlot {
                id,
                core: Weak::clone(&self.raw.core),
            })
        })
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.keys().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at a position; it is another's after an element before it is inserted or removed.
    pub fn at(&self, position: usize) -> Option<S> {
        self.iter().nth(position)
    }

    /// The element of a key, wherever it is now.
    pub fn lane(&self, key: LaneKey) -> Option<S> {
        let (_, id) = self.lanes(|lane| *lane).into_iter().find(|(own, _)| *own == key)?;
        Some(S::from_raw(RawSlot {
            id,
            core: Weak::clone(&self.raw.core),
        }))
    }

    fn lanes<R>(&self, f: impl Fn(&(LaneKey, SlotId)) -> R) -> Vec<R> {
        let core = self.raw.core.upgrade();
        let version = core.map(|core| core.visible());
        let node = version.as_ref().and_then(|version| version.slot(self.raw.id));
        node.map_or(Vec::new(), |node| node.lanes.iter().map(f).collect())
    }
}
