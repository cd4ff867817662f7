//! Labels as maps say.

use futures::{StreamExt, TryStreamExt, stream};

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, List, Opaque, Operator, Output, Setup};
use crate::kernels::{LabelMap, pooled};
use crate::operators::assemble::wholes_at_once;
use crate::operators::buffers::buffers;
use crate::operators::estimate::with_bytes_of_each;
use crate::operators::labels::counts::layout;
use crate::roi::Roi;

/// Maps the labels of each volume by its map.
pub(super) struct ApplyMaps;

pub(super) struct ApplyMapsSlots {
    pub(super) input: Input<Array>,
    pub(super) maps: List<Input<Opaque<LabelMap>>>,
    pub(super) output: Output<Array>,
}

impl Operator for ApplyMaps {
    type Slots = ApplyMapsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ApplyMapsSlots {
        ApplyMapsSlots {
            input: declare.input("input"),
            maps: declare.optional_list("maps"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ApplyMapsSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        layout(&meta)?;
        let meta = with_bytes_of_each(meta.clone().without_range(), &[meta])?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &ApplyMapsSlots, cx: &mut Dirty<'_>) {
        let Ok(layout) = cx.output_meta(&slots.output).and_then(|meta| layout(meta)) else {
            return cx.everything();
        };
        cx.mark(&slots.output, cx.of(&slots.input).clone());
        for (volume, (_, map)) in cx.lanes(&slots.maps).iter().enumerate() {
            if let (true, Ok(region)) = (cx.is_dirty(map), layout.volume(volume)) {
                cx.mark(&slots.output, region);
            }
        }
    }

    async fn execute(&self, slots: &ApplyMapsSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let layout = layout(cx.meta(&slots.input)?)?;
        let (maps, labels) = (cx.lanes(&slots.maps), cx.request(&slots.input, roi).submit());
        let wholes = wholes_at_once(cx, layout.blocks_of_a_volume()?);
        let parts = layout.volumes_in(&roi).into_iter().map(|volume| {
            let map = maps.get(volume).map(|(_, map)| cx.get(map));
            let part = layout.volume(volume);
            async move {
                let map = map.ok_or_else(|| Error::invalid("no such volume"))?;
                let part = part?.intersection(&roi).unwrap_or(roi);
                Ok::<_, Error>((part.relative_to(&roi)?, map.await?))
            }
        });
        let parts: Vec<_> = stream::iter(parts).buffered(wholes).try_collect().await?;
        let (labels, buffers) = (labels.await?, buffers(cx.runtime()));
        let apply = cx.compute(move |checkpoint| {
            let mut whole = pooled(&buffers, labels.axes(), labels.shape(), labels.dtype(), checkpoint)?;
            for (part, map) in &parts {
                map.apply_region(&labels, part, &mut whole, checkpoint)?;
            }
            Ok(whole)
        });
        Ok(apply.await?.into())
    }
}
