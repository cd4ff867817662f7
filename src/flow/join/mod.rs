//! Items that belong together, from several inputs: what a join decides.
//!
//! An assembler takes entries and makes groups: [by trace](by_trace), [by key](by_key), or [by time](by_time). It knows neither
//! tasks nor clocks; the [task](task) around it reads those inputs that the assembler [wants](assembler::Assembler::wants).
//!
//! J1 *Nothing is unaccounted for.* At every moment `taken = emitted + unmatched + late + evicted + unclaimed + pending`.
//! J2 *Order.* Groups come out in the order in which they became complete. What is settled at one moment is settled oldest
//!    first. Neither depends on hashes.
//! J3 *No leaks.* A group leaves as soon as it is known that it cannot become complete: an input that it lacks has ended or is
//!    past it. After the end of all inputs nothing is pending.
//! J4 *Holding back.* In a batch an input of which `max_pending` entries wait is not read. Nothing is evicted. An input is read
//!    on while it waits for one with which it has a producer in common: to hold it back would hold that one back too. Then as
//!    much collects as is under way to the other; and what a filter there keeps: by trace on ways that keep the order until it
//!    lets something through, else until the end.
//! J5 *No silence.* When no input is to be read, nothing will time out, and each input that is left has more, nothing could ever
//!    happen again: that is an error which says so. Whether an input has more, or ends, the node finds out.
//! J6 *Traces.* Where the way from a producer keeps the order, an input that has given something for an item of it gives nothing
//!    more for earlier ones.
//! J7 *Times.* An input is past a time when something later by more than its lateness has come.

mod assembler;
mod builder;
mod by_key;
mod by_time;
mod by_trace;
mod cause;
mod entry;
mod erased;
mod group;
mod index;
mod inputs;
mod joining;
mod keyed;
mod load;
mod missing;
mod options;
mod origins;
mod outputs;
mod policy;
mod read_ahead;
mod reader;
mod samples;
mod set;
mod tally;
mod task;
#[cfg(test)]
mod tests;
mod tuples;
mod waiting;
mod watermarks;

pub use builder::Join;
pub use missing::Missing;
pub use outputs::JoinOutput;
pub use tuples::JoinInputs;
