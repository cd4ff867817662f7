//! The graph itself.

use std::fmt;

use crate::array::Array;
use crate::error::Error;
use crate::graph::ask;
use crate::graph::core::Core;
use crate::graph::data::SlotType;
use crate::graph::edit::Edit;
use crate::graph::events::GraphEvents;
use crate::graph::execute::Scope;
use crate::graph::handle::Node;
use crate::graph::id::Revision;
use crate::graph::operator::Operator;
use crate::graph::slot::{Input, Output, RawSlot, Slot};
use crate::graph::snapshot::Snapshot;
use crate::request::Request;
use crate::roi::Roi;
use crate::runtime::Runtime;
use crate::sync::Arc;

/// Operators, connected by their slots. Nothing is computed until somebody asks for a region of an output.
///
/// Clones are handles of the same graph. It lives until the last is dropped and the requests that it runs have ended;
/// handles of slots and operators do not keep it alive.
#[derive(Clone)]
pub struct Graph {
    pub(crate) core: Arc<Core>,
}

impl Default for Graph {
    fn default() -> Self {
        Self::new()
    }
}

impl Graph {
    /// An empty graph whose requests run on the default runtime.
    pub fn new() -> Self {
        Self::on(&Runtime::global())
    }

    /// An empty graph whose requests run on `runtime`.
    pub fn on(runtime: &Runtime) -> Self {
        Self {
            core: Core::new(runtime.clone()),
        }
    }

    /// Changes the graph, all or nothing: if `f` returns an error or panics, nobody ever sees what it did.
    ///
    /// When `f` has returned, each operator that is affected is set up at most once and told of dirt at most once, in
    /// topological order. Then the new revision is published, requests for what changed are told that they are
    /// [stale](Error::is_stale), and subscribers get one batch of events. Nothing of this waits for running requests.
    ///
    /// An edit within an edit on the same thread is a part of it, undone alone if it fails.
    ///
    /// # Concurrent calls
    ///
    /// Edits of other threads wait for their turn while `f` runs, so `f` should only edit. Readers wait for nobody.
    ///
    /// # Errors
    ///
    /// What `f` returns; that it was called from a setup. One error comes after the edit has been published: that data which
    /// it [wrote](Edit::write) was not taken.
    pub fn edit<R>(&self, f: impl FnOnce(&mut Edit<'_>) -> Result<R, Error>) -> Result<R, Error> {
        self.core.edit(|draft| {
            f(&mut Edit {
                core: &self.core,
                draft,
            })
        })
    }

    /// Adds an operator under its type's name, in an edit of its own.
    ///
    /// # Panics
    ///
    /// If it is called from a setup or from [`Operator::slots`], which adds operators by its
    /// [`Declare`](crate::graph::Declare).
    pub fn add<O: Operator>(&self, operator: O) -> Node<O> {
        self.edit(|e| Ok(e.add(operator)))
            .expect("an operator does not edit the graph that sets it up")
    }

    /// Adds an operator under a name, in an edit of its own.
    ///
    /// # Panics
    ///
    /// As [`add`](Self::add).
    pub fn add_named<O: Operator>(&self, name: &str, operator: O) -> Node<O> {
        self.edit(|e| Ok(e.add_named(name, operator)))
            .expect("an operator does not edit the graph that sets it up")
    }

    /// The latest revision, to be looked at for as long as one likes.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            scope: Scope::new(&self.core, &self.core.current()),
        }
    }

    /// The number of the latest revision.
    pub fn revision(&self) -> Revision {
        self.core.revision()
    }

    /// What edits change from now on: one batch for each that changes anything.
    pub fn subscribe(&self) -> GraphEvents {
        let subscription = self.core.subscribers.subscribe(usize::MAX);
        GraphEvents { subscription }
    }

    /// The runtime that its requests run on.
    pub fn runtime(&self) -> &Runtime {
        &self.core.runtime
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.core.current();
        write!(
            f,
            "graph of {} operators in {}",
            version.operators().count(),
            version.revision
        )
    }
}

#[track_caller]
fn array(raw: &RawSlot, roi: Roi) -> Request<Array> {
    match raw.core() {
        Ok(core) => ask::array(&core, raw.id, roi).unwrap_or_else(|error| ask::refused(&core, error)),
        Err(error) => Request::new(std::future::ready(Err(error))),
    }
}

#[track_caller]
fn value<T: SlotType>(raw: &RawSlot) -> Request<T> {
    match raw.core() {
        Ok(core) => ask::value(&core, raw.id).unwrap_or_else(|error| ask::refused(&core, error)),
        Err(error) => Request::new(std::future::ready(Err(error))),
    }
}

/// Fills a buffer of the caller's with what a request gives.
#[track_caller]
fn into_buffer(slot: &impl Slot, request: Request<Array>, roi: Roi, mut buffer: Array) -> Request<Array> {
    let path = slot.path();
    let fill = async move {
        let data = request.await?;
        let whole = Roi::full(roi.shape());
        let filled = if data.dtype() == buffer.dtype() && data.shape() == buffer.shape() {
            buffer.assign_region(&whole, &data)
        } else {
            Err(Error::invalid(format!("a buffer of {buffer:?} does not fit {data:?}")))
        };
        filled.map_err(|error| error.context(format_args!("filling a buffer from {roi} of `{path}`")))?;
        Ok(buffer)
    };
    match slot.raw().core() {
        Ok(core) => Request::builder().on(&core.runtime).future(fill),
        Err(_) => Request::new(fill),
    }
}

macro_rules! asking {
    ($handle:ident) => {
        impl $handle<Array> {
            /// Asks for a region, in the latest revision. Nothing runs before the request is awaited, waited for or
            /// submitted. Whoever asks for the same while it runs gets the same request.
            ///
            /// If an edit changes what the region depends on before it is computed, the request fails with
            /// [`is_stale`](Error::is_stale), and what runs for nobody else is cancelled. It fails as well if the region
            /// reaches out of the slot, the slot is not ready, or an operator on the way fails; and if it is called inside
            /// an edit or a setup.
            #[track_caller]
            pub fn request(&self, roi: Roi) -> Request<Array> {
                array(self.raw(), roi)
            }

            /// The same, into a buffer of the caller's, which comes back filled: its element type and shape must be those
            /// of the data. A buffer that is not shared is filled in place.
            #[track_caller]
            pub fn request_into(&self, roi: Roi, buffer: Array) -> Request<Array> {
                into_buffer(self, self.request(roi), roi, buffer)
            }
        }

        impl<T: SlotType> $handle<T> {
            /// Asks for the value, to be computed if it is not known. Of an array slot that is an error: it is asked by
            /// region.
            ///
            /// The request fails as that for a region does.
            #[track_caller]
            pub fn get(&self) -> Request<T> {
                value(self.raw())
            }

            /// The value, known without computing.
            ///
            /// # Errors
            ///
            /// If the slot is not ready, or its value has to be computed.
            pub fn value(&self) -> Result<T, Error> {
                self.raw().core()?.visible().value(self.raw().id)
            }
        }
    };
}
asking!(Input);
asking!(Output);
