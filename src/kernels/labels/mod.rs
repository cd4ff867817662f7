//! Connected components, and what is done with their labels.
//!
//! # How components are found
//!
//! Along the last axis of space a component consists of *runs*: neighbours of one value. Rows are read once into masks of 64
//! elements at a time, one bit for what is not background and one for where a run begins ([`bits`], [`runs`]); a run's number
//! is then a count of bits. Where two neighbouring rows hold the same value, the runs above each other are joined in a union-find
//! ([`UnionFind`]) of runs, not of elements: only places where a run begins on either side need a look ([`touching`]).
//!
//! Threads take slabs of rows. Each slab's components are numbered in the order of their first elements; the slabs are
//! joined where they meet, by components, the joined components are numbered in one pass, and the slabs are painted
//! ([`slabs`]). Since the smallest number wins every union and numbers follow the order of elements, the result is in
//! scan order whatever the slabs were.
//!
//! (He, Chao and Suzuki 2008 label by runs; Rem's union-find with splicing is the fastest of those that Patwary, Blair and
//! Manne 2010 compare.)

mod bits;
mod census;
mod components;
mod connectivity;
mod ground;
mod label_map;
mod matching;
mod pieces;
mod relabel;
mod runs;
mod slabs;
mod touching;
mod union_find;
mod values;
mod volume;

pub use census::Census;
pub(crate) use census::must_be_labels;
pub use components::{Components, ConnectedComponents, connected_components};
pub use connectivity::Connectivity;
pub use label_map::LabelMap;
pub use matching::{Match, Matching, matching};
pub use pieces::Pieces;
pub(crate) use relabel::must_start;
pub use relabel::{filter_by_size, relabel_consecutive};
pub use union_find::UnionFind;
