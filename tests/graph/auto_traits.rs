//! What may go to other threads, and be moved: every public type of the graph.

use headwater::graph::*;
use headwater::operators::{
    BlockCache, CacheStatistics, FixableCache, LabelProjection, MissingData, PinGuard, SlicedCache, UnblockedCache,
    UserLabels, UserLabelsSlots,
};
use headwater::{Array, Error};

use crate::common::Add;

fn everywhere<T: Send + Sync + Unpin>() {}
fn sent<T: Send + Unpin>() {}

#[test]
fn all_but_what_lends_goes_everywhere() {
    everywhere::<Graph>();
    everywhere::<Snapshot>();
    everywhere::<Drawing>();
    everywhere::<Explanation>();
    everywhere::<Change>();
    everywhere::<Cause>();
    everywhere::<Computing>();
    everywhere::<(Kept, MemoryReport, Written)>();
    everywhere::<Node<Add>>();
    everywhere::<Node<PerLane<Add>>>();
    everywhere::<Input<Array>>();
    everywhere::<Output<u8>>();
    everywhere::<List<List<Input<Array>>>>();
    everywhere::<Opaque<std::sync::Mutex<u8>>>();
    everywhere::<Data>();
    everywhere::<Meta>();
    everywhere::<Dirt>();
    everywhere::<Readiness>();
    everywhere::<NotReady>();
    everywhere::<Batch>();
    everywhere::<GraphEvent>();
    everywhere::<Execute>();
    everywhere::<(SlotId, OperatorId, LaneKey, Revision, Durability, PixelSize)>();
    everywhere::<(BlockCache, CacheStatistics, PinGuard)>();
    everywhere::<(FixableCache, SlicedCache, UnblockedCache)>();
    everywhere::<(UserLabels, UserLabelsSlots, LabelProjection, MissingData)>();
    everywhere::<Error>();
    sent::<GraphEvents>();
    sent::<Pull<Array>>();
}
