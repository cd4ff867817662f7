//! The seeded watershed.

use futures::future::OptionFuture;

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Operator, Output, Setup};
use crate::kernels::{self, Connectivity, Form};
use crate::operators::buffers::buffers;
use crate::operators::estimate;
use crate::operators::form::form;
use crate::operators::segment::blocks::{from_blocks, grid, preferred, slice};
use crate::roi::{BlockGrid, Roi};

/// Floods an image from seeds: each pixel gets the label of the seed whose flood reaches it first.
///
/// lazyflow: `OpVigraWatershed`. The kernel is [`kernels::Watershed`], which gives the definition.
///
/// | slot | | what |
/// |---|---|---|
/// | `image` | input | an image of any element type; low values are flooded first |
/// | `seeds` | input, optional | labels, `u8`, `u16` or `u32`, 0 where there is none; without it each local minimum is a seed |
/// | `mask` | input, optional | where it is 0 nothing is flooded |
/// | `connectivity` | input, faces | which pixels are neighbours |
/// | `padding` | input, `None` | how much around a block is flooded with it; `None` is everything |
/// | `output` | output | labels, `u32` |
///
/// A flood depends on everything that it can reach. By default all of a time step and channel is flooded at once, for all who
/// ask at the time: the result is exact, and the same whatever region is asked for. Put a
/// [`BlockCache`](crate::operators::BlockCache) behind it.
///
/// With a padding the output is flooded in the blocks that the image prefers, each with so many pixels around it. That is
/// an approximation: where a flood would have come from further away, regions differ from those of the whole, and at the
/// borders of blocks they can differ from each other. The blocks are fixed, so it does not matter either which region is
/// asked for, and labels are those of the seeds, the same in all blocks. Minima have no labels beyond their block, which is
/// why a padding needs seeds.
#[derive(Clone, Debug, Default)]
pub struct Watershed {
    connectivity: Connectivity,
    padding: Option<usize>,
}

/// The slots of a [`Watershed`].
#[derive(Debug)]
pub struct WatershedSlots {
    /// What to flood.
    pub image: Input<Array>,
    /// Where to begin.
    pub seeds: Input<Array>,
    /// Where to flood.
    pub mask: Input<Array>,
    /// Which pixels are neighbours.
    pub connectivity: Input<Connectivity>,
    /// How much around a block is flooded with it.
    pub padding: Input<Option<usize>>,
    /// The regions.
    pub output: Output<Array>,
}

impl Watershed {
    /// Across faces, and all at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// With other neighbours.
    #[must_use]
    pub fn connectivity(mut self, connectivity: Connectivity) -> Self {
        self.connectivity = connectivity;
        self
    }

    /// In blocks, each with so many pixels around it.
    #[must_use]
    pub fn padding(mut self, padding: usize) -> Self {
        self.padding = Some(padding);
        self
    }
}

