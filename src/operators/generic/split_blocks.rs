//! A large request as several small ones.

use futures::future::try_join_all;

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Meta, Operator, Output, Setup};
use crate::operators::assemble::assemble;
use crate::operators::estimate::with_bytes_of_each;
use crate::roi::{BlockGrid, Roi, Shape};

/// Asks for each block of a region by itself, side by side, and puts them together: what is behind it is then computed in
/// parallel, and no part of it is larger than a block.
///
/// lazyflow: `OpSplitRequestsBlockwise`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `block` | `Vec<usize>` | pixels of a block along each axis, aligned at 0; 0 is the whole of an axis |
/// | `full_blocks` | `bool` | whether to ask for whole blocks, clipped only at the end of the image, rather than for the part that is wanted; `false` is the default |
/// | `output` | array | the input; its [ideal block](Meta::ideal_block) is the block |
///
/// A region within one block is handed on without a copy. While the block has another number of axes than the input, the
/// output is not ready.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::SplitBlocks;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let split = graph.add(SplitBlocks::new([2, 2]));
/// graph.edit(|e| e.set(&split.input, Array::from_vec("yx", &[4, 4], (0_u8..16).collect())?))?;
/// let part = split.output.request(roi![1..3, 1..3]).wait()?; // four requests
/// assert_eq!(part, Array::from_vec("yx", &[2, 2], vec![5_u8, 6, 9, 10])?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SplitBlocks {
    block: Vec<usize>,
    full_blocks: bool,
}

/// The slots of a [`SplitBlocks`].
#[derive(Debug)]
pub struct SplitBlocksSlots {
    /// What is asked for block by block.
    pub input: Input<Array>,
    /// Pixels of a block along each axis.
    pub block: Input<Vec<usize>>,
    /// Whether to ask for whole blocks.
    pub full_blocks: Input<bool>,
    /// The same as the input.
    pub output: Output<Array>,
}

impl SplitBlocks {
    /// With blocks of this shape.
    pub fn new(block: impl Into<Vec<usize>>) -> Self {
        Self {
            block: block.into(),
            full_blocks: false,
        }
    }

    /// Asks for whole blocks: behind it every request is a block of the same grid.
    #[must_use]
    pub fn full_blocks(self) -> Self {
        let full_blocks = true;
        Self { full_blocks, ..self }
    }
}

/// The block within the image: of the whole of an axis where it is 0.
fn within(block: &[usize], meta: &Meta) -> Result<Shape, Error> {
    let whole = meta.shape();
    let lengths = block.iter().zip(&whole).map(|(&block, length)| match block {
        0 => length.max(1),
        _ => block.min(length.max(1)),
    });
    Ok(Shape::new(lengths.collect::<Vec<_>>())?)
}

impl Operator for SplitBlocks {
    type Slots = SplitBlocksSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SplitBlocksSlots {
        SplitBlocksSlots {
            input: declare.input("input"),
            block: declare.default("block", self.block.clone()),
            full_blocks: declare.default("full_blocks", self.full_blocks),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &SplitBlocksSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (input, block) = (cx.meta(&slots.input)?, cx.value(&slots.block)?);
        if block.len() != input.shape().rank() {
            let reason = format!("blocks of {block:?} do not fit the axes `{}`", input.axes());
            return cx.not_ready(&slots.output, &reason);
        }
        let meta = input.clone().with_ideal_block(within(&block, &input)?);
        cx.describe(&slots.output, with_bytes_of_each(meta, &[input])?)
    }

    fn dirty(&self, slots: &SplitBlocksSlots, cx: &mut Dirty<'_>) {
        // How it is cut does not change what is given.
        let dirt = cx.of(&slots.input).clone();
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &SplitBlocksSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let (meta, full_blocks) = (cx.output_meta(&slots.output)?, cx.value(&slots.full_blocks)?);
        let grid = BlockGrid::aligned(meta.shape(), within(&cx.value(&slots.block)?, meta)?)?;
        let parts = grid.split(&roi)?.zip(grid.intersecting(&roi)?).map(|(part, block)| {
            let (part, block) = (part.roi, if full_blocks { block.roi } else { part.roi });
            let pull = cx.request(&slots.input, block).submit();
            async move {
                let array = pull.await?;
                Ok::<_, Error>((part, array.slice(&part.relative_to(&block)?)?))
            }
        });
        let parts = try_join_all(parts).await?;
        Ok(assemble(cx, meta, roi, parts).await?.into())
    }
}
