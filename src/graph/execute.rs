//! One execution: what an operator sees while it computes.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::core::Core;
use crate::graph::data::SlotType;
use crate::graph::dirt::WHOLE;
use crate::graph::id::{LaneKey, OperatorId, Revision, SlotId};
use crate::graph::meta::Meta;
use crate::graph::pull::{self, Pull};
use crate::graph::slot::{Handle, Input, List, Output, RawSlot, Slot};
use crate::graph::version::Version;
use crate::request::{Request, check_cancelled};
use crate::roi::Roi;
use crate::sync::{Arc, Weak};

/// One version, for all executions that serve one question.
pub(crate) struct Scope {
    pub(crate) core: Arc<Core>,
    pub(crate) version: Arc<Version>,
}

impl Scope {
    pub(crate) fn new(core: &Arc<Core>, version: &Arc<Version>) -> Arc<Self> {
        Arc::new(Self {
            core: Arc::clone(core),
            version: Arc::clone(version),
        })
    }
}

/// What an operator asks while it executes. All answers are from one revision of the graph, whatever is edited meanwhile.
pub struct Execute {
    pub(crate) scope: Arc<Scope>,
    pub(crate) operator: OperatorId,
    pub(crate) output: SlotId,
    pub(crate) roi: Roi,
    /// How many executions lie on the stack below this one.
    pub(crate) depth: u32,
}

impl Execute {
    /// Not in a request: for what the graph itself asks of an operator.
    pub(crate) fn outside(scope: &Arc<Scope>, operator: OperatorId, slot: SlotId) -> Self {
        Self {
            scope: Arc::clone(scope),
            operator,
            output: slot,
            roi: WHOLE,
            depth: 0,
        }
    }

    /// Asks for a region of an input. Nothing runs before it is awaited, waited for or submitted; to let several run side
    /// by side, submit them or await them together.
    ///
    /// Dropping what this returns takes the interest in the region away, which cancels what runs for nobody else.
    pub fn request(&self, input: &Input<Array>, roi: Roi) -> Pull<Array> {
        self.pull(input.raw().id, roi)
    }

    /// Asks for the value of an input, to be computed if it is not known.
    pub fn get<T: SlotType>(&self, input: &Input<T>) -> Pull<T> {
        self.pull(input.raw().id, WHOLE)
    }

    /// The value of an input that is known without computing: one that was set, defaulted, or provided by a setup.
    ///
    /// # Errors
    ///
    /// If the slot is not ready, or its value has to be computed: [`get`](Self::get) does that.
    pub fn value<T: SlotType>(&self, input: &Input<T>) -> Result<T, Error> {
        self.scope.version.value(input.raw().id)
    }

    /// The description of an input.
    ///
    /// # Errors
    ///
    /// If the slot is not ready, which only an optional one can be here.
    pub fn meta(&self, input: &Input<Array>) -> Result<&Arc<Meta>, Error> {
        self.scope.version.meta(input.raw().id)
    }

    /// The description of an output of this operator.
    ///
    /// # Errors
    ///
    /// If it is not ready.
    pub fn output_meta(&self, output: &Output<Array>) -> Result<&Arc<Meta>, Error> {
        self.scope.version.meta(output.raw().id)
    }

    /// Whether an input can be asked: an optional one may not be.
    pub fn is_ready(&self, input: &impl Slot) -> bool {
        self.scope
            .version
            .readiness(input.raw().id)
            .is_ok_and(|readiness| readiness.is_ready())
    }

    /// The elements of a list, in order.
    pub fn lanes<S: Handle>(&self, list: &List<S>) -> Vec<(LaneKey, S)> {
        let Some(node) = self.scope.version.slot(list.raw().id) else {
            return Vec::new();
        };
        let raw = |id| RawSlot {
            id,
            core: Weak::clone(&list.raw().core),
        };
        node.lanes
            .iter()
            .map(|(key, id)| (*key, S::from_raw(raw(*id))))
            .collect()
    }

