//! Whether a slot can be asked, and what is known of its data: derived by every edit, never set (D9).

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::graph::data::Data;
use crate::graph::id::SlotId;
use crate::graph::meta::Meta;
use crate::sync::Arc;

/// What one version of the graph knows of a slot.
#[derive(Clone, Debug)]
pub(crate) enum State {
    Ready(Description),
    NotReady(Arc<NotReady>),
    /// The setup of an operator upstream failed.
    Failed(Error),
}

#[derive(Clone, Debug)]
pub(crate) enum Description {
    Array(Arc<Meta>),
    /// A value that is known without computing.
    Known(Data),
    /// A value that the operator computes when it is asked.
    Computed,
}

/// The first slot that stands in the way, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotReady {
    pub(crate) slot: SlotId,
    pub(crate) name: Arc<str>,
    pub(crate) why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It has neither a connection nor a value nor a default.
    Unset,
    /// A required list without lanes.
    Empty,
    /// The operator said so in its setup.
    Said(Arc<str>),
    /// No edit has been committed since it was made.
    New,
}

impl NotReady {
    /// The slot that has to change.
    pub fn slot(&self) -> SlotId {
        self.slot
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.why {
            Why::Unset => write!(f, "`{name}` has neither a connection nor a value"),
            Why::Empty => write!(f, "the list `{name}` is empty"),
            Why::Said(reason) => write!(f, "`{name}` is not ready: {reason}"),
            Why::New => write!(f, "`{name}` has just been made"),
        }
    }
}

/// Whether a slot can be asked for data.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Readiness {
    /// It can.
    Ready,
    /// It cannot, because of the slot that is named.
    NotReady(Arc<NotReady>),
    /// It cannot, because the setup of the operator that makes it, or of one further up, failed.
    Failed(Error),
}

impl Readiness {
    /// Whether it can be asked.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::NotReady(reason) => write!(f, "not ready: {reason}"),
            Self::Failed(error) => write!(f, "failed: {}", error.report()),
        }
    }
}

/// How one state differs from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    None,
    /// Another value of a value slot.
    Value,
    /// Another description of an array.
    Meta,
    /// Not ready before and after, for another reason.
    Reason,
    /// Ready or not.
    Readiness,
}

impl State {
    pub(crate) fn is_ready(&self) -> bool {
        matches!(self, Self::Ready(_))
    }

    pub(crate) fn readiness(&self) -> Readiness {
        match self {
            Self::Ready(_) => Readiness::Ready,
            Self::NotReady(reason) => Readiness::NotReady(Arc::clone(reason)),
            Self::Failed(error) => Readiness::Failed(error.clone()),
        }
    }

    pub(crate) fn of(data: &Data) -> Self {
        Self::Ready(match data.get::<crate::array::Array>() {
            Some(array) => Description::Array(Arc::new(Meta::of(&array))),
            None => Description::Known(data.clone()),
        })
    }

    pub(crate) fn difference(&self, other: &Self) -> Difference {
        use Description::{Array, Computed, Known};
        match (self, other) {
            (Self::Ready(Array(a)), Self::Ready(Array(b))) if Arc::ptr_eq(a, b) || a == b => Difference::None,
            (Self::Ready(Array(_)), Self::Ready(Array(_))) => Difference::Meta,
            (Self::Ready(Known(a)), Self::Ready(Known(b))) if a.same(b) => Difference::None,
            (Self::Ready(Computed), Self::Ready(Computed)) => Difference::None,
            (Self::Ready(_), Self::Ready(_)) => Difference::Value,
            (Self::NotReady(a), Self::NotReady(b)) if a == b => Difference::None,
            (Self::Failed(a), Self::Failed(b)) if a.same_root(b) => Difference::None,
            (Self::Ready(_), _) | (_, Self::Ready(_)) => Difference::Readiness,
            _ => Difference::Reason,
        }
    }

    /// The error of whoever asks `name` in this state for data.
    pub(crate) fn refusal(&self, name: &str) -> Option<Error> {
        match self {
            Self::Ready(_) => None,
            Self::NotReady(reason) => {
                let cause = Error::condition(ErrorKind::NotReady, reason.to_string());
                Some(cause.context(format_args!("`{name}` is not ready")))
            }
            Self::Failed(error) => Some(error.clone().context(format_args!("`{name}` is not ready"))),
        }
    }
}
