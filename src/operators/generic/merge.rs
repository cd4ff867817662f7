//! Several images made into one.

use futures::future::try_join_all;

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, List, Meta, Operator, Output, Setup};
use crate::operators::buffers::buffers;
use crate::operators::estimate::with_bytes_of_each;
use crate::operators::generic::merge_fn::MergeFn;
use crate::roi::Roi;

/// Makes one image of several by a function of their elements.
///
/// lazyflow: `OpMultiArrayMerger`.
///
/// | slot | | |
/// |---|---|---|
/// | `images` | list of arrays | at least one; of the same axes and shape |
/// | `function` | [`MergeFn`] | what is made of them |
/// | `output` | array | that, of the type that the function says |
///
/// The same region of all images is asked for side by side; what changed of one has changed of the result. Sizes and names
/// are those of the first image; the range of values is what the function says.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::{Merge, MergeFn};
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let merge = graph.add(Merge::new(MergeFn::per_element(|values: &[u8]| values.iter().map(|v| u32::from(*v)).sum::<u32>())));
/// graph.edit(|e| e.set_all(&merge.images, [Array::full("x", &[4], 200_u8)?, Array::full("x", &[4], 100_u8)?]))?;
/// assert_eq!(merge.output.request(roi![1..2]).wait()?.view::<u32>()?[[0]], 300);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Merge {
    function: MergeFn,
}

/// The slots of a [`Merge`].
#[derive(Debug)]
pub struct MergeSlots {
    /// What is made into one.
    pub images: List<Input<Array>>,
    /// How.
    pub function: Input<MergeFn>,
    /// The one.
    pub output: Output<Array>,
}

impl Merge {
    /// By `function`.
    pub fn new(function: MergeFn) -> Self {
        Self { function }
    }
}

impl Operator for Merge {
    type Slots = MergeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> MergeSlots {
        MergeSlots {
            images: declare.list("images"),
            function: declare.default("function", self.function.clone()),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &MergeSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let function = cx.value(&slots.function)?;
        let images = cx.lanes(&slots.images);
        let metas: Vec<_> = images
            .iter()
            .map(|(_, image)| cx.meta(image))
            .collect::<Result<_, _>>()?;
        let first = &metas[0];
        let other = |meta: &&Meta| meta.shape() != first.shape() || meta.axes() != first.axes();
        if let Some(other) = metas.iter().find(other) {
            return Err(Error::invalid(format!("{other:?} cannot be merged with {first:?}")));
        }
        let meta = first.clone().with_dtype(function.dtype());
        let meta = match function.range() {
            Some((least, greatest)) => meta.with_range(least, greatest),
            None => meta.without_range(),
        };
        cx.describe(&slots.output, with_bytes_of_each(meta, &metas)?)
    }

    fn dirty(&self, slots: &MergeSlots, cx: &mut Dirty<'_>) {
        let images = cx.lanes(&slots.images);
        let images: Vec<_> = images.iter().map(|(_, image)| image).collect();
        if cx.others_changed(&images) {
            return cx.everything();
        }
        let mut dirt = Dirt::nothing();
        images.iter().for_each(|image| dirt.merge(cx.of(image)));
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &MergeSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let function = cx.value(&slots.function)?;
        let images = cx.lanes(&slots.images).into_iter();
        let pulls: Vec<_> = images.map(|(_, image)| cx.request(&image, roi).submit()).collect();
        let arrays = try_join_all(pulls).await?;
        let buffers = buffers(cx.runtime());
        let kernel = cx.compute(move |checkpoint| function.call(&arrays, &buffers, checkpoint));
        Ok(kernel.await?.into())
    }
}
