//! Operators that provide: data or values from where they lie, one of several inputs, what is known of an input.

mod array_source;
mod as_list;
mod inject_meta;
mod join_lists;
mod list_to_lanes;
mod merge_meta;
mod meta_field;
mod meta_patch;
mod missing_source;
mod precomputed;
mod select_attribute;
mod select_meta;
mod switch;
mod value_cache;
mod zero_default;

pub use array_source::{ArraySource, ArraySourceSlots};
pub use as_list::{AsList, AsListSlots};
pub use inject_meta::{InjectMeta, InjectMetaSlots};
pub use join_lists::{JoinLists, JoinListsSlots};
pub use list_to_lanes::{ListToLanes, ListToLanesSlots};
pub use merge_meta::{MergeMeta, MergeMetaSlots};
pub use meta_field::MetaField;
pub use meta_patch::MetaPatch;
pub use missing_source::{MissingDataError, MissingSource, MissingSourceSlots};
pub use precomputed::{Precomputed, PrecomputedSlots};
pub use select_attribute::{SelectAttribute, SelectAttributeSlots};
pub use select_meta::{SelectMeta, SelectMetaSlots};
pub use switch::{Switch, SwitchSlots};
pub use value_cache::{ValueCache, ValueCacheSlots};
pub use zero_default::{ZeroDefault, ZeroDefaultSlots};
