//! The labels of each volume, counted block by block.

use futures::{StreamExt, stream};

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, List, Opaque, Operator, Output, Setup};
use crate::kernels::{Census, must_be_labels};
use crate::operators::assemble::{at_once, fold};
use crate::operators::labels::kept::{Kept, lane_of};
use crate::operators::labels::layout::Layout;
use crate::roi::Roi;
use crate::sync::Arc;

/// Counts the labels of each volume.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | labels |
/// | `counts` | list | for each volume, its labels |
#[derive(Default)]
pub(super) struct CountLabels {
    kept: Kept<Census>,
}

pub(super) struct CountLabelsSlots {
    pub(super) input: Input<Array>,
    pub(super) counts: List<Output<Opaque<Census>>>,
}

/// The volumes and blocks of an input of labels.
pub(super) fn layout(meta: &crate::graph::Meta) -> Result<Layout, Error> {
    must_be_labels(meta.dtype())?;
    Layout::new(meta, Layout::block_shape(meta, None)?)
}

impl CountLabels {
    async fn count(&self, slots: &CountLabelsSlots, cx: &Execute, volume: usize) -> Result<Arc<Census>, Error> {
        let layout = layout(cx.meta(&slots.input)?)?;
        let blocks = layout.blocks(&layout.volume(volume)?)?;
        let layout = &layout;
        let counts = blocks.map(|block| async move {
            let labels = cx.request(&slots.input, block).await?;
            let (whole, origin) = layout.along_space(&block);
            let count = cx.compute(move |checkpoint| {
                let mut census = Census::default();
                census.count(&labels, &origin, &whole, checkpoint)?;
                Ok(Arc::new(census))
            });
            count.await
        });
        let counts = stream::iter(counts).buffer_unordered(at_once(cx));
        let merge = |all: &mut Census, census: Arc<Census>, checkpoint: &Checkpoint| all.try_merge(&census, checkpoint);
        Ok(Arc::new(fold(cx, Census::default(), counts, merge).await?))
    }
}

impl Operator for CountLabels {
    type Slots = CountLabelsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> CountLabelsSlots {
        CountLabelsSlots {
            input: declare.input("input"),
            counts: declare.list("counts"),
        }
    }

    fn setup(&self, slots: &CountLabelsSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let layout = layout(&cx.meta(&slots.input)?)?;
        for count in cx.set_len(&slots.counts, layout.volumes())? {
            cx.computed(&count)?;
        }
        Ok(())
    }

    fn dirty(&self, slots: &CountLabelsSlots, cx: &mut Dirty<'_>) {
        let (whole, counts) = (cx.input_roi(&slots.input), cx.lanes(&slots.counts));
        let Ok(layout) = cx.meta(&slots.input).and_then(|meta| layout(meta)) else {
            return cx.everything();
        };
        let regions = cx.of(&slots.input).regions(whole);
        for volume in regions.iter().flat_map(|roi| layout.volumes_in(roi)) {
            if let Some((_, count)) = counts.get(volume) {
                cx.mark_all(count);
            }
        }
    }

    async fn execute(&self, slots: &CountLabelsSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let volume = lane_of(cx, &slots.counts).ok_or_else(|| Error::invalid("no such volume"))?;
        let stamp = cx.stamp(&roi);
        if let Some(census) = self.kept.find(volume, stamp) {
            return Ok(Data::of(census));
        }
        let census = self.count(slots, cx, volume).await?;
        let charge = cx.runtime().charge(census.nbytes());
        Ok(Data::of(self.kept.put(volume, stamp, census, charge)))
    }
}
