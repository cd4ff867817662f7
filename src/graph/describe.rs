//! The step of a wave that has an operator describe its outputs anew.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use crate::graph::dirt::Dirt;
use crate::graph::id::SlotId;
use crate::graph::node::{OperatorNode, Source};
use crate::graph::setup::Setup;
use crate::graph::state::{Difference, NotReady, State, Why};
use crate::graph::wave::Wave;
use crate::sync::Arc;

impl Wave<'_> {
    /// Runs the setup, and tells whom its outputs feed of what became different. Returns the outputs that did.
    pub(crate) fn set_up(&mut self, node: &Arc<OperatorNode>) -> Vec<SlotId> {
        let states = match self.obstacle(node) {
            Some(state) => self
                .made_here(node)
                .into_iter()
                .map(|output| (output, state.clone()))
                .collect(),
            None => self.call_setup(node),
        };
        let mut settled = Vec::new();
        self.start();
        for (output, state) in states {
            let Some(slot) = self.draft.next.slot(output) else {
                continue;
            };
            let difference = slot.live().difference(&state);
            if difference == Difference::None {
                continue;
            }
            let frozen = slot.frozen.clone();
            settled.push(output);
            self.draft.touch(output);
            match frozen {
                Some(frozen) => self.miss(output, &frozen, Dirt::everything(), Some(state)),
                None => {
                    self.draft.next.slot_mut(output).state = state;
                    self.flow_described(output, difference);
                }
            }
        }
        settled
    }

    /// The state of the first required input that is not ready, or of the operator's own flaw.
    fn obstacle(&self, node: &OperatorNode) -> Option<State> {
        if let Some(flaw) = &node.flaw {
            let name = self.draft.next.operator_name(node.id);
            return Some(State::Failed(Error::invalid(format!(
                "the declaration of `{name}` is flawed: {flaw}"
            ))));
        }
        node.inputs.iter().find_map(|input| {
            let slot = self.draft.next.known(*input);
            let state = if slot.info.level == 0 {
                Some(slot.state.clone())
            } else {
                self.list_state(*input)
            };
            state.filter(|state| !state.is_ready() && !slot.info.optional)
        })
    }

    /// What stands in the way of a list: that it is empty, or its first element that is not ready.
    fn list_state(&self, list: SlotId) -> Option<State> {
        let next = &self.draft.next;
        let mut leaves = next.leaves(list).peekable();
        if leaves.peek().is_none() {
            let name = next.slot_name(list);
            return Some(State::NotReady(Arc::new(NotReady {
                slot: list,
                name,
                why: Why::Empty,
            })));
        }
        leaves
            .map(|leaf| next.known(leaf).state.clone())
            .find(|state| !state.is_ready())
    }

    /// The slots that the operator itself makes, elements of lists one by one.
    fn made_here(&self, node: &OperatorNode) -> Vec<SlotId> {
        let next = &self.draft.next;
        let own = |id: &SlotId| matches!(next.known(*id).source, Source::Operator);
        next.operator(node.id)
            .into_iter()
            .flat_map(|node| &node.outputs)
            .flat_map(|output| next.leaves(*output))
            .filter(own)
            .collect()
    }

    fn call_setup(&mut self, node: &Arc<OperatorNode>) -> Vec<(SlotId, State)> {
        let mut cx = Setup {
            draft: &mut *self.draft,
            operator: node.id,
            said: Vec::new(),
            reads: Vec::new(),
        };
        let result = catch_unwind(AssertUnwindSafe(|| node.body.setup(&mut cx)))
            .unwrap_or_else(|payload| Err(Error::panicked(&*payload)));
        let (said, reads) = (cx.said, cx.reads);
        if reads != node.reads {
            self.draft.next.operator_mut(node.id).reads = reads;
        }
        let name = self.draft.next.operator_name(node.id);
        let failed = result
            .err()
            .map(|error| error.context(format_args!("the setup of `{name}` failed")));
        let state = |output: SlotId| match (&failed, said.iter().find(|(id, _)| *id == output)) {
            (Some(error), _) => State::Failed(error.clone()),
            (None, Some((_, state))) => state.clone(),
            (None, None) => {
                let slot = self.draft.next.slot_name(output);
                State::Failed(Error::invalid(format!(
                    "the setup of `{name}` said nothing of `{slot}`"
                )))
            }
        };
        self.made_here(node)
            .into_iter()
            .map(|output| (output, state(output)))
            .collect()
    }
}
