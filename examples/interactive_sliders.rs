//! A viewer: a parameter is dragged while the viewport pans. What is overtaken is not computed.
//!
//! `cargo run --release --example interactive_sliders`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use headwater::graph::{Data, Declare, Execute, Graph, Input, Meta, Operator, Output, Setup};
use headwater::operators::BlockCache;
use headwater::{Array, DType, Error, Roi, roi};

const SIDE: usize = 2048;
const BLOCK: usize = 128;

/// A pattern with a parameter, whose blocks take a while.
struct Pattern {
    executed: Arc<AtomicUsize>,
}

struct PatternSlots {
    frequency: Input<f32>,
    output: Output<Array>,
}

impl Operator for Pattern {
    type Slots = PatternSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> PatternSlots {
        PatternSlots {
            frequency: declare.default("frequency", 1.0),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &PatternSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, Meta::new([SIDE, SIDE].into(), DType::F32, "yx")?)
    }

    async fn execute(&self, slots: &PatternSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let frequency = cx.value(&slots.frequency)?;
        let executed = Arc::clone(&self.executed);
        let kernel = cx.compute(move |checkpoint| {
            let mut pixels = Vec::with_capacity(roi.volume()?);
            for y in roi.range(0) {
                checkpoint.check()?;
                let wave = |x: usize| (x as f32 * frequency * 0.01).sin() * (y as f32 * frequency * 0.01).cos();
                pixels.extend(
                    roi.range(1)
                        .map(|x| (0..4).fold(wave(x), |value, _| (value * 3.0).sin())),
                );
            }
            executed.fetch_add(1, Ordering::Relaxed);
            Array::from_vec("yx", roi.shape().as_slice(), pixels)
        });
        Ok(kernel.await?.into())
    }
}

fn main() -> Result<(), Error> {
    let graph = Graph::new();
    let executed = Arc::new(AtomicUsize::new(0));
    let pattern = graph.add(Pattern {
        executed: Arc::clone(&executed),
    });
    let cache = graph.add(BlockCache::new().block([BLOCK, BLOCK]));
    graph.edit(|e| e.connect(&pattern.output, &cache.input))?;
    let (start, mut shown, mut slowest) = (Instant::now(), 0, 0.0_f64);
    for moved in 0..1000 {
        graph.edit(|e| e.set(&pattern.frequency, 1.0 + moved as f32 / 100.0))?;
        let at = (moved * 16) % (SIDE - 512) / BLOCK * BLOCK;
        let view = cache.output.request(roi![at..at + 512, at..at + 512]);
        view.submit();
        // The slider rests now and then; only then is somebody looking.
        if moved % 20 == 19 {
            let rest = Instant::now();
            view.wait()?;
            slowest = slowest.max(rest.elapsed().as_secs_f64());
            shown += 1;
        }
    }
    let needed = shown * (512 / BLOCK).pow(2);
    let executed = executed.load(Ordering::Relaxed);
    println!(
        "1,000 moves of the slider in {:.2} s, {shown} pictures shown, the slowest after {:.0} ms",
        start.elapsed().as_secs_f64(),
        slowest * 1e3
    );
    println!(
        "{executed} blocks executed, {needed} needed: {:.2} for each",
        executed as f64 / needed as f64
    );
    println!("{:?}", cache.operator().statistics());
    Ok(())
}
