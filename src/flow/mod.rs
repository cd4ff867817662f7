//! Streams of items through nodes: producers make them, processors make others of them, consumers take them.
//!
//! ```
//! use futures::stream;
//! use headwater::flow::Flow;
//!
//! let flow = Flow::batch();
//! let numbers = flow.produce("numbers", stream::iter(0..40));
//! let doubled = numbers.process("double", |n| n * 2).replicas(4).ordered();
//! let large = doubled.filter("large", |n| *n > 70).collect("result");
//! let report = flow.build()?.start().wait()?; // in async code: `flow.build()?.start().await?`
//! assert_eq!(large.take(), [72, 74, 76, 78]);
//! assert_eq!(report.node("double").unwrap().taken, 40);
//! # Ok::<(), headwater::Error>(())
//! ```
//!
//! # Nodes and edges
//!
//! A node has a task of its own, which is a request on the runtime's slots: it waits without holding a thread, it is named in
//! snapshots, its panics are errors. Between two nodes lies an *edge*, in which items wait. Several nodes may take from one
//! output, and each gets all items; one node may take from [several outputs](FlowBuilder::merge); the *replicas* of a node
//! share its items. Items are moved, and cloned only for several takers.
//!
//! - **Batch** ([`Flow::batch`]): nothing is lost. A full edge holds up the node before it, back to the producers.
//! - **Realtime** ([`Flow::realtime`]): the freshest win. A full edge drops what is oldest, so that producers never wait.
//!
//! Both are defaults: each edge can say otherwise ([`overflow`](Node::overflow), [`depth`](Node::depth),
//! [`bytes`](Node::bytes)), and each node, what happens when it fails ([`on_failure`](Node::on_failure)).
//!
//! Where does work run? Functions and [`Processor`]s on a slot, which they must not hold for more than some milliseconds;
//! [`kernel`](Node::kernel)s in the compute pool; [`process_async`](Node::process_async) wherever it awaits. Chains of cheap
//! nodes ([`map`](Node::map), [`filter`](Node::filter) and others) run in one task.
//!
//! # Order
//!
//! What one producer makes goes through nodes of one replica in its order, and so do items of one key through
//! [keyed](Node::partition_by) replicas. Replicas that compete mix it up, unless they are [ordered](Node::ordered).
//!
//! # The end
//!
//! F1 *By count.* An edge ends when its last sender has closed and everything in it has been taken. A node ends when its input
//!    ends, after it has [flushed](Processor::flush) what it held back. No clock has a say in it.
//! F2 *Stop.* A [stopped](Running::stop) flow makes nothing more, and delivers what has been made.
//! F3 *Abort.* An [aborted](Running::abort) flow, or one that has failed, lets go of everything and ends as soon as each node
//!    returns from what it is at.
//! F4 *Close.* A node that was opened is closed, once, in its task, however the flow ends; what awaits in its `close` is not
//!    when the runtime is shut down.
//! F5 *Account.* Each item that was sent over an edge has been taken, dropped, or let go of at the end, and is counted as that.
//!
//! A flow that does not end can say [why](Running::explain): what each node waits for, and in which edge.
//!
//! # How it is made
//!
//! `plan` is a flow that is put together, and what is checked; `edge` is where items wait (its rules are E1 to E6); `task` is
//! what runs: a head that gets items, and all that is fused to it as a chain that is pushed into; `reorder` brings the work of
//! replicas into order (R1 to R3); `crew` counts replicas, so that none is added to a node that has ended.

mod assemble;
mod async_consumer;
mod async_processor;
mod brake;
mod builder;
mod closures;
mod collected;
#[cfg(all(feature = "console", not(any(loom, shuttle))))]
mod console;
pub mod consume;
mod consumer;
mod context;
mod controlled;
mod crew;
mod dead_letter;
pub(crate) mod edge;
mod emitter;
mod engine;
mod envelope;
mod explain;
mod failure;
mod figures;
#[expect(clippy::module_inception, reason = "a flow is what this module is about")]
mod flow;
mod immediate;
mod join;
mod latency;
mod let_go;
mod making;
mod meter;
mod node;
mod node_settings;
mod observe;
mod plan;
mod pooled;
mod port;
pub mod process;
mod processor;
pub mod produce;
mod producer;
mod reorder;
mod report;
mod running;
mod scale;
mod steps;
mod task;
#[cfg(all(test, shuttle))]
mod tests;
mod window;

pub use async_consumer::AsyncConsumer;
pub use async_processor::AsyncProcessor;
pub use builder::FlowBuilder;
pub use collected::Collected;
pub use consumer::Consumer;
pub use context::NodeContext;
pub use dead_letter::DeadLetter;
pub use edge::Overflow;
pub use emitter::Emitter;
pub use envelope::{Item, Trace};
pub use failure::{Failure, Retry};
pub use figures::{Bottleneck, EdgeFigures, EdgeRates, Figures, NodeFigures, NodeKind, NodeRates, Table};
pub use flow::Flow;
pub use join::{Join, JoinInputs, JoinOutput, Missing};
pub use latency::Latency;
pub use node::{ConsumerNode, Node, Nothing, Output};
pub use port::Port;
pub use processor::{Controlled, Processor};
pub use producer::Producer;
pub use report::{End, Report};
pub use running::Running;
pub use window::Window;
