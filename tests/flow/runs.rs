//! Runs of flows as wholes: several at a time, nodes that share a task, what a failed run tells.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::stream;
use headwater::Error;
use headwater::flow::{Emitter, Flow, NodeContext, Processor};

use crate::{end, numbers, run, runtime, until};

#[test]
fn v20_runs_of_the_same_name_at_the_same_time_have_nothing_in_common() {
    let runtime = runtime(2);
    let start = |first: u64| {
        let flow = Flow::batch().named("twin");
        let made = flow.produce("numbers", stream::iter(first..first + 5000));
        let result = made.process("same", |n| n).replicas(2).ordered().collect("result");
        (flow.build().unwrap().run(&runtime), result)
    };
    let runs = [0, 100_000].map(|first| (first, start(first)));
    for (first, (running, result)) in runs {
        let report = end(&running).unwrap();
        assert_eq!(result.take(), (first..first + 5000).collect::<Vec<_>>());
        assert_eq!(report.node("same").unwrap().taken, 5000);
    }
    until(|| runtime.snapshot().is_empty());
}

/// Notes what is done with it.
struct Noted(&'static str, Arc<Mutex<Vec<String>>>);

impl Noted {
    fn note(&self, what: &str) {
        self.1.lock().unwrap().push(format!("{what} {}", self.0));
    }
}

impl Processor for Noted {
    type Input = u64;
    type Output = u64;

    fn open(&mut self, _: &NodeContext) -> Result<(), Error> {
        self.note("open");
        Ok(())
    }

    fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        self.note(&n.to_string());
        output.emit(n);
        Ok(())
    }

    fn flush(&mut self, _: &mut Emitter<'_, u64>) -> Result<(), Error> {
        self.note("flush");
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        self.note("close");
        Ok(())
    }
}

#[test]
fn v40_v41_nodes_that_share_a_task_are_one_after_the_other_and_each_is_opened_and_closed() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let noted = |name| Noted(name, Arc::clone(&log));
    let flow = Flow::batch();
    let a = numbers(&flow, 2).processor("a", noted("a")).cheap();
    let b = a.processor("b", noted("b")).cheap();
    let result = b.processor("c", noted("c")).cheap().collect("result");
    let report = run(&flow);
    let fused = |name: &str| report.node(name).unwrap().fused_into.clone();
    assert!(
        ["a", "b", "c"]
            .iter()
            .all(|name| fused(name).as_deref() == Some("numbers"))
    );
    let steps = log.lock().unwrap().join(", ");
    assert_eq!(
        steps,
        "open c, open b, open a, 1 a, 1 b, 1 c, 2 a, 2 b, 2 c, flush a, flush b, flush c, close a, close b, close c"
    );
    assert_eq!(result.take(), [1, 2], "the last one's");
}

#[test]
fn v44_a_node_that_fails_in_several_replicas_is_told_once_and_a_stop_is_no_failure() {
    let flow = Flow::batch();
    let failing = numbers(&flow, 100).try_process("fails", |n| match n {
        0 => Ok(n),
        _ => Err(Error::msg("refused")),
    });
    failing.replicas(3).consume("end", |_| ());
    let runtime = runtime(2);
    let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err();
    assert_eq!(error.brief().matches("node `fails`").count(), 1, "{}", error.brief());
    let flow = Flow::batch();
    flow.produce("endless", stream::iter(0_u64..)).consume("end", |_| ());
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("end").unwrap().taken > 0);
    running.stop();
    end(&running).unwrap();
}

#[test]
fn v79_what_nobody_takes_is_let_go_of() {
    struct Counted(Arc<AtomicUsize>);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            self.0.fetch_add(1, Ordering::SeqCst);
            Self(Arc::clone(&self.0))
        }
    }
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let alive = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&alive);
    let flow = Flow::batch();
    let _untaken = numbers(&flow, 50).process("untaken", move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(&counted))
    });
    let report = run(&flow);
    assert_eq!(report.node("untaken").unwrap().taken, 50);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}
