//! What becomes of items that cannot be processed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use headwater::flow::{
    Consumer, Emitter, End, Failure, Flow, Node, NodeContext, Overflow, Port, Processor, Retry, Trace,
};
use headwater::{Error, Runtime};

use crate::{assert_accounts, end, numbers, run, runtime, until};

/// Fails for multiples of three.
fn picky(n: u64) -> Result<u64, Error> {
    if n.is_multiple_of(3) {
        Err(Error::msg(format!("{n} is bad")))
    } else {
        Ok(n)
    }
}

#[track_caller]
fn fail(flow: &headwater::flow::FlowBuilder) -> (Error, Runtime) {
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    let error = end(&running).unwrap_err();
    until(|| runtime.snapshot().is_empty());
    for node in &running.figures().nodes {
        assert_eq!(node.replicas, 0, "{node:?}");
    }
    (error, runtime)
}

#[test]
fn v35_an_error_ends_a_batch_flow_with_its_node_and_item() {
    for replicas in [1, 4] {
        let flow = Flow::batch().named("f");
        let source = flow.produce("endless", futures::stream::iter(1..));
        source
            .try_process("picky", picky)
            .replicas(replicas)
            .process("next", |n| n)
            .consume("end", |_| ());
        let (error, _) = fail(&flow);
        let brief = error.brief();
        assert!(brief.starts_with("flow `f`: node `picky`: item 0:"), "{brief}");
        assert!(brief.ends_with("is bad"), "{brief}");
    }
}

#[test]
fn v35_a_panic_is_an_error() {
    let flow = Flow::batch();
    let node: Node<u64, u64> = numbers(&flow, 10).process("panics", |n| if n == 4 { panic!("no {n}") } else { n });
    node.map("fused", |n| n).consume("end", |_| ());
    let (error, _) = fail(&flow);
    assert!(error.is_panic());
    assert!(
        error.brief().contains("node `panics`: item 0:4: ") && error.brief().contains("no 4"),
        "{}",
        error.brief()
    );
}

#[test]
fn v35_panics_everywhere_end_the_flow() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    enum At {
        Open,
        Process,
        Flush,
        Close,
        Nowhere,
    }
    struct Panics(At);
    impl Panics {
        fn at(&self, at: At) {
            assert_ne!(self.0, at, "told to");
        }
    }
    impl Processor for Panics {
        type Input = u64;
        type Output = u64;

        fn open(&mut self, _: &NodeContext) -> Result<(), Error> {
            self.at(At::Open);
            Ok(())
        }

        fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            self.at(At::Process);
            output.emit(n);
            Ok(())
        }

        fn flush(&mut self, _: &mut Emitter<'_, u64>) -> Result<(), Error> {
            self.at(At::Flush);
            Ok(())
        }

        fn close(&mut self) -> Result<(), Error> {
            self.at(At::Close);
            Ok(())
        }
    }
    for at in [At::Open, At::Process, At::Flush, At::Close, At::Nowhere] {
        for (is_cheap, replicas) in [(true, 1), (false, 1), (false, 3)] {
            let flow = Flow::batch();
            let node = numbers(&flow, 100).processor_with("panics", move || Panics(at));
            let node = if is_cheap {
                node.cheap()
            } else {
                node.replicas(replicas)
            };
            node.consume("end", |_| ());
            match at {
                At::Nowhere => drop(run(&flow)),
                _ => {
                    let (error, _) = fail(&flow);
                    assert!(
                        error.is_panic() && error.brief().contains("node `panics`"),
                        "{at:?}: {}",
                        error.brief()
                    );
                }
            }
        }
    }
    let flow = Flow::batch();
    numbers(&flow, 10)
        .processor_with("made", || -> Panics { panic!("not made") })
        .consume("end", |_| ());
    let (error, _) = fail(&flow);
    assert!(
        error.brief().contains("node `made`") && error.brief().contains("not made"),
        "{}",
        error.brief()
    );
    let flow = Flow::batch();
    numbers(&flow, 10)
        .process("keyed", |n| n)
        .replicas(2)
        .partition_by(|_| -> u64 { panic!("no key") });
    assert!(fail(&flow).0.is_panic());
}

