//! Panics where nobody expects them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use headwater::Error;
use headwater::flow::{Emitter, Failure, Flow, NodeContext, Processor, Producer, Retry};

use super::{endless, outcome};
use crate::{end, numbers, runtime, until};

/// The merging task of ordered replicas finds the keys of the node behind it; no node's own code is running then.
#[test]
fn a_panic_beside_all_nodes_ends_a_flow_whose_producers_do_not() {
    let flow = Flow::batch();
    endless(&flow, "quite another").consume("other end", |_| ());
    let work = numbers(&flow, 100).process("work", |n| n).replicas(2).ordered();
    let keyed = work.process("keyed", |n| n).replicas(2);
    keyed
        .partition_by(|n| if *n == 50 { panic!("no key") } else { *n })
        .consume("end", |_| ());
    let error = outcome(&flow).unwrap_err();
    assert!(
        error.is_panic() && error.brief().contains("no key"),
        "{}",
        error.brief()
    );
}

#[test]
fn a_panic_while_weighing_is_that_of_the_edge() {
    let flow = Flow::batch();
    endless(&flow, "quite another").consume("other end", |_| ());
    let weighed = numbers(&flow, 100).process("weighed", |n| n);
    weighed.bytes(10, |_| panic!("no weight")).consume("end", |_| ());
    let error = outcome(&flow).unwrap_err();
    assert!(error.brief().contains("node `weighed`: no weight"), "{}", error.brief());
}

/// What is emitted by a node that tries again goes on when the attempt is over.
#[test]
fn a_panic_of_a_key_behind_a_node_that_tries_again_ends_the_flow() {
    let flow = Flow::batch();
    endless(&flow, "quite another").consume("other end", |_| ());
    let retried = numbers(&flow, 100).process("retried", |n| n);
    let retried = retried.on_failure(Failure::fail().retry(Retry::times(1)));
    let keyed = retried.process("keyed", |n| n).replicas(2);
    keyed
        .partition_by(|_| -> u64 { panic!("no key") })
        .consume("end", |_| ());
    let error = outcome(&flow).unwrap_err();
    assert!(error.brief().contains("no key"), "{}", error.brief());
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Open,
    Next,
    Time,
    Close,
}

struct Panics {
    at: At,
    closed: Arc<AtomicUsize>,
}

impl Panics {
    fn here(&self, at: At) {
        assert!(self.at != at, "planned");
    }
}

impl Producer for Panics {
    type Item = u64;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        self.here(At::Open);
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<u64>, Error> {
        self.here(At::Next);
        Ok((self.at != At::Close).then_some(1))
    }

    fn time(&self, _item: &u64) -> Option<Duration> {
        self.here(At::Time);
        None
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.closed.fetch_add(1, Ordering::SeqCst);
        self.here(At::Close);
        Ok(())
    }
}

#[test]
fn v30_a_producer_that_panics_is_closed_and_ends_the_flow() {
    for at in [At::Open, At::Next, At::Time, At::Close] {
        let closed = Arc::new(AtomicUsize::new(0));
        let flow = Flow::batch();
        endless(&flow, "quite another").consume("other end", |_| ());
        let producer = Panics {
            at,
            closed: Arc::clone(&closed),
        };
        flow.produce("panics", producer).consume("end", |_| ());
        let error = outcome(&flow).unwrap_err();
        assert!(
            error.is_panic() && error.brief().contains("node `panics`"),
            "{at:?}: {}",
            error.brief()
        );
        assert_eq!(closed.load(Ordering::SeqCst), usize::from(at != At::Open), "{at:?}");
    }
}

/// Panics when it is dropped, or cloned, once it is armed.
struct Bomb {
    is_armed: Arc<AtomicBool>,
    in_clone: bool,
}

impl Bomb {
    fn new(in_clone: bool) -> (Self, Arc<AtomicBool>) {
        let is_armed = Arc::new(AtomicBool::new(false));
        let bomb = Self {
            is_armed: Arc::clone(&is_armed),
            in_clone,
        };
        (bomb, is_armed)
    }
}

impl Clone for Bomb {
    fn clone(&self) -> Self {
        assert!(
            !self.in_clone || !self.is_armed.load(Ordering::SeqCst),
            "planned: cloned"
        );
        Self {
            is_armed: Arc::clone(&self.is_armed),
            in_clone: self.in_clone,
        }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        let is_due = !self.in_clone && self.is_armed.load(Ordering::SeqCst);
        assert!(!is_due || std::thread::panicking(), "planned: dropped");
    }
}

impl Processor for Bomb {
    type Input = u64;
    type Output = u64;

    fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        self.is_armed.store(true, Ordering::SeqCst);
        output.emit(n);
        Ok(())
    }
}

#[test]
fn a_processor_that_panics_when_it_is_dropped_ends_the_flow() {
    for is_fused in [false, true] {
        let flow = Flow::batch();
        endless(&flow, "quite another").consume("other end", |_| ());
        let node = numbers(&flow, 10).processor("bomb", Bomb::new(false).0);
        let node = if is_fused { node.cheap() } else { node };
        let result = node.collect("end");
        let error = outcome(&flow).unwrap_err();
        assert!(error.brief().contains("planned: dropped"), "{}", error.brief());
        assert_eq!(result.len(), 10);
    }
}

#[test]
fn an_item_that_panics_when_it_is_cloned_ends_the_flow() {
    let flow = Flow::batch();
    endless(&flow, "quite another").consume("other end", |_| ());
    let (bomb, is_armed) = Bomb::new(true);
    let items = flow.produce("bombs", futures::stream::iter([bomb]));
    is_armed.store(true, Ordering::SeqCst);
    // To two takers, and before an attempt.
    items.consume("one", |_| ());
    items
        .try_process("two", |_| Err::<(), _>(Error::msg("no")))
        .on_failure(Failure::fail().retry(Retry::times(1)));
    let error = outcome(&flow).unwrap_err();
    assert!(error.brief().contains("planned: cloned"), "{}", error.brief());
}

/// Whoever waits at the other edges is woken, though an abort drops items that panic.
#[test]
fn items_that_panic_when_they_are_dropped_hang_nobody() {
    let flow = Flow::batch();
    let (bomb, is_armed) = Bomb::new(false);
    let items = flow.produce("bombs", futures::stream::iter(std::iter::repeat_n(bomb, 500)));
    let stuck = |name: &str| {
        items.consume_async(name, |item| {
            std::mem::forget(item);
            std::future::pending()
        })
    };
    drop(stuck("one").depth(5));
    drop(stuck("two").depth(7));
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("bombs").unwrap().waiting_for_room == 1);
    until(|| running.figures().node("two").unwrap().awaiting == 1);
    is_armed.store(true, Ordering::SeqCst);
    running.abort();
    let _ = end(&running);
    is_armed.store(false, Ordering::SeqCst);
    until(|| runtime.snapshot().is_empty());
}
