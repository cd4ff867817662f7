//! Operators connected by slots: nothing is computed until somebody asks for a region.
//!
//! A [`Graph`] holds operators. Each has inputs and outputs, *slots*, which [`edit`](Graph::edit) connects. An output describes
//! what it gives ([`Meta`]) before anything is computed; asking it for a region ([`Output::request`]) runs what is needed for
//! that region, up to what is there already, as [requests](crate::Request). [`Operator`] says how to write one.
//!
//! # Protocol
//!
//! **Versions.** All that can be seen of a graph is one immutable version: topology, values, descriptions, readiness, and for
//! every slot a mark of when each part of its data last changed. A version shares with the one before what did not change.
//! Readers take the latest without a lock; a request keeps its own to the end.
//!
//! **Edits.** One at a time. An edit changes a draft of the next version, step by step, each step checked; nobody sees it. Then
//! the commit sends one *wave* through what is affected: operators lowest first, each set up at most once and told of dirt at
//! most once; where descriptions and values come out equal and no region is left, it stops. Then the version is published,
//! then open questions that it made pointless are ended, then subscribers hear of it. If the edit fails, the draft is dropped.
//!
//! **Questions.** Asking follows connections up to the operator that makes the data, and joins or starts its execution, shared
//! by *(slot, region, stamp)*. The stamp is the revision in which anything that the region depends on last changed. So what
//! runs is shared by all readers, and across edits elsewhere; and what a cache keeps is right while the stamp is the same.
//!
//! Invariants, cited in the code:
//!
//! - N1 A published version never changes. No reader waits for an edit, no edit for a reader.
//! - N2 All that one request reads, through any depth, is of one version (no torn reads).
//! - N3 Equal (slot, region, stamp), equal data. Marks may say that more changed than did, never less.
//! - N4 An edit is seen wholly or not at all, and its wave looks at each operator at most once (see `wave.rs`).
//! - N5 States are derived: of a connected slot from its source, of an output from its operator's setup. A setup that fails
//!   or panics is the state of its outputs.
//! - N6 Listeners are called after the commit and without a lock. What they hear differs.
//! - N7 An edit ends questions, not computations: those end by the rule of interest, if nobody else wants them.
//!
//! **Locks**, in the order in which they may be taken: an edit's turn; then, one at a time and for a few instructions, a shard
//! of the running computations, the open questions, the subscribers. The turn is held while the closure of the edit, setups
//! and dirt run, which is the user's code, but nothing that computes needs a turn. None but that is held while the user's code
//! runs. An edit, a setup and a declaration refuse to ask for data, since who waited there could wait for itself (D3).
//!
//! **Looking.** [`Graph::why`] explains a region, [`Graph::draw`] makes a picture, [`Graph::memory_report`] counts bytes. All look at one version and change nothing:
//! causes are found backwards, from the marks and from what each slot remembers of the last edit of itself; what runs and
//! what is kept is as it is at the moment of looking.
//!
//! **Shutdown.** Handles of slots and operators do not keep a graph alive; a running request does. With the last handle go
//! versions, operators and what these keep. After the runtime's shutdown, requests fail and edits still work.
//!
//! # lazyflow
//!
//! | lazyflow | here |
//! |---|---|
//! | `Operator`, `InputSlot`, `OutputSlot`, level | [`Operator`], [`Input`], [`Output`], [`List`] |
//! | `setupOutputs`, `propagateDirty`, `execute`, `setInSlot` | [`setup`](Operator::setup), [`dirty`](Operator::dirty), [`execute`](Operator::execute), [`write`](Operator::write) |
//! | `connect`, `disconnect`, `setValue`, `resize` | the methods of [`Edit`] |
//! | `slot[a:b].wait()`, `slot.value` | [`Output::request`], [`Output::get`] |
//! | `meta`, `meta.NOTREADY`, `ready()` | [`Meta`], [`Setup::not_ready`], [`Readiness`] |
//! | `notifyDirty`, `notifyMetaChanged`, … | [`Graph::subscribe`] |
//! | `OperatorWrapper` | [`PerLane`] |
//! | transactions, `OpCacheFixer`'s `fixAtCurrent` | every [`edit`](Graph::edit), [`Edit::freeze`] |

mod ask;
mod connect;
mod core;
mod data;
mod declare;
mod describe;
mod dirt;
mod dirty;
mod draft;
mod draw;
mod edit;
mod erased;
mod events;
mod execute;
mod freeze;
#[expect(clippy::module_inception, reason = "the central type of the module has its name")]
mod graph;
mod handle;
mod id;
mod kept;
mod lanes;
mod mark;
mod memory_report;
mod meta;
mod node;
mod operator;
mod outcome;
mod per_lane;
mod pull;
mod queue;
mod setup;
mod share;
mod slot;
mod snapshot;
mod state;
mod table;
mod version;
mod wave;
mod why;

pub use connect::Connect;
pub use data::{Data, Opaque, SlotType};
pub use declare::Declare;
pub use dirt::Dirt;
pub use dirty::Dirty;
pub use draw::Drawing;
pub use edit::Edit;
pub use events::{Batch, GraphEvent, GraphEventKind, GraphEvents};
pub use execute::Execute;
pub use graph::Graph;
pub use handle::Node;
pub use id::{LaneKey, OperatorId, Revision, SlotId};
pub use kept::Kept;
pub use memory_report::MemoryReport;
pub use meta::{Meta, PixelSize};
pub use node::Durability;
pub use operator::{Operator, Written};
pub use per_lane::{LaneSlots, PerLane};
pub use pull::Pull;
pub use setup::Setup;
pub use slot::{Handle, Input, List, Output, Slot};
#[doc(hidden)]
pub use slot::{HandleDirection, RawSlot};
pub use snapshot::Snapshot;
pub use state::{NotReady, Readiness};
pub use why::{Cause, Change, Computing, Explanation};
