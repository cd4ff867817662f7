//! Exact order behind replicas that work side by side (V32).
//!
//! Replicas take numbered items. What each makes of an item it puts here under the number; a merging task takes it out in the
//! order of the numbers, whichever port it is for. The numbers have no gaps: each item that a replica has taken is put in, with
//! nothing made of it if it was dropped.
//!
//! R1 *Order.* What comes out is that of number 0, 1, 2 and so on; at the end, by replica, what they made without an item.
//! R2 *Bounds.* A replica that has made something of a number a whole window beyond the one that is missing waits. Whoever has
//!    the missing one never waits.
//! R3 *End.* The replicas are counted. The end comes when all are gone and everything has been taken.

mod insert;
mod take;
mod window;

pub(crate) use insert::Inserter;
pub(crate) use window::{AnyWindow, Made, Window};
