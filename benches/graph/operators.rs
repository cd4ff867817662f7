//! The operators that the benches connect.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Meta, Node, Operator, Output, Setup};
use headwater::{Array, DType, Error, Roi, Shape};

/// Hands on what it is asked for.
pub(crate) struct Pass {
    pub(crate) inline: bool,
}

pub(crate) struct PassSlots {
    pub(crate) input: Input<Array>,
    pub(crate) output: Output<Array>,
}

impl Operator for Pass {
    type Slots = PassSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> PassSlots {
        PassSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &PassSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &PassSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &PassSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.input, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        self.inline
    }
}

/// `len` operators in a row, with a small image at their head.
pub(crate) fn chain(graph: &Graph, len: usize, inline: bool) -> Vec<Node<Pass>> {
    let chain: Vec<_> = (0..len).map(|_| graph.add(Pass { inline })).collect();
    let image = Array::zeros("yx", &[64, 64], DType::U8).expect("a small image fits");
    graph
        .edit(|e| {
            for pair in chain.windows(2) {
                e.connect(&pair[0].output, &pair[1].input)?;
            }
            e.set(&chain[0].input, image)
        })
        .expect("a chain has no circle");
    chain
}

/// A plane whose value is a parameter, and which takes a while for each block.
pub(crate) struct Plane {
    pub(crate) side: usize,
    /// About how many microseconds a block takes.
    pub(crate) work: u64,
    pub(crate) counts: Arc<Counts>,
}

/// Kernels that began, and that ran to their end.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) begun: AtomicUsize,
    pub(crate) executed: AtomicUsize,
}

pub(crate) struct PlaneSlots {
    pub(crate) level: Input<u32>,
    pub(crate) output: Output<Array>,
}

impl Operator for Plane {
    type Slots = PlaneSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> PlaneSlots {
        PlaneSlots {
            level: declare.default("level", 0),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &PlaneSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, Meta::new(Shape::new([self.side; 2])?, DType::U32, "yx")?)
    }

    async fn execute(&self, slots: &PlaneSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let level = cx.value(&slots.level)?;
        let (work, counts) = (self.work, Arc::clone(&self.counts));
        let block = cx.compute(move |checkpoint| {
            counts.begun.fetch_add(1, Ordering::Relaxed);
            for _ in 0..work {
                checkpoint.check()?;
                std::hint::black_box((0..1000_u32).fold(0, |a, b| a ^ std::hint::black_box(b)));
            }
            counts.executed.fetch_add(1, Ordering::Relaxed);
            Array::full("yx", roi.shape().as_slice(), level)
        });
        Ok(block.await?.into())
    }
}
