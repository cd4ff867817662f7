//! How flows end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::stream;
use headwater::flow::{AsyncProcessor, Emitter, End, Flow, NodeContext, Processor, Producer};
use headwater::green::Task;
use headwater::{Error, Request, RequestState};
use tokio::sync::Semaphore;

use crate::{LONG, assert_accounts, end, numbers, run, runtime, until};

/// Makes numbers for ever, and notes what happens to it.
#[derive(Clone, Default)]
struct Endless {
    next: u64,
    log: Arc<Mutex<Vec<&'static str>>>,
}

impl Producer for Endless {
    type Item = u64;

    async fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        self.log.lock().unwrap().push("open");
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<u64>, Error> {
        self.next += 1;
        Ok(Some(self.next))
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.log.lock().unwrap().push("close");
        Ok(())
    }
}

#[test]
fn v25_it_ends_when_all_producers_are_exhausted() {
    let flow = Flow::batch();
    let all = flow.merge(
        "all",
        &[numbers(&flow, 10), flow.produce("more", stream::iter(0..5000))],
    );
    all.consume("end", |_| ());
    let report = run(&flow);
    assert_eq!(report.end(), End::Completed);
    assert_eq!(report.node("end").unwrap().taken, 5010);
}

#[test]
fn v27_a_stopped_flow_delivers_what_was_made() {
    let endless = Endless::default();
    let log = Arc::clone(&endless.log);
    let flow = Flow::batch();
    let source = flow.produce("endless", endless);
    let result = source.process("one", |n| n).process("two", |n| n).collect("result");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| result.len() > 500);
    running.stop();
    let report = end(&running).unwrap();
    assert_eq!(report.end(), End::Stopped);
    let made = report.node("endless").unwrap().emitted;
    assert_eq!(result.take(), (1..=made).collect::<Vec<_>>());
    assert_eq!(*log.lock().unwrap(), ["open", "close"]);
    assert_accounts(&report);
}

#[test]
fn v27_a_producer_that_waits_is_stopped_where_it_waits() {
    let flow = Flow::batch();
    flow.produce("quiet", stream::pending::<u64>()).consume("end", |_| ());
    let runtime = runtime(1);
    let running = flow.build().unwrap().run(&runtime);
    running.stop();
    assert_eq!(end(&running).unwrap().end(), End::Stopped);
}

#[test]
fn an_aborted_flow_ends_at_once_and_closes_everything() {
    struct Stuck(Arc<AtomicUsize>);
    impl AsyncProcessor for Stuck {
        type Input = u64;
        type Output = u64;

        async fn process(&mut self, _input: u64, _output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            std::future::pending().await
        }

        async fn close(&mut self) -> Result<(), Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    }
    let (closed, endless) = (Arc::new(AtomicUsize::new(0)), Endless::default());
    let log = Arc::clone(&endless.log);
    let flow = Flow::batch();
    let source = flow.produce("endless", endless);
    let stuck = Arc::clone(&closed);
    source
        .async_processor_with("stuck", move || Stuck(Arc::clone(&stuck)))
        .replicas(3)
        .ordered()
        .collect("result");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("stuck").unwrap().awaiting == 3);
    running.abort();
    let report = end(&running).unwrap();
    assert_eq!(report.end(), End::Aborted);
    assert_eq!((closed.load(Ordering::SeqCst), log.lock().unwrap().len()), (3, 2));
    assert_accounts(&report);
    assert!(report.edge("endless", "stuck").unwrap().unwanted > 0);
    until(|| runtime.snapshot().is_empty());
}

#[test]
fn v26_a_signal_stops_it() {
    let flow = Flow::batch();
    let result = flow.produce("endless", Endless::default()).collect("result");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    let (send, receive) = tokio::sync::oneshot::channel::<()>();
    running.stop_when(async {
        let _ = receive.await;
    });
    until(|| result.len() > 10);
    send.send(()).unwrap();
    let report = end(&running).unwrap();
    assert_eq!(report.end(), End::Stopped);
    assert_eq!(result.len() as u64, report.node("endless").unwrap().emitted);
    // What waits for the signal goes with the flow.
    let flow = Flow::batch();
    numbers(&flow, 1).consume("end", |_| ());
    let running = flow.build().unwrap().run(&runtime);
    running.stop_when(std::future::pending());
    end(&running).unwrap();
    until(|| runtime.snapshot().is_empty());
}

#[test]
fn v28_v29_what_is_held_back_goes_on_before_the_end() {
    #[derive(Clone, Default)]
    struct Sum(u64);
    impl Processor for Sum {
        type Input = u64;
        type Output = u64;

        fn process(&mut self, input: u64, _output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            self.0 += input;
            Ok(())
        }

        fn flush(&mut self, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            output.emit(self.0);
            Ok(())
        }
    }
    // Fused, in a task of its own, and one behind the other.
    let flow = Flow::batch();
    let sum = numbers(&flow, 1000).processor("sum", Sum::default());
    let fused = sum.map("same", |n| n).processor("again", Sum::default()).cheap();
    let result = fused.process("last", |n| n).collect("result");
    run(&flow);
    assert_eq!(result.take(), [500_500]);
}

