//! A part of an image as an image.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::operators::generic::describe::{map_blocks, map_dirt};
use crate::roi::{Roi, Shape};

/// Shows a region of its input as if it was all there is.
///
/// lazyflow: `OpSubRegion`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `roi` | [`Roi`] | which part of it |
/// | `output` | array | that part, its first pixel at 0: the same buffer, nothing is copied |
///
/// While the region is empty, reaches out of the input or has another number of axes, the output is not ready and says so.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::Crop;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let crop = graph.add(Crop::new(roi![1..3, 1..4]));
/// graph.edit(|e| e.set(&crop.input, Array::from_vec("yx", &[4, 4], (0_u8..16).collect())?))?;
/// assert_eq!(crop.output.request(roi![0..1, 0..3]).wait()?, Array::from_vec("yx", &[1, 3], vec![5_u8, 6, 7])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Crop {
    roi: Roi,
}

/// The slots of a [`Crop`].
#[derive(Debug)]
pub struct CropSlots {
    /// The whole.
    pub input: Input<Array>,
    /// Which part of it.
    pub roi: Input<Roi>,
    /// The part.
    pub output: Output<Array>,
}

impl Crop {
    /// To `roi` of the input.
    pub fn new(roi: Roi) -> Self {
        Self { roi }
    }
}

impl Operator for Crop {
    type Slots = CropSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> CropSlots {
        CropSlots {
            input: declare.input("input"),
            roi: declare.default("roi", self.roi),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &CropSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (meta, roi) = (cx.meta(&slots.input)?, cx.value(&slots.roi)?);
        if roi.is_empty() || !meta.roi().contains(&roi) {
            let what = if roi.is_empty() {
                "is empty"
            } else {
                "is not within the input"
            };
            return cx.not_ready(&slots.output, &format!("the region {roi} {what}, {meta:?}"));
        }
        let shape = roi.shape();
        let meta = map_blocks(meta, |block| {
            let lengths = block.iter().zip(shape.iter()).map(|(block, length)| block.min(length));
            Ok(Shape::new(lengths.collect::<Vec<_>>())?)
        })?;
        cx.describe(&slots.output, meta.with_shape(shape)?)
    }

    fn dirty(&self, slots: &CropSlots, cx: &mut Dirty<'_>) {
        let Ok(part) = cx.value(&slots.roi) else {
            return cx.everything();
        };
        if cx.is_dirty(&slots.roi) {
            return cx.everything();
        }
        let dirt = map_dirt(cx.of(&slots.input), part, |roi| {
            let inside = roi.intersection(&part);
            inside.map(|inside| Ok(inside.relative_to(&part)?)).transpose()
        });
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &CropSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let part = cx.value(&slots.roi)?;
        Ok(cx.request(&slots.input, roi.absolute_in(&part)?).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
