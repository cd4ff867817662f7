//! What replicas are made of.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;

/// One value, or as many as there are to be.
pub(crate) enum Making<P> {
    One(Option<P>),
    Many(Box<dyn FnMut() -> P + Send>),
}

impl<P> Making<P> {
    pub(crate) fn one(value: P) -> Self {
        Self::One(Some(value))
    }

    pub(crate) fn many(make: impl FnMut() -> P + Send + 'static) -> Self {
        Self::Many(Box::new(make))
    }

    pub(crate) fn is_replicable(&self) -> bool {
        matches!(self, Self::Many(_))
    }

    /// The next one.
    ///
    /// # Errors
    ///
    /// The closure has panicked.
    pub(crate) fn make(&mut self) -> Result<P, Error> {
        match self {
            Self::One(value) => Ok(value.take().expect("invariant: what is not replicable is made once")),
            Self::Many(make) => catch_unwind(AssertUnwindSafe(make)).map_err(|payload| Error::panicked(&*payload)),
        }
    }
}
