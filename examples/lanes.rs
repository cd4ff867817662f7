//! One operator over several images: each lane has its own, made when the image comes and removed when it goes.
//!
//! `cargo run --example lanes`

use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Operator, Output, PerLane, Setup, Slot};
use headwater::operators::BlockCache;
use headwater::{Array, Error, Roi};

static EXECUTED: AtomicUsize = AtomicUsize::new(0);

/// Multiplies by a factor.
struct Scale;

struct ScaleSlots {
    image: Input<Array>,
    factor: Input<f32>,
    output: Output<Array>,
}

/// What each lane consists of.
struct ScaleAndKeep;

impl Operator for ScaleAndKeep {
    type Slots = ScaleSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ScaleSlots {
        let (image, factor) = (declare.input("image"), declare.default("factor", 1.0));
        let (scale, cache) = (declare.add(Scale), declare.add(BlockCache::new()));
        declare.connect(&image, &scale.image);
        declare.connect(&factor, &scale.factor);
        declare.connect(&scale.output, &cache.input);
        ScaleSlots {
            output: declare.expose("output", &cache.output),
            image,
            factor,
        }
    }
}

impl Operator for Scale {
    type Slots = ScaleSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ScaleSlots {
        ScaleSlots {
            image: declare.input("image"),
            factor: declare.default("factor", 1.0),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ScaleSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.image)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &ScaleSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.image, &slots.output);
    }

    async fn execute(&self, slots: &ScaleSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        EXECUTED.fetch_add(1, Ordering::Relaxed);
        let factor = cx.value(&slots.factor)?;
        Ok(cx
            .request(&slots.image, roi)
            .await?
            .map(move |value: f32| value * factor)?
            .into())
    }
}

fn main() -> Result<(), Error> {
    let graph = Graph::new();
    let lanes = graph.add(PerLane::new(|| ScaleAndKeep).promote(["image"]));
    let (images, outputs) = (lanes.list(|s| &s.image), lanes.list(|s| &s.output));
    let factor = lanes.shared(|s| &s.factor);
    let image = |value: f32| Array::full("yx", &[64, 64], value);
    let show = |what: &str| -> Result<(), Error> {
        EXECUTED.store(0, Ordering::Relaxed);
        print!("{what:<28}");
        for output in outputs.iter() {
            let array = output.request(output.meta()?.roi()).wait()?;
            print!(" {}={}", output.path(), array.view::<f32>()?[[0, 0]]);
        }
        println!("; {} executed", EXECUTED.load(Ordering::Relaxed));
        Ok(())
    };
    graph.edit(|e| e.set_all(&images, [image(1.0)?, image(2.0)?]))?;
    show("two images")?;
    graph.edit(|e| {
        let (_, lane) = e.insert(&images, 1)?;
        e.set(&lane, image(10.0)?)
    })?;
    show("one more, in the middle")?;
    graph.edit(|e| e.set(&factor, 3.0_f32))?;
    show("the factor that all share")?;
    graph.edit(|e| e.remove_lane(&images, images.keys()[0]))?;
    show("without the first")
}
