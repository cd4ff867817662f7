//! What replicas are made of.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;

/// One value, or as many as there are to be.
pub(crate) enum Making<P> {
    One(Option<P>),
    Many {
        make: Box<dyn FnMut() -> P + Send>,
        /// What has been made before it was needed.
        made: Vec<Result<P, Error>>,
    },
}

impl<P> Making<P> {
    pub(crate) fn one(value: P) -> Self {
        Self::One(Some(value))
    }

    pub(crate) fn many(make: impl FnMut() -> P + Send + 'static) -> Self {
        Self::Many {
            make: Box::new(make),
            made: Vec::new(),
        }
    }

    pub(crate) fn is_replicable(&self) -> bool {
        matches!(self, Self::Many { .. })
    }

    /// Makes so many for later, if there can be several.
    pub(crate) fn prepare(&mut self, count: usize) {
        if let Self::Many { make, made } = self {
            made.extend((made.len()..count).map(|_| made_by(make)));
        }
    }

    /// The next one.
    ///
    /// # Errors
    ///
    /// The closure has panicked.
    pub(crate) fn make(&mut self) -> Result<P, Error> {
        match self {
            Self::One(value) => Ok(value.take().expect("invariant: what is not replicable is made once")),
            Self::Many { make, made } => made.pop().unwrap_or_else(|| made_by(make)),
        }
    }
}

fn made_by<P>(make: &mut (impl FnMut() -> P + ?Sized)) -> Result<P, Error> {
    catch_unwind(AssertUnwindSafe(make)).map_err(|payload| Error::panicked(&*payload))
}
