//! What all tasks of a running flow share.

use std::collections::VecDeque;
use std::time::Instant;

use crate::error::Error;
use crate::flow::brake::Brake;
use crate::flow::crew::Crew;
use crate::flow::edge::AnyEdge;
use crate::flow::let_go::let_go;
use crate::flow::meter::Meter;
use crate::flow::plan::{NodeId, Plan, Role};
use crate::flow::reorder::AnyWindow;
use crate::request::Request;
use crate::request::RequestBuilder;
use crate::runtime::engine::Engine as Slots;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Arc, Mutex, OnceLock};

pub(crate) struct Engine {
    pub(crate) name: Arc<str>,
    /// Where its tasks run. It does not keep them running.
    slots: Arc<Slots>,
    pub(crate) brake: Brake,
    pub(crate) start: Instant,
    pub(crate) nodes: Vec<NodeState>,
    /// What there was to say about nodes in the order in which items reach them.
    pub(crate) order: Vec<NodeId>,
    failure: Mutex<Option<Error>>,
    is_aborted: AtomicBool,
    /// When all tasks had ended.
    end: OnceLock<Instant>,
    /// Those that have not been waited for.
    tasks: Mutex<VecDeque<Request<()>>>,
    workshop: Mutex<Workshop>,
}

/// What further replicas are made of.
#[derive(Default)]
struct Workshop {
    /// Gone while one is made, and at the end.
    plan: Option<Box<Plan>>,
    has_closed: bool,
}

/// A node of a running flow.
pub(crate) struct NodeState {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    pub(crate) meter: Arc<Meter>,
    pub(crate) crew: Arc<Crew>,
    /// The node in whose task it runs, if that is another one.
    pub(crate) fused_into: Option<NodeId>,
    /// The edges that lead to it; none if it is fused.
    pub(crate) inputs: Vec<Arc<dyn AnyEdge>>,
    /// The nodes that they come from, for each.
    pub(crate) before: Vec<Vec<NodeId>>,
    pub(crate) window: Option<Arc<dyn AnyWindow>>,
}

impl NodeState {
    fn new(plan: &Plan, id: NodeId, start: Instant) -> Self {
        let spec = &plan.nodes[id];
        let fused_into = plan.fused_to(id).map(|_| plan.head_of(id));
        let inputs = spec.inputs.iter();
        let edges = inputs.map(|input| input.edge.make(input.limits(plan.mode), spec.replicas()));
        let sources = spec
            .inputs
            .iter()
            .map(|input| input.from.iter().map(|from| from.node).collect());
        Self {
            name: Arc::clone(&spec.name),
            role: spec.role,
            meter: Arc::new(Meter::new(start)),
            crew: Arc::default(),
            inputs: if fused_into.is_some() {
                Vec::new()
            } else {
                edges.collect()
            },
            before: sources.collect(),
            fused_into,
            window: spec.window.map(|width| spec.assemble.window(width)),
        }
    }
}

impl Engine {
    pub(crate) fn new(plan: &Plan, slots: Arc<Slots>) -> Self {
        let start = Instant::now();
        Self {
            name: Arc::clone(&plan.name),
            slots,
            brake: Brake::default(),
            start,
            nodes: (0..plan.nodes.len())
                .map(|id| NodeState::new(plan, id, start))
                .collect(),
            order: plan.order(),
            failure: Mutex::default(),
            is_aborted: AtomicBool::new(false),
            end: OnceLock::new(),
            tasks: Mutex::default(),
            workshop: Mutex::default(),
        }
    }

    /// Makes a request on the flow's runtime.
    pub(crate) fn request(&self, name: &str) -> RequestBuilder {
        RequestBuilder::new().name(name).on_engine(&self.slots)
    }

    /// Makes one that belongs to the flow, and not to the request in which it is made.
    pub(crate) fn own_request(&self, name: &str) -> RequestBuilder {
        RequestBuilder::new().name(name).detached_on(Arc::clone(&self.slots))
    }

    /// Everybody is to end at once.
    pub(crate) fn halt(&self) {
        self.brake.halt();
        for node in &self.nodes {
            node.inputs.iter().for_each(|edge| edge.halt());
            node.window.iter().for_each(|window| window.halt());
        }
    }

    pub(crate) fn abort(&self) {
        self.is_aborted.store(true, Ordering::SeqCst);
        self.halt();
    }

    /// All tasks have ended.
    pub(crate) fn end(&self) {
        let _ = self.end.set(Instant::now());
    }

    /// When it ended; now, if it has not.
    pub(crate) fn now(&self) -> Instant {
        self.end.get().copied().unwrap_or_else(Instant::now)
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::SeqCst)
    }

    /// The flow fails. The first error is its own.
    pub(crate) fn fail(&self, error: Error) {
        let is_first = {
            let mut failure = self.failure.lock();
            let is_first = failure.is_none();
            failure.get_or_insert(error);
            is_first
        };
        if is_first {
            self.halt();
        }
    }

    pub(crate) fn failure(&self) -> Option<Error> {
        self.failure.lock().clone()
    }

    /// Takes what replicas are made of, if it is there.
    pub(crate) fn take_plan(&self) -> Option<Box<Plan>> {
        self.workshop.lock().plan.take()
    }

    /// Puts it there, unless the flow has ended meanwhile.
    pub(crate) fn put_plan(&self, plan: Box<Plan>) {
        let mut workshop = self.workshop.lock();
        if !workshop.has_closed {
            workshop.plan = Some(plan);
        } else {
            drop(workshop);
            let_go([plan]);
        }
    }

    /// Nothing more is made: what the user's closures hold is let go of.
    pub(crate) fn close_plan(&self) {
        let plan = {
            let mut workshop = self.workshop.lock();
            workshop.has_closed = true;
            workshop.plan.take()
        };
        let_go(plan);
    }

    pub(crate) fn add_task(&self, task: Request<()>) {
        let mut tasks = self.tasks.lock();
        // Of what is scaled up and down for long, no more is kept than about twice what is at work.
        if tasks.len() == tasks.capacity() {
            tasks.retain(|task| !task.has_ended());
        }
        tasks.push_back(task);
    }

    /// One that has not been waited for.
    pub(crate) fn next_task(&self) -> Option<Request<()>> {
        self.tasks.lock().pop_front()
    }

    pub(crate) fn find(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| &*node.name == name)
    }
}
