//! What can be seen of a flow.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use headwater::flow::{Failure, Flow, NodeKind, Overflow};

use crate::{end, numbers, run, runtime, until};

/// Works for at least so long.
fn work(micros: u64) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_micros(micros) {
        std::hint::spin_loop();
    }
}

#[test]
fn v42_times_of_work_and_ages_are_measured() {
    let flow = Flow::batch();
    let slow = numbers(&flow, 20).process("slow", |n| {
        work(1000);
        n
    });
    slow.consume("end", |_| ());
    let report = run(&flow);
    let (slow, end) = (report.node("slow").unwrap(), report.node("end").unwrap());
    assert_eq!((slow.latency.count(), end.age.count()), (20, 20));
    assert!(
        slow.latency.quantile(0.0) >= Duration::from_micros(900),
        "{:?}",
        slow.latency
    );
    assert!(
        end.age.max() >= Duration::from_millis(18),
        "the last one waited for all: {:?}",
        end.age
    );
    assert!(
        report.node("slow").unwrap().work >= Duration::from_millis(20),
        "{:?}",
        report.node("slow").unwrap().work
    );
    assert_eq!(report.bottlenecks()[0].node, "slow");
    assert_eq!(report.edge("numbers", "slow").unwrap().latency.count(), 20);
    let kinds: Vec<_> = report.nodes.iter().map(|node| node.kind).collect();
    assert_eq!(kinds, [NodeKind::Producer, NodeKind::Processor, NodeKind::Consumer]);
}

#[test]
fn v91_figures_can_be_read_at_any_time() {
    let (send, receive) = futures::channel::mpsc::unbounded::<u64>();
    let flow = Flow::realtime();
    let node = flow.produce("source", receive).try_process("work", |n| {
        if n == 3 {
            Err(headwater::Error::msg("three"))
        } else {
            Ok(n)
        }
    });
    let node = node.overflow(Overflow::Block).on_failure(Failure::drop());
    let result = node.collect("end");
    let runtime = runtime(1);
    let running = flow.build().unwrap().run(&runtime);
    let before = running.figures();
    assert_eq!((before.nodes.len(), before.dropped()), (3, 0));
    (1..=4).for_each(|n| send.unbounded_send(n).unwrap());
    until(|| result.len() == 3);
    until(|| running.figures().node("work").unwrap().taken == 4);
    let after = running.figures();
    let node = after.node("work").unwrap();
    assert_eq!((node.emitted, node.failed, node.dropped), (3, 1, 1));
    let rates = after.rates(Some(&before));
    assert!(rates[1].taken > 0.0 && rates[1].dropped > 0.0, "{rates:?}");
    let rates = after.edge_rates(Some(&before));
    let names: Vec<_> = rates.iter().map(|edge| (edge.from.join(" "), &*edge.to)).collect();
    assert_eq!(names, [("source".to_owned(), "work")]);
    assert!(
        rates[0].sent > 0.0 && rates[0].sent == rates[0].taken && rates[0].dropped == 0.0,
        "{rates:?}"
    );
    drop(send);
    let report = end(&running).unwrap();
    let emitted = report.rates(None)[0].emitted * report.elapsed.as_secs_f64();
    assert_eq!(emitted.round() as u64, 4);
}

#[test]
fn the_table_has_a_line_for_each_node() {
    let flow = Flow::batch();
    let doubled = numbers(&flow, 1000).process("double", |n| n * 2).replicas(2).ordered();
    doubled.map("same", |n| n).consume("the end", |_| ());
    let report = run(&flow);
    let text = report.table(None).to_string();
    let names: Vec<_> = text.lines().map(|line| line.split("  ").next().unwrap()).collect();
    assert_eq!(names.len(), 5, "{text}");
    assert!(
        names[1].contains("numbers") && names[3].contains("… same") && names[4].contains("the end"),
        "{text}"
    );
    let widths: std::collections::HashSet<_> = text.lines().map(|line| line.chars().count()).collect();
    assert_eq!(widths.len(), 1, "{text}");
    assert!(text.lines().nth(2).unwrap().contains("1000"), "{text}");
}

#[test]
fn somebody_looks_until_the_end() {
    let (seen, ended) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(None)));
    let (count, last) = (Arc::clone(&seen), Arc::clone(&ended));
    let (send, receive) = futures::channel::mpsc::unbounded::<u64>();
    let flow = Flow::batch();
    flow.produce("source", receive).consume("end", |_| ());
    let runtime = runtime(1);
    let running = flow.build().unwrap().run(&runtime);
    running.observe(Duration::ZERO, move |figures, has_ended| {
        *count.lock().unwrap() += 1;
        if has_ended {
            *last.lock().unwrap() = Some(figures.node("end").unwrap().taken);
        }
    });
    until(|| *seen.lock().unwrap() > 3);
    (0..5).for_each(|n| send.unbounded_send(n).unwrap());
    drop(send);
    end(&running).unwrap();
    until(|| ended.lock().unwrap().is_some());
    assert_eq!(*ended.lock().unwrap(), Some(5));
    until(|| runtime.snapshot().is_empty());
}