#[test]
fn v30_close_runs_once_after_an_error() {
    #[derive(Clone)]
    struct Counted(Arc<AtomicUsize>, Arc<AtomicUsize>);
    impl Processor for Counted {
        type Input = u64;
        type Output = u64;

        fn open(&mut self, _: &NodeContext) -> Result<(), Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }

        fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            output.emit(picky(n)?);
            Ok(())
        }

        fn close(&mut self) -> Result<(), Error> {
            self.1.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    }
    let counted = Counted(Arc::default(), Arc::default());
    let (one, two) = (counted.clone(), counted.clone());
    let flow = Flow::batch();
    let node = numbers(&flow, 100)
        .processor_with("one", move || one.clone())
        .replicas(3);
    node.processor_with("two", move || two.clone())
        .cheap()
        .consume("end", |_| ());
    fail(&flow);
    let counts = (counted.0.load(Ordering::SeqCst), counted.1.load(Ordering::SeqCst));
    assert_eq!(counts.0, counts.1);
    assert!(counts.0 > 0);
}

#[test]
fn a_producer_that_fails_ends_the_flow() {
    struct Fails(u64);
    impl headwater::flow::Producer for Fails {
        type Item = u64;

        async fn next(&mut self) -> Result<Option<u64>, Error> {
            self.0 += 1;
            if self.0 == 7 {
                Err(Error::msg("no more film"))
            } else {
                Ok(Some(self.0))
            }
        }
    }
    let flow = Flow::batch();
    flow.produce("camera", Fails(0)).consume("end", |_| ());
    assert_eq!(fail(&flow).0.brief(), "flow `flow`: node `camera`: no more film");
}

#[test]
fn v37_a_realtime_flow_drops_what_fails() {
    let flow = Flow::realtime();
    let node = numbers(&flow, 300)
        .try_process("picky", picky)
        .overflow(headwater::flow::Overflow::Block);
    let result = node.collect("result");
    let report = run(&flow);
    assert_eq!(result.len(), 200);
    let node = report.node("picky").unwrap();
    assert_eq!((node.failed, node.dropped, node.emitted), (100, 100, 200));
}

#[test]
fn v36_failures_are_tried_again_and_then_given_up() {
    let attempts = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&attempts);
    let flow = Flow::batch();
    let node = numbers(&flow, 30).try_process("picky", move |n| {
        count.fetch_add(1, Ordering::SeqCst);
        picky(n)
    });
    let node = node.on_failure(Failure::drop().retry(Retry::times(3)));
    let result = node.collect("result");
    let report = run(&flow);
    assert_eq!(result.len(), 20);
    assert_eq!(attempts.load(Ordering::SeqCst), 20 + 10 * 4);
    let node = report.node("picky").unwrap();
    assert_eq!((node.taken, node.failed, node.retried, node.dropped), (30, 10, 30, 10));
}

#[test]
fn v36_what_succeeds_at_last_counts_once() {
    struct Third(u32);
    impl Processor for Third {
        type Input = u64;
        type Output = u64;

        fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            self.0 += 1;
            // What a failed attempt has sent is not sent.
            output.emit(n);
            if self.0.is_multiple_of(3) {
                Ok(())
            } else {
                Err(Error::msg("not yet"))
            }
        }
    }
    let flow = Flow::batch();
    let node = numbers(&flow, 50).processor("third", Third(0));
    let begun = Instant::now();
    let retry = Retry::times(2).back_off(Duration::from_micros(100));
    let result = node.on_failure(Failure::fail().retry(retry)).collect("result");
    let report = run(&flow);
    assert_eq!(result.take(), (1..=50).collect::<Vec<_>>());
    let node = report.node("third").unwrap();
    assert_eq!((node.failed, node.retried, node.emitted), (0, 100, 50));
    assert!(begun.elapsed() >= Duration::from_micros(50 * 300), "it did not wait");
}

