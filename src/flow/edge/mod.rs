//! Where items wait between two nodes.
//!
//! An edge has senders, one for each replica of the node before it, and receivers, one for each replica of the node behind it. The
//! receivers compete for the items of a lane; an edge whose items are partitioned by a key, or go to each of them, has a lane for each
//! receiver.
//!
//! E1 *Nothing is unaccounted for.* At every moment `sent = taken + waiting + dropped + unwanted`.
//! E2 *Order.* Items of a lane are taken in the order in which they were sent.
//! E3 *End.* The senders are counted. The edge has ended for a receiver when all of them are gone and its lane is empty; no
//!    clock has a say in it, and the end is never dropped (V24, V74–V76).
//! E4 *Blocking.* Under [`Overflow::Block`] an item waits with its sender until there is room. Whoever has waited longest is
//!    called first; one that is called and goes away calls the next. Where bytes are counted too, senders keep their order, or
//!    a large item might never fit. Otherwise a sender never waits (V23).
//! E5 *Bounds.* A lane holds at most its depth in items, and its bytes, but one item always fits: too small a budget is slow, not
//!    stuck.
//! E6 *Nobody there.* What is sent when all receivers are gone, or the flow is halted, is let go of, and counted.

mod any;
mod parcel;
mod receive;
mod send;
mod settings;
mod source;
mod state;
mod wait_list;

pub(crate) use any::{AnyEdge, MakeEdge, Typed};
pub(crate) use parcel::Parcel;
pub(crate) use receive::{Receiver, Taken};
pub(crate) use send::Sender;
pub use settings::Overflow;
pub(crate) use settings::{Limits, Routing, number_of};
pub(crate) use source::Source;
pub(crate) use state::Edge;
pub(crate) use wait_list::{Ticket, WaitList};
