//! An operator that waits until it is let go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Data, Declare, Execute, Input, Meta, Operator, Output, Setup};
use headwater::{Array, DType, Error, Roi};
use tokio::sync::Semaphore;

use crate::common::*;

/// Gives its level everywhere, once it is let go; counts what was begun, dropped and finished.
pub(crate) struct Gated {
    pub(crate) gate: Arc<Semaphore>,
    pub(crate) begun: Arc<AtomicUsize>,
    pub(crate) dropped: Arc<AtomicUsize>,
}

pub(crate) struct GatedSlots {
    pub(crate) level: Input<u8>,
    pub(crate) output: Output<Array>,
}

impl Gated {
    pub(crate) fn new() -> Self {
        Self {
            gate: Arc::new(Semaphore::new(0)),
            begun: Arc::default(),
            dropped: Arc::default(),
        }
    }
}

struct OnDrop(Arc<AtomicUsize>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Operator for Gated {
    type Slots = GatedSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> GatedSlots {
        GatedSlots {
            level: declare.default("level", 1),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &GatedSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, Meta::new([100].into(), DType::U8, "x")?)
    }

    async fn execute(&self, slots: &GatedSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let _dropped = OnDrop(Arc::clone(&self.dropped));
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.map_err(Error::new)?.forget();
        // After the wait: still the value of the revision in which it was asked.
        Ok(bytes(&vec![cx.value(&slots.level)?; roi.volume()?]).into())
    }
}