    /// Runs `kernel` in the compute pool. A kernel waits for nothing; it polls its checkpoint.
    #[track_caller]
    pub fn compute<T, K>(&self, kernel: K) -> Request<T>
    where
        K: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
        T: Clone + Send + Sync + 'static,
    {
        Request::builder().on(&self.scope.core.runtime).kernel(kernel)
    }

    /// The same for a kernel that needs `bytes` of memory: it starts when those fit the runtime's budget beside what other
    /// work has taken. See [`RequestBuilder::bytes`](crate::RequestBuilder::bytes).
    #[track_caller]
    pub fn compute_within<T, K>(&self, bytes: u64, kernel: K) -> Request<T>
    where
        K: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
        T: Clone + Send + Sync + 'static,
    {
        let builder = Request::builder().on(&self.scope.core.runtime);
        builder.bytes(bytes).kernel(kernel)
    }

    /// Fails if nobody wants the result any more.
    ///
    /// # Errors
    ///
    /// That the request has been cancelled.
    pub fn check_cancelled(&self) -> Result<(), Error> {
        check_cancelled()
    }

    /// Which output is asked for.
    pub fn output(&self) -> SlotId {
        self.output
    }

    /// Whether it is this one, or an element of this list.
    pub fn is_for(&self, slot: &impl Slot) -> bool {
        let mut here = Some(self.output);
        while let Some(id) = here {
            if id == slot.raw().id {
                return true;
            }
            here = self
                .scope
                .version
                .slot(id)
                .and_then(|node| node.lane)
                .map(|(list, _)| list);
        }
        false
    }

    /// The keys of the output among its lists, the outermost first; none of a plain output.
    pub fn lane(&self) -> Vec<LaneKey> {
        let mut keys = Vec::new();
        let mut here = self.scope.version.slot(self.output).and_then(|node| node.lane);
        while let Some((list, key)) = here {
            keys.insert(0, key);
            here = self.scope.version.slot(list).and_then(|node| node.lane);
        }
        keys
    }

    /// Where in `list`, one of this operator's, the output that is asked for is; nothing, if it is not an element of it.
    pub fn position<S: Handle>(&self, list: &List<S>) -> Option<usize> {
        let (own, key) = self.scope.version.slot(self.output)?.lane?;
        let lanes = &self.scope.version.slot(list.raw().id)?.lanes;
        let nth = lanes.iter().position(|(known, _)| *known == key);
        nth.filter(|_| own == list.raw().id)
    }

    /// Which operator executes.
    pub fn operator(&self) -> OperatorId {
        self.operator
    }

    /// Where the output is, for messages.
    pub fn output_path(&self) -> Arc<str> {
        self.scope.version.slot_name(self.output)
    }

    /// The revision that all answers are from.
    pub fn revision(&self) -> Revision {
        self.scope.version.revision
    }

    /// When anything that `roi` of the output depends on last changed, as seen from [`revision`](Self::revision). What was
    /// computed for a region with one stamp is right for as long as the stamp is the same: this is all that a cache needs
    /// to know.
    pub fn stamp(&self, roi: &Roi) -> Revision {
        self.scope.version.stamp(self.output, roi)
    }

    /// The same for another output of this operator.
    pub fn stamp_of<T: SlotType>(&self, output: &Output<T>, roi: &Roi) -> Revision {
        let (version, root) = self.scope.version.origin(output.raw().id);
        version.stamp(root, roi)
    }

    /// Asks this operator itself for another region of the output that is asked for: a cache asks for its blocks so, each
    /// of which is then computed once for all who need it.
    pub fn request_own(&self, roi: Roi) -> Pull<Array> {
        self.pull(self.output, roi)
    }

    /// The runtime that the graph runs on.
    pub fn runtime(&self) -> &crate::runtime::Runtime {
        &self.scope.core.runtime
    }

    fn pull<T: SlotType>(&self, slot: SlotId, roi: Roi) -> Pull<T> {
        pull::pull(&self.scope, slot, roi, self.depth)
    }
}

impl std::fmt::Debug for Execute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "execution for `{}` in {}", self.output_path(), self.revision())
    }
}
