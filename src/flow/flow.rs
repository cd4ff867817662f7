//! Flows that are ready to run.

use std::fmt;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

use crate::error::Error;
use crate::flow::builder::FlowBuilder;
use crate::flow::engine::Engine;
use crate::flow::plan::{Links, Mode, NodeId, Plan, Task};
use crate::flow::running::{self, Running};
use crate::request::Request;
use crate::request::current;
use crate::runtime::engine::Engine as Slots;
use crate::runtime::{Runtime, enter};
use crate::sync::Arc;

/// Nodes that are wired, checked, and not running yet.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use headwater::Runtime;
/// use headwater::flow::Flow;
///
/// let flow = Flow::batch();
/// let doubled = flow.produce("numbers", stream::iter(0..40)).process("double", |n| n * 2).replicas(4).ordered();
/// let numbers = doubled.collect("result");
/// let runtime = Runtime::builder().slots(2).build()?;
/// let report = flow.build()?.run(&runtime).wait()?;
/// assert_eq!(numbers.take(), (0..40).map(|n| n * 2).collect::<Vec<_>>());
/// assert_eq!(report.node("double").unwrap().taken, 40);
/// # Ok::<(), headwater::Error>(())
/// ```
#[must_use = "a flow does nothing until it is run"]
pub struct Flow {
    plan: Box<Plan>,
}

impl Flow {
    /// Begins a flow in which nothing is lost: where a node is slower than those before it, they wait.
    pub fn batch() -> FlowBuilder {
        FlowBuilder::new(Mode::Batch)
    }

    /// Begins a flow in which the freshest items win: where a node is slower than those before it, it gets the newest item
    /// there is, and what is older is dropped, and counted. Producers never wait.
    pub fn realtime() -> FlowBuilder {
        FlowBuilder::new(Mode::Realtime)
    }

    pub(crate) fn new(plan: Plan) -> Self {
        let mut plan = Box::new(plan);
        plan.fuse();
        Self { plan }
    }

    /// The names of its nodes, in the order in which items reach them: each after all those before it, of several the one
    /// that was made first.
    pub fn nodes(&self) -> Vec<&str> {
        let order = self.plan.order();
        order.into_iter().map(|id| &*self.plan.nodes[id].name).collect()
    }

    /// Runs it on the runtime.
    ///
    /// # Drop
    ///
    /// Dropping what is returned does not end the flow. Dropping the last handle of the runtime does.
    pub fn run(self, runtime: &Runtime) -> Running {
        self.run_on(runtime.engine())
    }

    /// Runs it on the current runtime: that of the request in which this is called, or the entered or the default one.
    pub fn start(self) -> Running {
        self.run_on(current::engine().unwrap_or_else(enter::current))
    }

    fn run_on(self, slots: Arc<Slots>) -> Running {
        let engine = Arc::new(Engine::new(&self.plan, slots));
        let mut plan = self.plan;
        let tasks = tasks(&mut plan, &engine);
        engine.put_plan(plan);
        // All edges have their senders now: nobody takes one for ended that has not begun.
        let requests: Vec<_> = tasks
            .into_iter()
            .map(|(name, task)| request(&engine, &name, task))
            .collect();
        for task in &requests {
            engine.add_task(task.clone());
        }
        requests.iter().for_each(Request::submit);
        running::start(engine)
    }
}

/// What runs at the beginning, with its names.
fn tasks(plan: &mut Plan, engine: &Arc<Engine>) -> Vec<(String, Task)> {
    let mut tasks = Vec::new();
    for id in engine.order.clone() {
        if engine.nodes[id].fused_into.is_some() {
            continue;
        }
        let (replicas, is_ordered) = (plan.nodes[id].replicas(), plan.nodes[id].window.is_some());
        let mut links = Links { plan, engine };
        for replica in 0..replicas {
            tasks.push(task(&mut links, id, replica));
        }
        if is_ordered {
            let name = format!("{} (in order)", engine.nodes[id].name);
            tasks.push((name, links.merge(id)));
        }
    }
    tasks
}

fn task(links: &mut Links<'_>, id: NodeId, replica: usize) -> (String, Task) {
    let node = &links.engine.nodes[id];
    let seat = node.crew.lock().join(&node.crew);
    let name = task_name(&node.name, replica);
    (name, links.task(id, seat, replica))
}

pub(crate) fn task_name(node: &str, replica: usize) -> String {
    match replica {
        0 => node.to_owned(),
        _ => format!("{node}#{replica}"),
    }
}

/// The request of a task: what it fails with, the flow fails with.
pub(crate) fn request(engine: &Arc<Engine>, name: &str, task: Task) -> Request<()> {
    let builder = engine.own_request(&format!("{}/{name}", engine.name));
    let name: Arc<str> = name.into();
    let mut guarded = Guarded {
        guard: HaltsOnDrop(Some(Arc::clone(engine))),
        task,
    };
    builder.future(async move {
        let outcome = AssertUnwindSafe(guarded.task.as_mut()).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|payload| {
            let error = Error::panicked(&*payload);
            Err(error.context(format!("node `{name}`")))
        });
        guarded.guard.end(outcome);
        Ok(())
    })
}

/// A task with its guard, which is dropped first: the edges of a task that is gone before its time end after everybody knows.
struct Guarded {
    guard: HaltsOnDrop,
    task: Task,
}

/// Halts the flow of a task that is dropped: somebody has cancelled it, or the runtime is shut down. Whoever waits for the
/// tasks is told which.
struct HaltsOnDrop(Option<Arc<Engine>>);

impl HaltsOnDrop {
    fn end(&mut self, outcome: Result<(), Error>) {
        if let (Some(engine), Err(error)) = (self.0.take(), outcome) {
            engine.fail(error);
        }
    }
}

impl Drop for HaltsOnDrop {
    fn drop(&mut self) {
        if let Some(engine) = &self.0 {
            engine.halt();
        }
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow")
            .field("name", &self.plan.name)
            .field("nodes", &self.nodes())
            .finish_non_exhaustive()
    }
}