#[test]
fn v36_a_budget_bounds_all_attempts_together() {
    let flow = Flow::batch();
    let node = numbers(&flow, 30).try_process("picky", picky);
    let node = node.on_failure(Failure::drop().retry(Retry::times(3).budget(7)));
    node.consume("end", |_| ());
    let report = run(&flow);
    let node = report.node("picky").unwrap();
    assert_eq!((node.retried, node.failed), (7, 10));
}

#[test]
fn v36_dead_letters_go_to_a_consumer_of_their_own() {
    for retries in [0, 2] {
        for is_cheap in [true, false] {
            let flow = Flow::batch();
            let node = numbers(&flow, 30).try_process("picky", picky);
            let node = if is_cheap { node.cheap() } else { node };
            let node = if retries > 0 {
                node.on_failure(Failure::fail().retry(Retry::times(retries)))
            } else {
                node
            };
            let letters = node.dead_letters().collect("letters");
            let result = node.collect("result");
            let report = run(&flow);
            assert_eq!(result.len(), 20);
            let letters = letters.take();
            assert_eq!(letters.len(), 10);
            for (nth, letter) in letters.iter().enumerate() {
                let n = 3 * (nth as u64 + 1);
                assert_eq!((letter.item, letter.trace.number, letter.attempts), (n, n, retries + 1));
                assert_eq!((&*letter.node, letter.error.brief()), ("picky", format!("{n} is bad")));
            }
            let node = report.node("picky").unwrap();
            assert_eq!((node.failed, node.dropped), (10, 0));
        }
    }
}

#[test]
fn v45_a_panicking_replica_loses_nothing_but_its_item_and_nobody_waits() {
    let flow = Flow::batch();
    let node: Node<u64, u64> = numbers(&flow, 1000).process("panics", |n| if n == 500 { panic!("at {n}") } else { n });
    let node = node.replicas(4).ordered().on_failure(Failure::drop());
    let result = node.collect("result");
    let report = run(&flow);
    assert_eq!(result.take(), (1..=1000).filter(|n| *n != 500).collect::<Vec<_>>());
    assert_eq!(report.node("panics").unwrap().dropped, 1);
}

#[test]
fn a_flow_that_fails_keeps_its_account() {
    let flow = Flow::batch();
    numbers(&flow, 1000).try_process("picky", picky).consume("end", |_| ());
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    end(&running).unwrap_err();
    let node = running.figures().node("picky").unwrap().clone();
    assert_eq!((node.failed, node.dropped), (1, 0));
}

#[test]
fn contradicting_policies_are_refused() {
    let flow = Flow::batch();
    let node = numbers(&flow, 10).try_process("picky", picky);
    node.dead_letters().consume("letters", |_| ());
    node.on_failure(Failure::drop()).consume("end", |_| ());
    let error = flow.build().unwrap_err().brief();
    assert!(
        error.contains("processor `picky` has an output for dead letters, and a policy that makes none"),
        "{error}"
    );
}

#[test]
fn errors_of_sinks_end_the_flow() {
    let (send, receive) = futures::channel::mpsc::channel::<u64>(1);
    drop(receive);
    let flow = Flow::batch();
    numbers(&flow, 10).sink("sink", send);
    let (error, _) = fail(&flow);
    assert!(error.brief().contains("node `sink`"), "{}", error.brief());
}

#[test]
fn accounts_hold_when_nodes_fail_side_by_side() {
    let flow = Flow::batch();
    let source = numbers(&flow, 2000);
    let drops = |name: &str| {
        let node = source.try_process(name.to_owned(), picky).replicas(3);
        node.on_failure(Failure::drop()).collect(format!("{name} end"))
    };
    let (left, right) = (drops("left"), drops("right"));
    let report = run(&flow);
    assert_accounts(&report);
    assert_eq!((left.len(), right.len()), (1334, 1334));
}

