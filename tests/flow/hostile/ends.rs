//! Ends that somebody stands in the way of.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{Sink, stream};
use headwater::Error;
use headwater::flow::{
    AsyncProcessor, Consumer, Emitter, End, Failure, Flow, NodeContext, Processor, Producer, Retry, Trace,
};

use super::{endless, outcome};
use crate::{end, numbers, runtime, until};

/// Never has room, never closes.
struct Stuck;

impl Sink<u64> for Stuck {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Pending
    }

    fn start_send(self: Pin<&mut Self>, _item: u64) -> Result<(), Error> {
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Pending
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Pending
    }
}

impl AsyncProcessor for Stuck {
    type Input = u64;
    type Output = u64;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        std::future::pending().await
    }

    async fn process(&mut self, _input: u64, _output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        Ok(())
    }
}

impl Producer for Stuck {
    type Item = u64;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        std::future::pending().await
    }

    async fn next(&mut self) -> Result<Option<u64>, Error> {
        Ok(None)
    }
}

#[test]
fn an_abort_does_not_wait_for_a_sink_that_never_closes() {
    let flow = Flow::batch();
    endless(&flow, "source").sink("stuck", Stuck);
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("stuck").unwrap().awaiting == 1);
    running.abort();
    assert_eq!(end(&running).unwrap().end(), End::Aborted);
}

#[test]
fn an_abort_does_not_wait_for_a_node_that_never_opens() {
    let flow = Flow::batch();
    endless(&flow, "source").async_processor("stuck", Stuck);
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("source").unwrap().waiting_for_room == 1);
    running.abort();
    assert_eq!(end(&running).unwrap().end(), End::Aborted);
}

#[test]
fn a_stop_does_not_wait_for_a_producer_that_never_opens() {
    let flow = Flow::batch();
    flow.produce("stuck", Stuck).consume("end", |_| ());
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("end").unwrap().waiting_for_input == 1);
    running.stop();
    assert_eq!(end(&running).unwrap().end(), End::Stopped);
}

/// Emits what there is no room for, and fails.
struct FailsAtTheEnd;

impl Processor for FailsAtTheEnd {
    type Input = u64;
    type Output = u64;

    fn process(&mut self, _input: u64, _output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        Ok(())
    }

    fn flush(&mut self, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        (0..10).for_each(|n| output.emit(n));
        Err(Error::msg("nothing held"))
    }
}

#[test]
fn an_error_of_a_flush_does_not_wait_for_room() {
    let flow = Flow::batch();
    let fails = numbers(&flow, 3).processor("fails", FailsAtTheEnd);
    fails.consume_async("stuck", |_| std::future::pending()).depth(1);
    let brief = outcome(&flow).unwrap_err().brief();
    assert!(brief.ends_with("node `fails`: nothing held"), "{brief}");
}

#[test]
fn an_abort_while_an_item_waits_for_another_attempt_is_no_failure() {
    let hour = Duration::from_secs(3600);
    let flow = Flow::batch();
    let fails = numbers(&flow, 3).try_process("fails", |_| Err::<u64, _>(Error::msg("not yet")));
    drop(fails.on_failure(Failure::fail().retry(Retry::times(3).back_off(hour).at_most(hour))));
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("fails").unwrap().awaiting == 1);
    running.abort();
    assert_eq!(end(&running).unwrap().end(), End::Aborted);
}

/// Replica 0 has the item whose turn it is, and fails when the others wait for room in the window.
#[test]
fn v35_an_ordered_replica_that_fails_sets_free_those_that_are_ahead() {
    for is_panic in [false, true] {
        let ahead = Arc::new(AtomicU64::new(0));
        let flow = Flow::batch();
        let made = endless(&flow, "source").process_async("work", move |n| {
            let ahead = Arc::clone(&ahead);
            async move {
                if n > 1 {
                    ahead.fetch_add(1, Ordering::SeqCst);
                    return Ok(n);
                }
                while ahead.load(Ordering::SeqCst) < 4 {
                    tokio::task::yield_now().await;
                }
                if is_panic {
                    panic!("planned: the first")
                } else {
                    Err(Error::msg("planned: the first"))
                }
            }
        });
        drop(made.replicas(4).ordered_within(2).collect("end"));
        let brief = outcome(&flow).unwrap_err().brief();
        assert!(
            brief.contains("node `work`: item 0:1: ") && brief.ends_with("planned: the first"),
            "{brief}"
        );
    }
}

struct Ends(&'static str);

impl Consumer for Ends {
    type Input = u64;

    fn consume(&mut self, _input: u64, _trace: Trace) -> Result<(), Error> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        if self.0 == "finish" {
            Err(Error::msg("not finished"))
        } else {
            Ok(())
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.0 == "close" {
            Err(Error::msg("not closed"))
        } else {
            Ok(())
        }
    }
}

#[test]
fn errors_at_the_end_of_fused_nodes_name_them() {
    for (at, expected) in [
        ("finish", "node `end`: not finished"),
        ("close", "node `end`: not closed"),
    ] {
        for is_cheap in [true, false] {
            let flow = Flow::batch();
            let node = numbers(&flow, 10).map("map", |n| n).consumer("end", Ends(at));
            drop(if is_cheap { node.cheap() } else { node });
            let brief = outcome(&flow).unwrap_err().brief();
            assert!(brief.ends_with(expected), "{brief}");
        }
    }
}

#[test]
fn v36_a_consumer_of_dead_letters_that_fails_ends_the_flow() {
    let flow = Flow::batch();
    let work =
        endless(&flow, "source").try_process("work", |n| if n % 2 == 0 { Err(Error::msg("even")) } else { Ok(n) });
    work.dead_letters()
        .try_consume("letters", |_| Err(Error::msg("the disk is full")));
    work.consume("end", |_| ());
    let brief = outcome(&flow).unwrap_err().brief();
    assert!(
        brief.contains("node `letters`") && brief.ends_with("the disk is full"),
        "{brief}"
    );
}

#[test]
fn dropping_the_runtime_ends_the_flow() {
    let flow = Flow::batch();
    endless(&flow, "source").process("work", |n| n).consume("end", |_| ());
    flow.produce("quiet", stream::pending::<u64>()).sink("stuck", Stuck);
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("end").unwrap().taken > 0);
    drop(runtime);
    assert!(end(&running).unwrap_err().is_shut_down());
    let flow = Flow::batch();
    numbers(&flow, 3).consume("end", |_| ());
    let runtime = crate::runtime(1);
    let _ = runtime.shutdown(crate::LONG);
    assert!(end(&flow.build().unwrap().run(&runtime)).unwrap_err().is_shut_down());
}
