//! Images of another size.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Operator, Output, PixelSize, Setup, SlotType};
use crate::kernels::{self, Interpolation};
use crate::operators::buffers::buffers;
use crate::operators::estimate::{block, with_bytes};
use crate::operators::form::form;
use crate::roi::{Roi, Shape};

impl SlotType for Interpolation {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// Gives an image another size along the axes of space.
///
/// lazyflow: `OpResize`. The kernel is [`kernels::Resize`], which gives the formula.
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `shape` | input | the shape of the result; axes other than those of space keep their lengths |
/// | `interpolation` | input, linear | an [`Interpolation`]: nearest for labels |
/// | `output` | output | an image of the same type; the same buffer, if it has that shape already |
#[derive(Clone, Debug)]
pub struct Resize {
    shape: Shape,
    interpolation: Interpolation,
}

/// The slots of [`Resize`].
#[derive(Debug)]
pub struct ResizeSlots {
    /// The image.
    pub input: Input<Array>,
    /// The shape of the result.
    pub shape: Input<Shape>,
    /// What lies between the elements of the image.
    pub interpolation: Input<Interpolation>,
    /// The image in its new size.
    pub output: Output<Array>,
}

impl Resize {
    /// To `shape`.
    pub fn to(shape: impl Into<Shape>) -> Self {
        Self {
            shape: shape.into(),
            interpolation: Interpolation::Linear,
        }
    }

    /// With another interpolation than the linear one.
    #[must_use]
    pub fn interpolation(self, interpolation: Interpolation) -> Self {
        Self { interpolation, ..self }
    }
}

fn kernel(shape: Shape, interpolation: Interpolation) -> kernels::Resize {
    kernels::Resize::to(shape).interpolation(interpolation)
}

impl Operator for Resize {
    type Slots = ResizeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ResizeSlots {
        ResizeSlots {
            input: declare.input("input"),
            shape: declare.default("shape", self.shape),
            interpolation: declare.default("interpolation", self.interpolation),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ResizeSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let input = cx.meta(&slots.input)?;
        let kernel = kernel(cx.value(&slots.shape)?, cx.value(&slots.interpolation)?);
        cx.describe(&slots.output, described(&kernel, &input)?)
    }

    fn dirty(&self, slots: &ResizeSlots, cx: &mut Dirty<'_>) {
        if cx.others_changed(&[&slots.input]) {
            return cx.mark_all(&slots.output);
        }
        let affected = || -> Result<Dirt, Error> {
            let input = cx.meta(&slots.input)?;
            let kernel = kernel(cx.value(&slots.shape)?, cx.value(&slots.interpolation)?);
            let regions = cx.of(&slots.input).regions(input.roi()).into_iter();
            regions.map(|roi| kernel.affected(&form(input), &roi)).collect()
        };
        // What does not let itself be asked is an error of the setup, which has changed everything.
        let dirt = affected().unwrap_or_else(|_| Dirt::everything());
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &ResizeSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let form = form(cx.meta(&slots.input)?);
        let kernel = kernel(cx.value(&slots.shape)?, cx.value(&slots.interpolation)?);
        if kernel.result(&form)?.shape == form.shape {
            return Ok(cx.request(&slots.input, roi).await?.into());
        }
        let needed = kernel.needed(&form, &roi)?;
        let bytes = kernel.bytes(&form, &roi, cx.runtime().compute_threads())?;
        let buffers = buffers(cx.runtime());
        let part = cx.request(&slots.input, needed).await?;
        let result = cx.compute_within(bytes, move |checkpoint| {
            let mut out = kernels::pooled(&buffers, form.axes, roi.shape().as_slice(), form.dtype, checkpoint)?;
            kernel.write_region(&part, &needed, &form, &roi, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(result.await?.into())
    }
}

/// The description of the result: pixels and preferred blocks become as much larger as there are fewer of them.
fn described(kernel: &kernels::Resize, input: &Meta) -> Result<Meta, Error> {
    let form = form(input);
    let result = kernel.result(&form)?.shape;
    if result == form.shape {
        return Ok(input.clone());
    }
    let mut meta = input.clone().with_shape(result)?;
    if let Some(pixels) = input.pixel_size() {
        let sizes = pixels.iter().enumerate().map(|(axis, pixel)| {
            let scale = if result[axis] == 0 {
                1.0
            } else {
                form.shape[axis] as f64 / result[axis] as f64
            };
            PixelSize {
                size: pixel.size * scale,
                ..pixel.clone()
            }
        });
        meta = meta.with_pixel_size(sizes.collect::<Vec<_>>())?;
    }
    let scaled = |block: Shape| {
        let along = |axis: usize| match block[axis] {
            0 => 0,
            len => (len * result[axis])
                .div_ceil(form.shape[axis].max(1))
                .clamp(1, result[axis].max(1)),
        };
        Shape::new((0..block.rank()).map(along).collect::<Vec<_>>())
    };
    if let Some(block) = input.ideal_block() {
        meta = meta.with_ideal_block(scaled(block)?);
    }
    if let Some(block) = input.max_block() {
        meta = meta.with_max_block(scaled(block)?);
    }
    let block = block(&meta)?;
    let part = kernel.needed(&form, &block)?;
    let own = kernel.bytes(&form, &block, 1)?;
    with_bytes(meta, &block, own, &[(input, part)])
}
