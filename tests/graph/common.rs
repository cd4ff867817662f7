//! Operators and probes that the tests share.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, List, Operator, Output, Setup};
use headwater::{Array, Error, Roi, Runtime};

/// How often an operator was called.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    setup: AtomicUsize,
    dirty: AtomicUsize,
    execute: AtomicUsize,
}

impl Calls {
    /// Setups, calls about dirt, and executions since the last look.
    pub(crate) fn take(&self) -> (usize, usize, usize) {
        let take = |count: &AtomicUsize| count.swap(0, Ordering::SeqCst);
        (take(&self.setup), take(&self.dirty), take(&self.execute))
    }

    pub(crate) fn note_setup(&self) {
        self.setup.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn note_dirty(&self) {
        self.dirty.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn note_execute(&self) {
        self.execute.fetch_add(1, Ordering::SeqCst);
    }
}

/// Whether something comes true within seconds; what is asked has no way of telling us.
pub(crate) fn comes_true(what: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(30);
    while !what() {
        if Instant::now() > end {
            return false;
        }
        thread::park_timeout(Duration::from_micros(100));
    }
    true
}

/// Waits until something comes true.
#[track_caller]
pub(crate) fn until(what: impl Fn() -> bool) {
    assert!(comes_true(what), "it never came true");
}

/// A graph on a runtime of its own. When it is dropped, nothing must be left running, and no byte charged.
pub(crate) struct World {
    /// None while it is dropped.
    graph: Option<Graph>,
    runtime: Runtime,
}

impl World {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::builder().slots(2).compute_threads(2).build().unwrap();
        Self {
            graph: Some(Graph::on(&runtime)),
            runtime,
        }
    }
}

impl Deref for World {
    type Target = Graph;

    fn deref(&self) -> &Graph {
        self.graph.as_ref().expect("it is there until the drop")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if !comes_true(|| self.runtime.snapshot().is_empty()) {
            panic!("requests are left: {:?}", self.runtime.snapshot());
        }
        // With the graph go the caches in it and what they charged; nodes that a test holds are dropped before its world.
        self.graph = None;
        let used = || self.runtime.memory().used;
        assert!(comes_true(|| used() == 0), "{} bytes are left", used());
    }
}

/// Adds an offset to every pixel of a u8 image.
#[derive(Debug, Default)]
pub(crate) struct Add {
    pub(crate) calls: Arc<Calls>,
}

pub(crate) struct AddSlots {
    pub(crate) input: Input<Array>,
    pub(crate) offset: Input<u8>,
    pub(crate) output: Output<Array>,
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
        self.calls.note_setup();
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &AddSlots, cx: &mut Dirty<'_>) {
        self.calls.note_dirty();
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &AddSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.calls.note_execute();
        let offset = cx.value(&slots.offset)?;
        let image = cx.request(&slots.input, roi).await?;
        let sum = image.view::<u8>()?.mapv(|v| v.wrapping_add(offset));
        Ok(Array::from_ndarray(image.axes(), sum)?.into())
    }
}

/// Adds two images of the same shape; without the second, the first as it is.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    pub(crate) calls: Arc<Calls>,
}

pub(crate) struct SumSlots {
    pub(crate) a: Input<Array>,
    pub(crate) b: Input<Array>,
    pub(crate) output: Output<Array>,
}

