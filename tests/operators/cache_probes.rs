//! A source that counts, for tests of what is asked of it.

use std::sync::Arc;
use std::sync::Mutex;

use headwater::graph::{Batch, Data, Declare, Dirty, Execute, GraphEventKind, Input, Meta, Operator, Output, Setup};
use headwater::{Array, DType, Error, Roi, Shape};

/// Numbers made of the coordinates and an offset. Takes down which regions are asked of it.
pub(crate) struct Numbers {
    axes: &'static str,
    shape: Vec<usize>,
    asked: Asked,
    before: Arc<dyn Fn(&Roi) + Send + Sync>,
}

pub(crate) struct NumbersSlots {
    pub(crate) offset: Input<u32>,
    pub(crate) output: Output<Array>,
}

/// What was asked.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<Roi>>>);

impl Asked {
    /// Since the last look, sorted: what is asked side by side has no order.
    pub(crate) fn take(&self) -> Vec<Roi> {
        let mut asked = std::mem::take(&mut *self.0.lock().unwrap());
        asked.sort();
        asked
    }

    pub(crate) fn count(&self) -> usize {
        self.take().len()
    }
}

impl Numbers {
    pub(crate) fn new(axes: &'static str, shape: impl Into<Vec<usize>>) -> (Self, Asked) {
        let asked = Asked::default();
        let numbers = Self {
            axes,
            shape: shape.into(),
            asked: asked.clone(),
            before: Arc::new(|_| ()),
        };
        (numbers, asked)
    }

    /// Calls `f` whenever it starts to compute.
    pub(crate) fn before(self, f: impl Fn(&Roi) + Send + Sync + 'static) -> Self {
        Self {
            before: Arc::new(f),
            ..self
        }
    }
}

/// What a region of it contains.
pub(crate) fn numbers(axes: &str, roi: &Roi, offset: u32) -> Array {
    let mut values = Vec::new();
    let mut at: Vec<_> = roi.start().to_vec();
    for _ in 0..roi.volume().unwrap() {
        let value = at
            .iter()
            .fold(0_u32, |value, &at| value.wrapping_mul(1009).wrapping_add(at as u32));
        values.push(value.wrapping_add(offset.wrapping_mul(0x9E37_79B9)));
        for axis in (0..at.len()).rev() {
            at[axis] += 1;
            if at[axis] < roi.stop()[axis] {
                break;
            }
            at[axis] = roi.start()[axis];
        }
    }
    Array::from_vec(axes, roi.shape().as_slice(), values).unwrap()
}

impl Operator for Numbers {
    type Slots = NumbersSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> NumbersSlots {
        NumbersSlots {
            offset: declare.default("offset", 0),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &NumbersSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = Meta::new(Shape::new(&self.shape)?, DType::U32, self.axes)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &NumbersSlots, cx: &mut Dirty<'_>) {
        cx.mark_all(&slots.output);
    }

    async fn execute(&self, slots: &NumbersSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.asked.0.lock().unwrap().push(roi);
        (self.before)(&roi);
        Ok(numbers(self.axes, &roi, cx.value(&slots.offset)?).into())
    }
}

/// The dirt of a slot in a batch of events.
pub(crate) fn dirt_of(batch: &Batch, path: &str) -> Option<String> {
    batch.events.iter().find_map(|event| match &event.kind {
        GraphEventKind::Dirty(dirt) if &*event.path == path => Some(dirt.to_string()),
        _ => None,
    })
}
