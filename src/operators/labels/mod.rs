//! Labels of whole volumes, computed block by block.
//!
//! # Protocol
//!
//! An image is cut into *volumes*, one for each place along the axes that are not of space, and those into blocks
//! ([`layout`]). What concerns a volume as a whole, such as which pieces belong together, is a value: an inner operator
//! makes a list with one element for each volume, so that a request computes what the volumes that it touches need, and
//! dirt in one leaves the others alone.
//!
//! L1 What is kept for a block or for a volume is kept with the stamp that it was computed for, and given to whoever asks
//!    with that stamp ([`Kept`](kept::Kept), and [`pieces`] through the store of the block caches, on its account).
//! L2 What is kept never takes the place of something with a greater stamp.
//! L3 No lock is held while anything is awaited or computed: who comes too late for what another computes computes it too,
//!    and the same comes out.
//! L4 A volume is read block by block, a few at a time. What outlives that is smaller than labels: the runs of each block,
//!    which may be dropped for want of memory and found again; 4 bytes for each piece.

mod apply_maps;
mod block_labels;
mod components;
mod counts;
mod filter;
mod growth;
mod kept;
mod known;
mod layout;
mod lazy;
mod lazy_labels;
mod maps;
mod options;
mod overlay;
mod pieces;
mod relabel;
mod table;

pub use components::{ConnectedComponents, ConnectedComponentsSlots};
pub use filter::{FilterBySize, FilterBySizeSlots};
pub use lazy::{LazyConnectedComponents, LazyConnectedComponentsSlots};
pub use overlay::{LabelOverlay, LabelOverlaySlots};
pub use relabel::{RelabelConsecutive, RelabelConsecutiveSlots};

use crate::graph::SlotType;
use crate::kernels::Connectivity;

impl SlotType for Connectivity {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}