impl Operator for Sum {
    type Slots = SumSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SumSlots {
        SumSlots {
            a: declare.input("a"),
            b: declare.optional("b"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &SumSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        self.calls.note_setup();
        let meta = cx.meta(&slots.a)?;
        if cx.is_ready(&slots.b) {
            let other = cx.meta(&slots.b)?;
            if other.shape() != meta.shape() {
                return Err(Error::invalid(format!("{other:?} does not fit {meta:?}")));
            }
        }
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &SumSlots, cx: &mut Dirty<'_>) {
        self.calls.note_dirty();
        for input in [&slots.a, &slots.b] {
            let dirt = cx.of(input).clone();
            cx.mark(&slots.output, dirt);
        }
    }

    async fn execute(&self, slots: &SumSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.calls.note_execute();
        // Both are asked for before either starts: what they have in common is computed once, however quick it is.
        let a = cx.request(&slots.a, roi);
        if !cx.is_ready(&slots.b) {
            return Ok(a.await?.into());
        }
        let b = cx.request(&slots.b, roi);
        let a = a.submit();
        let b = b.await?;
        let mut sum = a.await?.view::<u8>()?.to_owned();
        sum.zip_mut_with(&b.view::<u8>()?, |a, b| *a = a.wrapping_add(*b));
        Ok(Array::from_ndarray(b.axes(), sum)?.into())
    }
}

/// The greatest of each pixel and its two neighbours, in one dimension: an operator with a halo.
#[derive(Debug, Default)]
pub(crate) struct Dilate {
    pub(crate) calls: Arc<Calls>,
}

pub(crate) struct DilateSlots {
    pub(crate) input: Input<Array>,
    pub(crate) output: Output<Array>,
}

impl Operator for Dilate {
    type Slots = DilateSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> DilateSlots {
        DilateSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &DilateSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        self.calls.note_setup();
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &DilateSlots, cx: &mut Dirty<'_>) {
        self.calls.note_dirty();
        cx.grown_region(&slots.input, &slots.output, &[1]);
    }

    async fn execute(&self, slots: &DilateSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.calls.note_execute();
        let grown = roi.expand_by_halo([1], cx.meta(&slots.input)?.roi())?;
        let image = values(&cx.request(&slots.input, grown.outer).await?);
        let inner = grown.inner.range(0);
        Ok(bytes(&dilated(&image)[inner]).into())
    }
}

pub(crate) fn dilated(image: &[u8]) -> Vec<u8> {
    let near = |at: usize| image[at.saturating_sub(1)..(at + 2).min(image.len())].iter().copied();
    (0..image.len()).map(|at| near(at).max().unwrap_or(0)).collect()
}

/// Adds all images of a list.
#[derive(Debug, Default)]
pub(crate) struct Total {
    pub(crate) calls: Arc<Calls>,
}

pub(crate) struct TotalSlots {
    pub(crate) images: List<Input<Array>>,
    pub(crate) output: Output<Array>,
}

impl Operator for Total {
    type Slots = TotalSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> TotalSlots {
        TotalSlots {
            images: declare.list("images"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &TotalSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        self.calls.note_setup();
        let lanes = cx.lanes(&slots.images);
        let first = cx.meta(&lanes[0].1)?;
        for (key, lane) in &lanes {
            if cx.meta(lane)?.shape() != first.shape() {
                return Err(Error::invalid(format!("{key} has another shape")));
            }
        }
        cx.describe(&slots.output, first)
    }

    fn dirty(&self, _: &TotalSlots, cx: &mut Dirty<'_>) {
        self.calls.note_dirty();
        cx.everything();
    }

    async fn execute(&self, slots: &TotalSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.calls.note_execute();
        let lanes = cx.lanes(&slots.images).into_iter();
        let pulls: Vec<_> = lanes.map(|(_, lane)| cx.request(&lane, roi).submit()).collect();
        let mut sum = vec![0_u8; roi.volume()?];
        for pull in pulls {
            let image = values(&pull.await?);
            sum.iter_mut()
                .zip(image)
                .for_each(|(sum, value)| *sum = sum.wrapping_add(value));
        }
        Ok(bytes(&sum).into())
    }
}

pub(crate) fn bytes(values: &[u8]) -> Array {
    Array::from_vec("x", &[values.len()], values.to_vec()).unwrap()
}

pub(crate) fn values(array: &Array) -> Vec<u8> {
    array.view::<u8>().unwrap().iter().copied().collect()
}
