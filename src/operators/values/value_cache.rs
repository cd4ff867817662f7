//! A value that is computed once.

use std::fmt;

use crate::error::Error;
use crate::graph::{Data, Declare, Execute, Input, Kept, Operator, Output, Revision, Setup, SlotType};
use crate::roi::Roi;
use crate::sync::{Arc, Mutex};

/// Keeps a value that an operator computes, such as a trained classifier, until what it depends on changes.
///
/// lazyflow: `OpValueCache`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | `T` | what to keep |
/// | `forced` | `Option<T>` | a value from elsewhere, such as a file; `None` is the default |
/// | `output` | `T` | the same |
///
/// Much of the original is the graph's own here. That callers at the same time share one computation, and that one who leaves
/// does not take it from the others, is true of every slot. To hold the value fast while the input changes,
/// [freeze](crate::graph::Edit::freeze) `output`: it gives the value of that moment, which is computed if it was not yet.
/// [`Graph::why`](crate::graph::Graph::why) tells whether the value is kept, and up to date.
///
/// What is forced is the output from the edit on in which it is set, whatever else that edit does, and is known without
/// computing; the first change of the input after it makes it void. Setting `None` takes it back. While the input is not ready nothing is
/// remembered: when it is again, what is forced counts as just set.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::ValueCache;
///
/// let graph = Graph::new();
/// let cache = graph.add(ValueCache::<u32>::new());
/// graph.edit(|e| e.set(&cache.input, 1_u32))?;
/// assert_eq!(cache.output.get().wait()?, 1);
/// graph.edit(|e| e.set(&cache.forced, Some(7_u32)))?;
/// assert_eq!(cache.output.get().wait()?, 7);
/// graph.edit(|e| e.set(&cache.input, 2_u32))?;
/// assert_eq!(cache.output.get().wait()?, 2);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct ValueCache<T> {
    /// With the stamp that it was computed for.
    kept: Mutex<Option<Arc<(Revision, T)>>>,
}

/// The slots of a [`ValueCache`].
#[derive(Debug)]
pub struct ValueCacheSlots<T: SlotType> {
    /// What to keep.
    pub input: Input<T>,
    /// A value from elsewhere.
    pub forced: Input<Option<T>>,
    /// One of the two.
    pub output: Output<T>,
    memory: Output<Memory<T>>,
}

/// What is remembered from edit to edit.
#[derive(Clone)]
struct Memory<T> {
    forced: Option<T>,
    /// Of the input, when that was set.
    stamp: Revision,
}

impl<T: SlotType> SlotType for Memory<T> {
    fn same(&self, other: &Self) -> bool {
        self.stamp == other.stamp && self.forced.same(&other.forced)
    }
}

impl<T: SlotType> ValueCache<T> {
    /// A cache that keeps nothing yet.
    pub fn new() -> Self {
        let kept = Mutex::new(None);
        Self { kept }
    }

    /// The value that was computed last, up to date or not.
    pub fn last(&self) -> Option<T> {
        // What is the user's code, such as a clone, runs without the lock.
        let kept = self.kept.lock().clone();
        kept.map(|kept| kept.1.clone())
    }

    /// Forgets the value; whoever asks next has it computed.
    pub fn clear(&self) {
        let old = self.kept.lock().take();
        drop(old);
    }

    fn find(&self, stamp: Revision) -> Option<T> {
        let kept = self.kept.lock().clone();
        kept.filter(|kept| kept.0 == stamp).map(|kept| kept.1.clone())
    }

    /// Keeps a value, unless a later one is kept already.
    fn put(&self, stamp: Revision, value: T) {
        let new = Arc::new((stamp, value));
        let mut kept = self.kept.lock();
        let is_later = kept.as_ref().is_none_or(|own| own.0 <= stamp);
        let old = match is_later {
            true => kept.replace(new),
            false => Some(new),
        };
        drop(kept);
        drop(old);
    }
}

impl<T: SlotType> Default for ValueCache<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: SlotType> Operator for ValueCache<T> {
    type Slots = ValueCacheSlots<T>;

    fn slots(&self, declare: &mut Declare<'_>) -> ValueCacheSlots<T> {
        ValueCacheSlots {
            input: declare.input("input"),
            forced: declare.default("forced", None),
            output: declare.output("output"),
            memory: declare.output("memory"),
        }
    }

    /// Called when the input changes, which it looks at.
    fn setup(&self, slots: &ValueCacheSlots<T>, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (forced, now) = (cx.value(&slots.forced)?, cx.stamp(&slots.input));
        let stamp = match cx.last(&slots.memory) {
            Some(last) if last.forced.same(&forced) => last.stamp,
            _ => now,
        };
        let memory = Memory {
            forced: forced.clone(),
            stamp,
        };
        cx.provide(&slots.memory, memory)?;
        match forced.filter(|_| stamp == now) {
            Some(value) => cx.provide(&slots.output, value),
            None => match cx.value(&slots.input) {
                Ok(value) => cx.provide(&slots.output, value),
                // It is ready, so it is known to its operator alone.
                Err(_) => cx.computed(&slots.output),
            },
        }
    }

    async fn execute(&self, slots: &ValueCacheSlots<T>, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let stamp = cx.stamp(&roi);
        if let Some(value) = self.find(stamp) {
            return Ok(Data::of(value));
        }
        let value = cx.get(&slots.input).await?;
        self.put(stamp, value.clone());
        Ok(Data::of(value))
    }

    fn kept(&self, _: &ValueCacheSlots<T>, cx: &Execute, roi: Roi) -> Option<Kept> {
        let mut kept = Kept::default();
        match self.kept.lock().as_ref().map(|own| own.0 == cx.stamp(&roi)) {
            Some(true) => kept.fresh = 1,
            Some(false) => kept.outdated = 1,
            None => kept.missing = 1,
        }
        Some(kept)
    }
}

impl<T> fmt::Debug for ValueCache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_value = self.kept.lock().is_some();
        f.debug_struct("ValueCache").field("has_value", &has_value).finish()
    }
}
