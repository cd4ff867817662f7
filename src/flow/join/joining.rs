//! Putting together a join.

use std::future::ready;
use std::time::Duration;

use super::assembler::Assembler;
use super::by_time::ByTime;
use super::by_trace::ByTrace;
use super::erased::Erased;
use super::inputs::Inputs;
use super::options::{JoinOptions, TimeOptions, check_traces};
use super::origins;
use super::policy::Policy;
use super::reader::Open;
use super::task::{JoinTask, Make};
use crate::flow::crew::Seat;
use crate::flow::envelope::Item;
use crate::flow::plan::{Assemble, Links, NodeId, Plan, Task};
use crate::sync::Arc;

/// A join, whatever it makes.
pub(super) struct Joining<O> {
    /// How its inputs are read, the gating ones first.
    pub(super) inputs: Vec<Open>,
    pub(super) gates: usize,
    pub(super) options: JoinOptions,
    pub(super) lateness: Option<Duration>,
    pub(super) kind: Kind,
    pub(super) make: Make<O>,
}

/// By what it joins.
pub(super) enum Kind {
    Trace,
    Key(ByKeyOf),
    Time(TimeOptions),
}

/// Makes an assembler that knows the key.
pub(super) type ByKeyOf = Box<dyn Fn(Inputs, Policy) -> Box<dyn Assembler<Erased>> + Send>;

impl<O> Joining<O> {
    /// Makes an assembler, or says what is wrong (V66).
    fn assembler(&self, plan: &Plan, node: NodeId) -> Result<Box<dyn Assembler<Erased>>, String> {
        let policy = self.options.policy(plan.mode)?;
        let mut inputs = Inputs::new(self.gates, origins::feeds(plan, node));
        if plan.nodes[node].replicas() > 1 {
            inputs = inputs.all_kin();
        }
        let is_late = self.lateness.is_some();
        match &self.kind {
            Kind::Trace | Kind::Key(_) if is_late => Err("a `lateness` belongs to joins by time".to_owned()),
            Kind::Trace => {
                check_traces(&inputs)?;
                Ok(Box::new(ByTrace::new(inputs, policy)))
            }
            Kind::Key(make) => Ok(make(inputs, policy)),
            Kind::Time(options) => {
                let timing = options.timing(&inputs, &policy)?;
                Ok(Box::new(ByTime::new(inputs, policy, timing)))
            }
        }
    }
}

impl<O: Item> Assemble for Joining<O> {
    fn is_replicable(&self) -> bool {
        true
    }

    fn needs_one(&self) -> Option<&'static str> {
        let is_by_time = matches!(self.kind, Kind::Time(_));
        is_by_time.then_some("joins by time, which takes one place where all items come together: it has one replica")
    }

    fn joins_by_trace(&self) -> bool {
        matches!(self.kind, Kind::Trace)
    }

    fn keeps_order(&self) -> bool {
        matches!(self.kind, Kind::Trace)
    }

    fn problem(&self, plan: &Plan, node: NodeId) -> Option<String> {
        self.assembler(plan, node).err()
    }

    fn task(&mut self, links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize) -> Task {
        let own = links.own(node, replica);
        let assembler = match self.assembler(links.plan, node) {
            Ok(assembler) => assembler,
            Err(problem) => return Box::pin(ready(Err(own.name(crate::error::Error::invalid(problem))))),
        };
        let readers = self.inputs.iter().enumerate();
        let readers = readers
            .map(|(nth, open)| open(links, node, nth, &seat, replica))
            .collect();
        let head = links.head(node, seat);
        let next = links.replica_chain(node, replica);
        Box::pin(JoinTask::new(head, own, readers, assembler, Arc::clone(&self.make), next).run())
    }
}