#[test]
fn nobody_behind_a_failing_node_takes_its_end_for_the_end_of_the_flow() {
    struct File(Arc<AtomicUsize>);
    impl Consumer for File {
        type Input = u64;

        fn consume(&mut self, _: u64, _: Trace) -> Result<(), Error> {
            Ok(())
        }

        fn finish(&mut self) -> Result<(), Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    }
    let finished = Arc::new(AtomicUsize::new(0));
    for round in 0..200 {
        let flow = Flow::batch();
        let source = numbers(&flow, 40 + round % 7);
        let node: Node<u64, u64> = match round % 3 {
            0 => source.try_process("fails", |n| if n == 39 { Err(Error::msg("39")) } else { Ok(n) }),
            1 => source.process("panics", |n| if n == 39 { panic!("39") } else { n }),
            _ => source
                .process("keyed", |n| n)
                .replicas(2)
                .partition_by(|n| if *n == 39 { panic!("39") } else { *n }),
        };
        node.consumer("file", File(Arc::clone(&finished)));
        fail(&flow);
    }
    assert_eq!(finished.load(Ordering::SeqCst), 0);
}

#[test]
fn an_aborted_back_off_is_no_failure() {
    let flow = Flow::batch();
    let node = numbers(&flow, 10).try_process("picky", picky);
    let retry = Retry::times(3).back_off(Duration::from_secs(30));
    node.on_failure(Failure::fail().retry(retry)).consume("end", |_| ());
    let runtime = runtime(1);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("picky").unwrap().awaiting == 1);
    running.abort();
    let report = end(&running).unwrap();
    assert_eq!((report.end(), report.node("picky").unwrap().failed), (End::Aborted, 0));
}

#[test]
fn a_key_or_a_weight_that_panics_fails_the_flow_by_the_name_of_the_node_that_it_is_for() {
    let bad = |n: &u64| if *n == 7 { panic!("seven") } else { *n };
    for what in ["key", "bytes", "join"] {
        let flow = Flow::batch();
        // Its policy is for its own items.
        let before = numbers(&flow, 100).process("before", |n| n).on_failure(Failure::drop());
        match what {
            "key" => drop(
                before
                    .process("after", |n| n)
                    .replicas(3)
                    .partition_by(bad)
                    .collect("end"),
            ),
            "bytes" => drop(before.process("after", |n| n).bytes(1000, bad).collect("end")),
            _ => {
                let other = before.process("other", |n| n);
                let joined = flow.join("after", (&before, &other)).replicas(3);
                drop(joined.by_key((bad, |n: &u64| *n)).collect("end"));
            }
        }
        let runtime = runtime(2);
        let running = flow.build().unwrap().run(&runtime);
        let error = end(&running).unwrap_err().report();
        assert!(
            error.contains("node `after`") && error.contains("seven"),
            "{what}: {error}"
        );
        assert_eq!(running.figures().node("before").unwrap().failed, 0, "{what}");
    }
}

#[test]
fn a_realtime_flow_loses_no_dead_letter() {
    let flow = Flow::realtime();
    let checked = numbers(&flow, 1000).try_process("check", |n| match n % 2 {
        0 => Err(Error::msg("even")),
        _ => Ok(n),
    });
    let checked = checked.overflow(Overflow::Block);
    let letters = checked.dead_letters().process("letter", |letter| letter.item);
    letters.collect("letters");
    checked.consume("end", |_| ());
    let report = run(&flow);
    let edge = report.edge("check", "letter").unwrap();
    assert_eq!((edge.sent, edge.dropped), (500, 0));
    assert_eq!(report.node("check").unwrap().emitted, 1000, "letters too");
}

#[test]
fn a_port_of_two_types_is_an_error_and_not_silence() {
    const WIRED: Port<u64> = Port::new("twice");
    const USED: Port<u32> = Port::new("twice");
    struct Wrong;
    impl Processor for Wrong {
        type Input = u64;
        type Output = u64;

        fn process(&mut self, _: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            output.emit_to(USED, 1);
            Ok(())
        }
    }
    for is_ordered in [false, true] {
        let flow = Flow::batch();
        let wrong = numbers(&flow, 3).processor_with("wrong", || Wrong);
        let wrong = if is_ordered { wrong.replicas(2).ordered() } else { wrong };
        wrong.port(WIRED).collect("wired");
        let runtime = runtime(2);
        let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err().report();
        assert!(error.contains("`u32`") && error.contains("port `twice`"), "{error}");
    }
}