#[test]
fn v74_v75_v76_the_end_is_counted_by_replica_and_waits_for_the_slowest() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let flow = Flow::batch();
    let node = numbers(&flow, 8).process_async("replicas", move |n| {
        let held = Arc::clone(&held);
        async move {
            if n == 3 {
                held.acquire().await.unwrap().forget();
            }
            Ok(n)
        }
    });
    let result = node.replicas(4).collect("result");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("replicas").unwrap().replicas == 1);
    // Three of four have ended, everything else has arrived, and no clock takes that for the end.
    until(|| result.len() == 7);
    assert_eq!(running.figures().node("result").unwrap().replicas, 1);
    let explained = running.explain();
    assert!(
        explained.contains("`replicas` awaits the result of an item"),
        "{explained}"
    );
    assert!(
        explained.contains("the edge `replicas` → `result` (7 taken, 1 open)"),
        "{explained}"
    );
    gate.add_permits(1);
    end(&running).unwrap();
    assert_eq!(result.len(), 8);
}

#[test]
fn v78_a_join_that_times_out_names_the_edge_that_is_waited_for() {
    let flow = Flow::batch().named("video");
    let quiet = flow.produce("quiet", stream::pending::<u64>());
    quiet.process("work", |n| n).consume("end", |_| ());
    let runtime = runtime(1);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("end").unwrap().waiting_for_input == 1);
    until(|| running.figures().node("quiet").unwrap().awaiting == 1);
    let error = futures::executor::block_on(running.join(Duration::from_millis(1))).unwrap_err();
    assert!(error.is_timeout());
    let report = error.report();
    for expected in [
        "flow `video` has not ended",
        "`quiet` awaits its next item",
        "`work` waits for an item from the edge `quiet` → `work` (0 taken, 1 open)",
        "`end` waits for an item from the edge `work` → `end`",
    ] {
        assert!(report.contains(expected), "{expected}\n{report}");
    }
    running.stop();
    end(&running).unwrap();
    assert_eq!(running.explain(), "flow `video` has ended");
}

#[test]
fn a_full_edge_is_named_with_its_level() {
    let flow = Flow::batch();
    flow.produce("endless", Endless::default())
        .consume_async("stuck", |_| std::future::pending())
        .depth(3);
    let runtime = runtime(1);
    let running = flow.build().unwrap().run(&runtime);
    until(|| {
        let figures = running.figures();
        let edge = figures.edge("endless", "stuck").unwrap();
        (edge.waiting, edge.taken) == (3, 1) && figures.node("endless").unwrap().waiting_for_room == 1
    });
    let explained = running.explain();
    let expected = "`endless` waits for room in the edge `endless` → `stuck` (3 of 3 items)";
    assert!(explained.contains(expected), "{explained}");
    running.abort();
    end(&running).unwrap();
}

#[test]
fn the_end_of_the_runtime_ends_the_flow() {
    let flow = Flow::batch();
    flow.produce("endless", Endless::default())
        .process("work", |n| n)
        .consume("end", |_| ());
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("end").unwrap().taken > 0);
    let left = runtime.shutdown(crate::LONG);
    assert!(left.ignored.is_empty());
    assert!(end(&running).unwrap_err().is_shut_down());
}

#[test]
fn a_flow_goes_on_without_handles() {
    let (send, receive) = std::sync::mpsc::channel();
    let flow = Flow::batch();
    numbers(&flow, 1000).consume("end", move |n| send.send(n).unwrap());
    let runtime = runtime(1);
    drop(flow.build().unwrap().run(&runtime));
    assert_eq!(receive.iter().count(), 1000);
}

#[test]
fn it_runs_with_one_slot_and_inline() {
    for slots in [0, 1] {
        let flow = Flow::batch();
        let node = numbers(&flow, 3000)
            .process("one", |n| n)
            .depth(2)
            .process("two", |n| n)
            .replicas(2)
            .ordered();
        let result = node.collect("result");
        let runtime = runtime(slots);
        let running = flow.build().unwrap().run(&runtime);
        let report = end(&running).unwrap();
        assert_accounts(&report);
        assert_eq!(result.take(), (1..=3000).collect::<Vec<_>>(), "{slots} slots");
    }
}

#[test]
fn whoever_cancels_the_request_that_runs_a_flow_ends_it() {
    let endless = Endless::default();
    let log = Arc::clone(&endless.log);
    let runtime = runtime(2);
    let request = Request::builder().on(&runtime).future(async move {
        let flow = Flow::batch();
        flow.produce("endless", endless)
            .process("work", |n| n)
            .consume("end", |_| ());
        flow.build()?.start().await?;
        Ok(())
    });
    request.submit();
    until(|| log.lock().unwrap().len() == 1);
    let _ = request.cancel();
    assert!(request.wait().unwrap_err().is_cancelled());
    until(|| runtime.snapshot().is_empty());
    assert_eq!(*log.lock().unwrap(), ["open", "close"]);
}

#[test]
fn whoever_waits_for_a_flow_and_is_cancelled_leaves_it_alone() {
    let runtime = runtime(2);
    let (send, receive) = futures::channel::mpsc::unbounded::<u64>();
    let flow = Flow::batch();
    let result = flow.produce("source", receive).collect("result");
    let running = flow.build().unwrap().run(&runtime);
    let (awaits, joins) = (running.clone(), running.clone());
    let awaits = Request::builder()
        .on(&runtime)
        .future(async move { awaits.await.map(|_| ()) });
    let joins = Task::builder()
        .on(&runtime)
        .future(async move { joins.join(LONG).await.map(|_| ()) });
    awaits.submit();
    until(|| awaits.state() == RequestState::Suspended && joins.state() == RequestState::Suspended);
    let _ = (awaits.cancel(), joins.cancel());
    until(|| awaits.has_ended() && joins.has_ended());
    (1..=3).for_each(|n| send.unbounded_send(n).unwrap());
    drop(send);
    end(&running).unwrap();
    assert_eq!(result.take(), [1, 2, 3]);
}
