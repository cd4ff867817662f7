//! Two operators of one's own: a pointwise one, and one with a halo.
//!
//! `cargo run --example custom_operator`

use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Operator, Output, Setup};
use headwater::{Array, Error, Roi, roi};
use ndarray::Array2;

struct Slots {
    input: Input<Array>,
    output: Output<Array>,
}

fn one_in_one_out(declare: &mut Declare<'_>) -> Slots {
    Slots {
        input: declare.input("input"),
        output: declare.output("output"),
    }
}

/// Pointwise: each pixel depends on itself alone.
struct Invert;

impl Operator for Invert {
    type Slots = Slots;

    fn slots(&self, declare: &mut Declare<'_>) -> Slots {
        one_in_one_out(declare)
    }

    fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &Slots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let image = cx.request(&slots.input, roi).await?;
        Ok(image.map(|value: u8| 255 - value)?.into())
    }
}

/// With a halo: the greatest of a pixel and its neighbours within `radius` along the row.
struct Dilate {
    radius: usize,
}

impl Operator for Dilate {
    type Slots = Slots;

    fn slots(&self, declare: &mut Declare<'_>) -> Slots {
        one_in_one_out(declare)
    }

    fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &Slots, cx: &mut Dirty<'_>) {
        cx.grown_region(&slots.input, &slots.output, &[0, self.radius]);
    }

    async fn execute(&self, slots: &Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let grown = roi.expand_by_halo([0, self.radius], cx.meta(&slots.input)?.roi())?;
        let image = cx.request(&slots.input, grown.outer).await?;
        let (radius, inner) = (self.radius, grown.inner);
        let kernel = cx.compute(move |_| {
            let (pixels, width) = (image.view::<u8>()?, image.shape()[1]);
            let near = |x: usize| x.saturating_sub(radius)..(x + radius + 1).min(width);
            let greatest = |y, x| near(x).map(|x| pixels[[y, x]]).max().unwrap_or(0);
            let (at, size) = (inner.start(), [inner.shape()[0], inner.shape()[1]]);
            Array::from_ndarray(
                "yx",
                Array2::from_shape_fn(size, |(y, x)| greatest(at[0] + y, at[1] + x)),
            )
        });
        Ok(kernel.await?.into())
    }
}

fn main() -> Result<(), Error> {
    let graph = Graph::new();
    let (invert, dilate) = (graph.add(Invert), graph.add(Dilate { radius: 2 }));
    graph.edit(|e| {
        e.connect(&invert.output, &dilate.input)?;
        e.set(&invert.input, Array::full("yx", &[4, 12], 200_u8)?)
    })?;
    let mut events = graph.subscribe();
    graph.edit(|e| e.write(&invert.input, roi![1..2, 5..6], &Array::full("yx", &[1, 1], 10_u8)?))?;
    let image = dilate.output.request(roi![0..4, 0..12]).wait()?;
    println!("{}\nwhat the last edit changed:", image.view::<u8>()?);
    for event in events.try_next().iter().flat_map(|batch| &batch.events) {
        println!("  {:<14} {:?}", event.path, event.kind);
    }
    Ok(())
}
