//! Labels that a user paints: lazyflow's `OpCompressedUserLabelArray`.
//!
//! # Protocol
//!
//! L1 All labels are one value of a slot, a [`LabelMap`](map::LabelMap): blocks by their number, each compressed and immutable, none of
//!    them empty. Maps of different revisions share the blocks in which they do not differ.
//! L2 To paint is a step of an edit. It makes another map, sets it, and marks the regions of the output in which something
//!    differs as dirty, all in the same edit: so equal stamps mean equal labels (N3), and a reader of an older revision, whose
//!    value is the older map, keeps seeing that (N1).
//! L3 Nobody but the methods of the slots sets the map: the slot's handle is private.

mod edit;
mod map;
mod operator;
mod projection;

pub use operator::{UserLabels, UserLabelsSlots};
pub use projection::{LabelProjection, LabelProjectionSlots};
