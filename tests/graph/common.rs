//! Operators and probes that the tests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use headwater::roi::Roi;
use headwater::{Array, Error};

/// How often an operator was called.
#[derive(Debug, Default)]
pub struct Calls {
    pub setup: AtomicUsize,
    pub dirty: AtomicUsize,
    pub execute: AtomicUsize,
}

impl Calls {
    pub fn take(&self) -> (usize, usize, usize) {
        let take = |count: &AtomicUsize| count.swap(0, Ordering::SeqCst);
        (take(&self.setup), take(&self.dirty), take(&self.execute))
    }
}

/// Adds an offset to every pixel of a u8 image.
#[derive(Debug, Default)]
pub struct Add {
    pub calls: Arc<Calls>,
}

pub struct AddSlots {
    pub input: Input<Array>,
    pub offset: Input<u8>,
    pub output: Output<Array>,
}

impl Operator for Add {
    type Slots = AddSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> AddSlots {
        AddSlots {
            input: declare.input("input"),
            offset: declare.default("offset", 1),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &AddSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        self.calls.setup.fetch_add(1, Ordering::SeqCst);
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &AddSlots, cx: &mut Dirty<'_>) {
        self.calls.dirty.fetch_add(1, Ordering::SeqCst);
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &AddSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.calls.execute.fetch_add(1, Ordering::SeqCst);
        let offset = cx.value(&slots.offset)?;
        let image = cx.request(&slots.input, roi).await?;
        let sum = image.view::<u8>()?.mapv(|v| v.wrapping_add(offset));
        Ok(Array::from_ndarray(image.axes(), sum)?.into())
    }
}

pub fn bytes(values: &[u8]) -> Array {
    Array::from_vec("x", &[values.len()], values.to_vec()).unwrap()
}

pub fn values(array: &Array) -> Vec<u8> {
    array.view::<u8>().unwrap().iter().copied().collect()
}
