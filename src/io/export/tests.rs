//! Files that are streams: no format is needed to see in which order their blocks come.

use std::time::Duration;

use super::*;
use crate::array::DType;
use crate::graph::{Data, Declare, Execute, Graph, Operator, Output, Setup};
use crate::io::export::conversion::Wanted;
use crate::roi::Shape;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// Gives zeros: the later in the image, the sooner.
#[derive(Default)]
struct Hasty {
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    fails: bool,
}

struct HastySlots {
    output: Output<Array>,
}

const SHAPE: [usize; 2] = [24, 10];

impl Operator for Hasty {
    type Slots = HastySlots;

    fn slots(&self, declare: &mut Declare<'_>) -> HastySlots {
        HastySlots {
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &HastySlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, Meta::new(Shape::from(SHAPE), DType::U8, "yx")?)
    }

    async fn execute(&self, _: &HastySlots, _: &Execute, roi: Roi) -> Result<Data, Error> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        let late = roi.start()[0] % 4;
        tokio::time::sleep(Duration::from_millis(8 - 2 * late as u64)).await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        if self.fails && roi.start()[0] == 12 {
            return Err(Error::msg("told to"));
        }
        Ok(Array::zeros("yx", roi.shape().as_slice(), DType::U8)?.into())
    }
}

/// A stream that takes down what it is given.
struct Stream {
    meta: Meta,
    came: Arc<Mutex<Vec<Roi>>>,
    busy: AtomicUsize,
}

impl Sink for Stream {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn name(&self) -> &str {
        "stream"
    }

    fn unit(&self) -> Shape {
        Shape::from([1, 5])
    }

    fn order(&self) -> WriteOrder {
        WriteOrder::Ascending
    }

    fn scratch(&self, _: &Roi) -> u64 {
        10
    }

    fn write_region(&self, roi: &Roi, _: &Array, _: &Checkpoint) -> Result<(), Error> {
        assert_eq!(self.busy.fetch_add(1, Ordering::SeqCst), 0, "one after another");
        self.came.lock().push(*roi);
        self.busy.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Checkpoint) -> Result<Saved, Error> {
        unreachable!("no test goes as far")
    }
}

/// What came, in which order; how many blocks were computed at once; the outcome.
fn stream(operator: Hasty, in_flight: usize) -> (Vec<Roi>, usize, Result<(), Error>) {
    let (graph, most) = (Graph::new(), Arc::clone(&operator.most));
    let node = graph.add(operator);
    let feed = Feed::new(&graph.snapshot(), &node.output).unwrap();
    let conversion = Conversion::new(&feed.meta, &Wanted::default()).unwrap();
    let bounds = Bounds {
        block: None,
        memory: 30 * in_flight as u64,
        in_flight,
        bytes_per_pixel: 1,
    };
    let (meta, came) = (conversion.meta.clone(), Arc::default());
    let sink: Box<dyn Sink> = Box::new(Stream {
        meta,
        came: Arc::clone(&came),
        busy: AtomicUsize::new(0),
    });
    let (lend, back) = oneshot::channel();
    let sink = Arc::new(Lent {
        sink: Some(sink),
        lend: Some(lend),
    });
    let (create, location) = (Create::new(), String::new());
    let job = Job {
        feed,
        conversion,
        bounds,
        create,
        location,
        listener: None,
    };
    let work = Request::new(blocks(job, sink, Arc::new(Tracker::new())));
    let outcome = work.wait();
    drop(work);
    futures::executor::block_on(back).unwrap();
    let came = came.lock().clone();
    (came, most.load(Ordering::SeqCst), outcome)
}

#[test]
fn a_stream_gets_its_blocks_in_order_and_they_are_computed_side_by_side() {
    let (came, most, outcome) = stream(Hasty::default(), 4);
    outcome.unwrap();
    // Twenty bytes a block, since the sink takes ten.
    let rows = (0..12).map(|row| Roi::new([2 * row, 0], [2 * row + 2, 10]).unwrap());
    assert_eq!(came, rows.collect::<Vec<_>>());
    assert!(most > 1 && most <= 4, "{most}");
}

#[test]
fn a_stream_ends_before_the_block_that_failed() {
    let operator = Hasty {
        fails: true,
        ..Hasty::default()
    };
    let (came, _, outcome) = stream(operator, 4);
    assert!(outcome.unwrap_err().report().contains("told to"));
    assert!(came.len() <= 6 && came.is_sorted(), "{came:?}");
}
