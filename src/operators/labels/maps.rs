//! What becomes of the labels of each volume.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, List, Opaque, Operator, Output, Setup, SlotType};
use crate::kernels::{Census, LabelMap};
use crate::operators::labels::kept::{Kept, lane_of};
use crate::roi::Roi;
use crate::sync::Arc;

/// How to make a map of a census.
pub(super) trait Rule: SlotType {
    /// Refuses what cannot be meant.
    fn check(&self) -> Result<(), Error>;

    fn map(&self, census: &Census, checkpoint: &Checkpoint) -> Result<LabelMap, Error>;
}

/// Makes a map of each census.
pub(super) struct MakeMaps<R> {
    kept: Kept<LabelMap>,
    rule: R,
}

pub(super) struct MakeMapsSlots<R: SlotType> {
    pub(super) counts: List<Input<Opaque<Census>>>,
    pub(super) rule: Input<R>,
    pub(super) maps: List<Output<Opaque<LabelMap>>>,
}

impl<R: Rule> MakeMaps<R> {
    pub(super) fn new(rule: R) -> Self {
        Self {
            kept: Kept::default(),
            rule,
        }
    }
}

impl<R: Rule> Operator for MakeMaps<R> {
    type Slots = MakeMapsSlots<R>;

    fn slots(&self, declare: &mut Declare<'_>) -> MakeMapsSlots<R> {
        MakeMapsSlots {
            counts: declare.optional_list("counts"),
            rule: declare.default("rule", self.rule.clone()),
            maps: declare.list("maps"),
        }
    }

    fn setup(&self, slots: &MakeMapsSlots<R>, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.value(&slots.rule)?.check()?;
        let keys: Vec<_> = cx.lanes(&slots.counts).into_iter().map(|(key, _)| key).collect();
        for map in cx.set_lanes(&slots.maps, &keys)? {
            cx.computed(&map)?;
        }
        Ok(())
    }

    fn dirty(&self, slots: &MakeMapsSlots<R>, cx: &mut Dirty<'_>) {
        if cx.is_dirty(&slots.rule) {
            return cx.everything();
        }
        let counts = cx.lanes(&slots.counts);
        for ((_, count), (_, map)) in counts.iter().zip(cx.lanes(&slots.maps)) {
            if cx.is_dirty(count) {
                cx.mark_all(&map);
            }
        }
    }

    async fn execute(&self, slots: &MakeMapsSlots<R>, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let volume = lane_of(cx, &slots.maps).ok_or_else(|| Error::invalid("no such volume"))?;
        let stamp = cx.stamp(&roi);
        if let Some(map) = self.kept.find(volume, stamp) {
            return Ok(Data::of(map));
        }
        let counts = cx.lanes(&slots.counts);
        let (_, count) = counts.get(volume).ok_or_else(|| Error::invalid("no such volume"))?;
        let (census, rule) = (cx.get(count).await?, cx.value(&slots.rule)?);
        let map = cx
            .compute(move |checkpoint| Ok(Arc::new(rule.map(&census, checkpoint)?)))
            .await?;
        let charge = cx.runtime().charge(map.nbytes());
        Ok(Data::of(self.kept.put(volume, stamp, map, charge)))
    }
}
