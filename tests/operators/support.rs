//! What the tests of generic operators share.

use std::sync::{Arc, Mutex};

use headwater::array::{Element, match_dtype};
use headwater::graph::{
    Data, Declare, Dirt, Dirty, Edit, Execute, Graph, GraphEventKind, Input, Operator, Output, Setup, Slot,
};
use headwater::{Array, DType, Error, Roi};

/// Hands an image on, and takes down what it was asked for.
#[derive(Clone, Default)]
pub(crate) struct Probe(Arc<Mutex<Vec<Roi>>>);

pub(crate) struct ProbeSlots {
    pub(crate) input: Input<Array>,
    pub(crate) output: Output<Array>,
}

impl Probe {
    /// What was asked for since the last look, in order of place.
    pub(crate) fn take(&self) -> Vec<Roi> {
        let mut asked = std::mem::take(&mut *self.0.lock().unwrap());
        asked.sort();
        asked
    }
}

impl Operator for Probe {
    type Slots = ProbeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ProbeSlots {
        ProbeSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ProbeSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &ProbeSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &ProbeSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.0.lock().unwrap().push(roi);
        Ok(cx.request(&slots.input, roi).await?.into())
    }
}

/// Elements that look random, of any type; of floating point between 0 and 1, with some that are equal.
pub(crate) fn noise(axes: &str, shape: &[usize], dtype: DType, seed: u64) -> Array {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let count = shape.iter().product::<usize>();
    match_dtype!(dtype, T => {
        let value = |bits: u64| if dtype.is_float() { ((bits % 64) as f64 / 64.0).cast::<T>() } else { (bits % 251).cast::<T>() };
        let values = (0..count).map(|_| value(next())).collect();
        Array::from_vec::<T, _>(axes, shape, values).unwrap()
    })
}

/// An array that counts from 0.
pub(crate) fn counting(axes: &str, shape: &[usize]) -> Array {
    let count = shape.iter().product::<usize>() as u32;
    Array::from_vec(axes, shape, (0..count).collect()).unwrap()
}

/// The elements in the order of the axes.
pub(crate) fn elements<T: Element>(array: &Array) -> Vec<T> {
    array.view::<T>().unwrap().iter().copied().collect()
}

/// All of what an output gives.
#[track_caller]
pub(crate) fn whole(output: &Output<Array>) -> Array {
    output.request(output.meta().unwrap().roi()).wait().unwrap()
}

/// What an edit marks of an output.
#[track_caller]
pub(crate) fn marked<R>(
    graph: &Graph,
    output: &impl Slot,
    edit: impl FnOnce(&mut Edit<'_>) -> Result<R, Error>,
) -> Dirt {
    let mut events = graph.subscribe();
    graph.edit(edit).unwrap();
    let mut marked = Dirt::nothing();
    while let Some(batch) = events.try_next() {
        for event in batch.events.iter().filter(|event| event.slot == output.id()) {
            if let GraphEventKind::Dirty(dirt) = &event.kind {
                marked.merge(dirt);
            }
        }
    }
    marked
}

/// Why an output cannot be asked.
#[track_caller]
pub(crate) fn refusal(output: &Output<Array>) -> String {
    output.meta().unwrap_err().report()
}
