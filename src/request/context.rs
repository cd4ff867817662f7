//! What a request takes along from where it was made: user values and a deadline.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::fmt;
use std::time::Instant;

use crate::request::current;
use crate::sync::Arc;

/// Values and a deadline that hold in a request's polls, its kernel and its callbacks, and in everything that it makes.
///
/// The context of a new request is the one of the request that makes it; outside of requests it is the one of the
/// enclosing [`scope`](Self::scope). The current `tracing` span is taken along in the same way.
///
/// # Examples
///
/// A value set outside reaches a grandchild:
///
/// ```
/// use headwater::{Request, RequestContext};
///
/// #[derive(Debug, PartialEq)]
/// struct User(&'static str);
///
/// let request = RequestContext::current().with(User("ada")).scope(|| {
///     Request::new(async {
///         Request::new(async { Ok(RequestContext::current().get::<User>().map(|user| user.0)) }).await
///     })
/// });
/// assert_eq!(request.wait()?, Some("ada"));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct RequestContext {
    values: Values,
}

/// `None` for the empty context, which nearly all requests have.
pub(crate) type Values = Option<Arc<Entries>>;

#[derive(Clone, Default)]
pub(crate) struct Entries {
    values: Vec<(TypeId, Arc<dyn Any + Send + Sync>)>,
    pub(crate) deadline: Option<Instant>,
}

crate::sync::local! {
    static SCOPE: RefCell<Values> = RefCell::new(None);
}

pub(crate) fn current_values() -> Values {
    current::with(|node| node.map(|node| node.head().values.clone()))
        .unwrap_or_else(|| SCOPE.with(|scope| scope.borrow().clone()))
}

/// The same for what outlives whoever makes it: a deadline is that one's alone.
pub(crate) fn lasting_values() -> Values {
    let mut values = current_values();
    if let Some(entries) = values.as_mut().filter(|entries| entries.deadline.is_some()) {
        Arc::make_mut(entries).deadline = None;
    }
    values
}

impl RequestContext {
    /// The context that a request made here would get.
    pub fn current() -> Self {
        Self {
            values: current_values(),
        }
    }

    /// The same without a deadline, which is that of whoever makes it alone.
    #[cfg_attr(loom, expect(dead_code, reason = "the layer that uses it has no models"))]
    pub(crate) fn lasting() -> Self {
        Self {
            values: lasting_values(),
        }
    }

    /// The same with `value`; an earlier value of the same type is hidden.
    #[must_use]
    pub fn with<V: Any + Send + Sync>(mut self, value: V) -> Self {
        let entries = Arc::make_mut(self.values.get_or_insert_default());
        entries.values.retain(|(id, _)| *id != TypeId::of::<V>());
        entries.values.push((TypeId::of::<V>(), Arc::new(value)));
        self
    }

    /// The same with a deadline; an earlier one stays as it is. Waits and checkpoints of ours return a time-out error
    /// once it has passed.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Instant) -> Self {
        let entries = Arc::make_mut(self.values.get_or_insert_default());
        entries.deadline = Some(entries.deadline.map_or(deadline, |earlier| earlier.min(deadline)));
        self
    }

    /// The value of type `V`.
    pub fn get<V: Any + Send + Sync>(&self) -> Option<Arc<V>> {
        let entries = self.values.as_ref()?;
        let (_, value) = entries.values.iter().find(|(id, _)| *id == TypeId::of::<V>())?;
        Arc::clone(value).downcast().ok()
    }

    /// The deadline, if there is one.
    pub fn deadline(&self) -> Option<Instant> {
        self.values.as_ref().and_then(|entries| entries.deadline)
    }

    /// Calls `f`; requests that it makes outside of any request get this context.
    pub fn scope<R>(&self, f: impl FnOnce() -> R) -> R {
        struct Reset(Values);
        impl Drop for Reset {
            fn drop(&mut self) {
                let left = SCOPE.with(|scope| scope.replace(self.0.take()));
                drop(left);
            }
        }
        let _reset = Reset(SCOPE.with(|scope| scope.replace(self.values.clone())));
        f()
    }

    pub(crate) fn into_values(self) -> Values {
        self.values
    }
}

impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestContext")
            .field(
                "values",
                &self.values.as_ref().map_or(0, |entries| entries.values.len()),
            )
            .field("deadline", &self.deadline())
            .finish()
    }
}
