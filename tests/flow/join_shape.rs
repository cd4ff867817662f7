//! What a join gives, whoever comes first and however many there are.

use std::sync::Arc;
use std::time::Duration;

use headwater::flow::Flow;
use tokio::sync::Semaphore;

use crate::{end, numbers, run, runtime, until};

#[test]
fn v3_the_order_of_inputs_is_that_of_wiring_whatever_arrives_first() {
    for is_first_late in [true, false] {
        let gate = Arc::new(Semaphore::new(0));
        let flow = Flow::batch();
        let source = numbers(&flow, 5);
        let late = |name: &str, is_late: bool| {
            let gate = Arc::clone(&gate);
            let name = name.to_owned();
            source.process_async(name.clone(), move |n| {
                let (gate, name) = (Arc::clone(&gate), name.clone());
                async move {
                    if is_late {
                        gate.acquire().await.unwrap().forget();
                    }
                    Ok(format!("{name} {n}"))
                }
            })
        };
        let (first, second) = (late("first", is_first_late), late("second", !is_first_late));
        let pairs = flow.join("pair", (&first, &second)).by_trace().collect("pairs");
        let runtime = runtime(2);
        let running = flow.build().unwrap().run(&runtime);
        let early = if is_first_late { "second" } else { "first" };
        until(|| running.figures().edge(early, "pair").unwrap().taken == 5);
        gate.add_permits(5);
        end(&running).unwrap();
        let expected: Vec<_> = (1..=5).map(|n| (format!("first {n}"), format!("second {n}"))).collect();
        assert_eq!(pairs.take(), expected);
    }
}

#[test]
fn v33_joins_align_by_trace_behind_replicas_that_compete() {
    let flow = Flow::batch();
    let source = numbers(&flow, 1000);
    let mixed = source.process_async("mixed", |n| async move {
        for _ in 0..n % 3 {
            tokio::task::yield_now().await;
        }
        Ok(n * 10)
    });
    let mixed = mixed.replicas(4);
    let plain = source.process("plain", |n| n);
    let pairs = flow.join("pair", (&plain, &mixed)).by_trace().collect("pairs");
    let report = run(&flow);
    let mut pairs = pairs.take();
    assert!(pairs.iter().all(|(n, tenfold)| n * 10 == *tenfold));
    pairs.sort_unstable();
    assert_eq!(
        pairs.into_iter().map(|(n, _)| n).collect::<Vec<_>>(),
        (1..=1000).collect::<Vec<_>>()
    );
    assert_eq!(report.node("pair").unwrap().unmatched, 0);
}

#[test]
fn v50_a_key_parts_nothing_where_there_is_one_replica() {
    let flow = Flow::batch();
    let keyed = numbers(&flow, 500).process("keyed", |n| n).partition_by(|n| n % 7);
    let result = keyed.collect("result");
    run(&flow);
    assert_eq!(result.take(), (1..=500).collect::<Vec<_>>());
}

#[test]
fn v68_what_has_one_input_waits_for_nobody() {
    let (send, receive) = futures::channel::mpsc::unbounded();
    let flow = Flow::batch();
    let source = flow.produce("source", receive);
    let one = flow.join("one", (&source,)).by_trace().collect("one by one");
    let key = flow.join("key", (&source,)).by_key((|n: &u64| *n,)).collect("by key");
    let time = flow
        .join("time", (&source,))
        .by_time(Duration::from_millis(1))
        .collect("by time");
    let runtime = runtime(1);
    let running = flow.build().unwrap().run(&runtime);
    for n in 1..=3 {
        send.unbounded_send(n as u64).unwrap();
        until(|| [one.len(), key.len(), time.len()] == [n; 3]);
    }
    drop(send);
    end(&running).unwrap();
}