impl Operator for Watershed {
    type Slots = WatershedSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> WatershedSlots {
        WatershedSlots {
            image: declare.input("image"),
            seeds: declare.optional("seeds"),
            mask: declare.optional("mask"),
            connectivity: declare.default("connectivity", self.connectivity),
            padding: declare.default("padding", self.padding),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &WatershedSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let image = cx.meta(&slots.image)?;
        let (connectivity, padding) = (cx.value(&slots.connectivity)?, cx.value(&slots.padding)?);
        for (name, input) in [("seeds", &slots.seeds), ("mask", &slots.mask)] {
            if !cx.is_ready(input) {
                continue;
            }
            let other = cx.meta(input)?;
            if (other.axes(), other.shape()) != (image.axes(), image.shape()) {
                return Err(Error::invalid(format!(
                    "the {name} {other:?} do not fit the image {image:?}"
                )));
            }
        }
        if padding.is_some() && !cx.is_ready(&slots.seeds) {
            return Err(Error::invalid(
                "a padding needs seeds: minima are not the same in all blocks",
            ));
        }
        let block = if padding.is_some() {
            preferred(&image)?
        } else {
            slice(&image)?
        };
        let meta = image
            .clone()
            .with_dtype(DType::U32)
            .without_range()
            .with_ideal_block(block);
        let block = estimate::block(&meta)?;
        let part = block.expand_by_halo(halo(&image, padding), image.roi())?.outer;
        let kernel = kernels::Watershed::new().connectivity(connectivity);
        let flood = kernel.bytes(&of(&image, &part), cx.is_ready(&slots.seeds), 1)?;
        // What is around a block is cut off when the flood is over.
        let cut = estimate::size(&meta) * (part.volume()? + block.volume()?) as u64;
        let own = if part == block { flood } else { flood.max(cut) };
        let mut inputs = vec![image.clone()];
        for input in [&slots.seeds, &slots.mask] {
            if cx.is_ready(input) {
                inputs.push(cx.meta(input)?);
            }
        }
        let parts: Vec<_> = inputs.iter().map(|input| (input, part)).collect();
        cx.describe(&slots.output, estimate::with_bytes(meta, &block, own, &parts)?)
    }

    fn dirty(&self, slots: &WatershedSlots, cx: &mut Dirty<'_>) {
        let inputs = [&slots.image, &slots.seeds, &slots.mask];
        if cx.others_changed(&inputs) {
            return cx.mark_all(&slots.output);
        }
        // Whatever does not let itself be asked is an error of the setup, which has changed everything.
        let dirt = affected(slots, cx, inputs).unwrap_or_else(|_| Dirt::everything());
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &WatershedSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let (image, meta) = (cx.meta(&slots.image)?, cx.output_meta(&slots.output)?);
        if let Some(array) = from_blocks(cx, meta, &roi).await? {
            return Ok(array.into());
        }
        let padded = roi.expand_by_halo(halo(image, cx.value(&slots.padding)?), image.roi())?;
        let (part, inner) = (padded.outer, padded.inner);
        let kernel = kernels::Watershed::new().connectivity(cx.value(&slots.connectivity)?);
        let threads = cx.runtime().compute_threads();
        let bytes = kernel.bytes(&of(image, &part), cx.is_ready(&slots.seeds), threads)?;
        let optional = |input| OptionFuture::from(cx.is_ready(input).then(|| cx.request(input, part).submit()));
        let (seeds, mask) = (optional(&slots.seeds), optional(&slots.mask));
        let (image, seeds, mask) = futures::join!(cx.request(&slots.image, part), seeds, mask);
        let (image, seeds, mask) = (image?, seeds.transpose()?, mask.transpose()?);
        let buffers = buffers(cx.runtime());
        let flood = cx.compute_within(bytes, move |checkpoint| {
            let mut regions = kernels::pooled(&buffers, image.axes(), image.shape(), DType::U32, checkpoint)?;
            kernel.write(&image, seeds.as_ref(), mask.as_ref(), &mut regions, checkpoint)?;
            if inner == Roi::full(part.shape()) {
                return Ok(regions);
            }
            // A slice would keep what is around it.
            let mut own = kernels::pooled(&buffers, image.axes(), inner.shape().as_slice(), DType::U32, checkpoint)?;
            let part = (Roi::full(inner.shape()), regions.slice(&inner)?);
            kernels::assemble(&[part], &mut own, checkpoint)?;
            Ok(own)
        });
        Ok(flood.await?.into())
    }
}

/// How far a block looks around itself along each axis.
fn halo(image: &Meta, padding: Option<usize>) -> Vec<usize> {
    let mut halo = vec![0; image.axes().len()];
    image
        .axes()
        .spatial()
        .for_each(|axis| halo[axis] = padding.unwrap_or(0));
    halo
}

/// The form of a part of the image.
fn of(image: &Meta, part: &Roi) -> Form {
    Form {
        shape: part.shape(),
        ..form(image)
    }
}

/// The blocks that see any of what changed.
fn affected(slots: &WatershedSlots, cx: &Dirty<'_>, inputs: [&Input<Array>; 3]) -> Result<Dirt, Error> {
    let image = cx.meta(&slots.image)?;
    let padding = cx.value(&slots.padding)?;
    let block = if padding.is_some() {
        preferred(image)?
    } else {
        slice(image)?
    };
    let grid: BlockGrid = grid(&Meta::clone(image).with_ideal_block(block))?;
    let halo = halo(image, padding);
    let mut blocks = Vec::new();
    for roi in inputs.into_iter().flat_map(|input| cx.of(input).regions(image.roi())) {
        let grown = roi.expand_by_halo(&halo, image.roi())?.outer;
        blocks.extend(grid.intersecting(&grown)?.map(|block| block.roi));
    }
    Ok(blocks.into_iter().collect())
}
