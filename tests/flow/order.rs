//! Replicas: who gets what, and in which order it comes out.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use headwater::Error;
use headwater::flow::{AsyncProcessor, Emitter, Flow, NodeContext, Port, Processor};

use crate::{end, numbers, run, runtime, until};

/// Lets others go first for a time that differs from item to item.
async fn dawdle(n: u64) {
    for _ in 0..(n * 7919) % 5 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn v32_ordered_replicas_keep_the_exact_order() {
    for (replicas, window) in [(2, 2), (4, 64), (8, 3), (3, 1)] {
        let flow = Flow::batch();
        let made = numbers(&flow, 2000).process_async("dawdle", |n| async move {
            dawdle(n).await;
            Ok(n)
        });
        let result = made.replicas(replicas).ordered_within(window).collect("result");
        run(&flow);
        assert_eq!(
            result.take(),
            (1..=2000).collect::<Vec<_>>(),
            "{replicas} replicas within {window}"
        );
    }
}

#[test]
fn v32_replicas_that_make_several_items_or_none_keep_the_order() {
    struct Repeat;
    impl Processor for Repeat {
        type Input = u64;
        type Output = (u64, u64);

        fn process(&mut self, n: u64, output: &mut Emitter<'_, (u64, u64)>) -> Result<(), Error> {
            (0..n % 4).for_each(|nth| output.emit((n, nth)));
            Ok(())
        }
    }
    let flow = Flow::batch();
    let made = numbers(&flow, 3000)
        .processor_with("repeat", || Repeat)
        .replicas(3)
        .ordered();
    let result = made.map("same", |pair| pair).collect("result");
    run(&flow);
    let expected: Vec<_> = (1..=3000).flat_map(|n| (0..n % 4).map(move |nth| (n, nth))).collect();
    assert_eq!(result.take(), expected);
}

#[test]
fn v32_a_window_holds_no_more_than_it_says() {
    let (started, most) = (Arc::new(Mutex::new(HashSet::new())), Arc::new(AtomicUsize::new(0)));
    let (begun, furthest) = (Arc::clone(&started), Arc::clone(&most));
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let held = Arc::clone(&gate);
    let flow = Flow::batch();
    let made = numbers(&flow, 1000).process_async("hold", move |n| {
        begun.lock().unwrap().insert(n);
        furthest.fetch_max(n as usize, Ordering::SeqCst);
        let held = Arc::clone(&held);
        async move {
            if n == 1 {
                let _permit = held.acquire().await;
            }
            Ok(n)
        }
    });
    let result = made.replicas(4).ordered_within(10).collect("result");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    // All others wait for the first one: nobody gets on until it does.
    until(|| most.load(Ordering::SeqCst) >= 10);
    until(|| running.figures().node("hold").unwrap().waiting_for_room == 3);
    // Ten in the window, and one in the hand of each that waits for room.
    assert!(started.lock().unwrap().len() <= 10 + 3, "{started:?}");
    assert!(result.is_empty());
    let explained = running.explain();
    assert!(explained.contains("results wait for an earlier one"), "{explained}");
    gate.add_permits(1);
    crate::end(&running).unwrap();
    assert_eq!(result.take(), (1..=1000).collect::<Vec<_>>());
}

#[test]
fn v47_replicas_compete_and_each_item_goes_to_one() {
    let flow = Flow::batch();
    let made = numbers(&flow, 5000).process_async("compete", |n| async move {
        dawdle(n).await;
        Ok(n)
    });
    let result = made.replicas(4).collect("result");
    run(&flow);
    let mut items = result.take();
    items.sort_unstable();
    assert_eq!(items, (1..=5000).collect::<Vec<_>>());
}

#[test]
fn v46_several_takers_get_every_item() {
    let flow = Flow::batch();
    let source = numbers(&flow, 500);
    let results: Vec<_> = (0..3)
        .map(|nth| {
            source
                .process(format!("branch {nth}"), move |n| n + nth)
                .collect(format!("end {nth}"))
        })
        .collect();
    run(&flow);
    for (nth, result) in results.into_iter().enumerate() {
        assert_eq!(result.take(), (1..=500).map(|n| n + nth as u64).collect::<Vec<_>>());
    }
}

#[test]
fn v48_items_with_one_key_go_to_one_replica_in_their_order() {
    struct Which(usize);
    impl Processor for Which {
        type Input = u64;
        type Output = (usize, u64);

        fn open(&mut self, context: &NodeContext) -> Result<(), Error> {
            self.0 = context.replica();
            Ok(())
        }

        fn process(&mut self, n: u64, output: &mut Emitter<'_, (usize, u64)>) -> Result<(), Error> {
            output.emit((self.0, n));
            Ok(())
        }
    }
    let owners = || {
        let flow = Flow::batch();
        let made = numbers(&flow, 4000).processor_with("which", || Which(usize::MAX));
        let result = made.replicas(3).partition_by(|n| n % 20).collect("result");
        run(&flow);
        let mut owners: HashMap<u64, (usize, Vec<u64>)> = HashMap::new();
        for (replica, n) in result.take() {
            let (owner, items) = owners.entry(n % 20).or_insert((replica, Vec::new()));
            assert_eq!(*owner, replica, "{n}");
            items.push(n);
        }
        for (key, (_, items)) in &owners {
            assert!(items.is_sorted() && items.len() == 200, "{key}: {items:?}");
        }
        owners
    };
    let (first, again) = (owners(), owners());
    assert_eq!(first, again, "the same in every run");
    let used: HashSet<_> = first.values().map(|(owner, _)| *owner).collect();
    assert_eq!(used.len(), 3, "20 keys leave no replica without one");
}

#[test]
fn v48_keyed_replicas_keep_the_whole_order_if_asked() {
    let flow = Flow::batch();
    let made = numbers(&flow, 3000).process_async("keyed", |n| async move {
        dawdle(n).await;
        Ok(n)
    });
    let made = made.replicas(4).partition_by(|n| n % 7).ordered_within(5);
    let result = made.collect("result");
    run(&flow);
    assert_eq!(result.take(), (1..=3000).collect::<Vec<_>>());
}

#[test]
fn v31_v70_each_replica_is_opened_and_closed_by_itself() {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>, usize);
    impl Processor for Log {
        type Input = u64;
        type Output = u64;

        fn open(&mut self, context: &NodeContext) -> Result<(), Error> {
            self.1 = context.replica();
            self.0
                .lock()
                .unwrap()
                .push(format!("open {}/{} {}", context.flow(), context.node(), self.1));
            Ok(())
        }

        fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            output.emit(n);
            Ok(())
        }

        fn flush(&mut self, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            output.emit(1000 + self.1 as u64);
            self.0.lock().unwrap().push(format!("flush {}", self.1));
            Ok(())
        }

        fn close(&mut self) -> Result<(), Error> {
            self.0.lock().unwrap().push(format!("close {}", self.1));
            Ok(())
        }
    }
    let log = Log::default();
    let made = log.clone();
    let flow = Flow::batch().named("f");
    let node = numbers(&flow, 10).processor_with("log", move || made.clone());
    let result = node.replicas(3).ordered().collect("result");
    run(&flow);
    let mut lines = log.0.lock().unwrap().clone();
    lines.sort_unstable();
    let expected = [
        "close 0",
        "close 1",
        "close 2",
        "flush 0",
        "flush 1",
        "flush 2",
        "open f/log 0",
        "open f/log 1",
        "open f/log 2",
    ];
    assert_eq!(lines, expected);
    let expected: Vec<_> = (1..=10).chain([1000, 1001, 1002]).collect();
    assert_eq!(
        result.take(),
        expected,
        "what is held back comes out at the end, by replica"
    );
}

#[test]
fn replicas_come_and_go_while_a_flow_runs() {
    for is_ordered in [false, true] {
        let flow = Flow::batch();
        let made = numbers(&flow, 20_000).process_async("dawdle", |n| async move {
            dawdle(n).await;
            Ok(n)
        });
        let made = if is_ordered { made.ordered() } else { made.replicas(1) };
        let result = made.collect("result");
        let runtime = runtime(2);
        let running = flow.build().unwrap().run(&runtime);
        let mut most = 0;
        for replicas in [3, 1, 5, 2, 4].into_iter().cycle() {
            if running.scale("dawdle", replicas).is_err() {
                break;
            }
            most = most.max(running.figures().node("dawdle").unwrap().replicas);
            std::thread::yield_now();
        }
        crate::end(&running).unwrap();
        let mut items = result.take();
        if !is_ordered {
            items.sort_unstable();
        }
        assert_eq!(items, (1..=20_000).collect::<Vec<_>>());
        assert!(most > 1, "it was never scaled");
        let error = running.scale("dawdle", 2).unwrap_err().brief();
        assert_eq!(error, "node `dawdle` cannot be scaled: it has ended");
        until(|| runtime.snapshot().is_empty());
    }
}

#[test]
fn what_cannot_be_scaled_says_why() {
    let flow = Flow::batch();
    let source = flow.produce("source", futures::stream::pending::<u64>());
    let keyed = source
        .process("quiet", |n| n)
        .process("keyed", |n| n)
        .partition_by(|n| *n)
        .map("fused", |n| n);
    keyed.consume("one", |_| ());
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    for (node, replicas, expected) in [
        (
            "none",
            2,
            "flow `flow` has no node `none`, only source, quiet, keyed, fused, one",
        ),
        ("source", 2, "node `source` cannot be scaled to 2: it is a producer"),
        (
            "keyed",
            2,
            "node `keyed` cannot be scaled to 2: each of its replicas has items of its own",
        ),
        (
            "fused",
            2,
            "node `fused` cannot be scaled to 2: it runs in the task of node `keyed`",
        ),
        ("one", 2, "node `one` cannot be scaled to 2: it was made of one value"),
        (
            "quiet",
            2,
            "node `quiet` cannot be scaled to 2: nothing was said of its replicas, so nodes behind it may run in its task; \
             say `replicas(1)`",
        ),
        ("one", 0, "node `one` cannot be scaled to 0: at least 1 has to be left"),
    ] {
        assert_eq!(running.scale(node, replicas).unwrap_err().brief(), expected);
    }
    running.stop();
    crate::end(&running).unwrap();
}

#[test]
fn v21_requests_of_replicas_are_named() {
    let flow = Flow::batch().named("video");
    let source = flow.produce("source", futures::stream::pending::<u64>());
    source.process("work", |n| n).replicas(2).consume("end", |_| ());
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    let mut names: Vec<_> = runtime
        .snapshot()
        .into_iter()
        .filter_map(|info| info.name)
        .map(|n| n.to_string())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "flow `video`",
            "video/end",
            "video/source",
            "video/work",
            "video/work#1"
        ]
    );
    running.abort();
    crate::end(&running).unwrap();
}

#[test]
fn v32_each_output_of_ordered_replicas_keeps_the_order() {
    const ODD: Port<u64> = Port::new("odd");
    struct Split;
    impl AsyncProcessor for Split {
        type Input = u64;
        type Output = u64;

        async fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
            dawdle(n).await;
            match n % 10 {
                3 => return Err(Error::msg("three")),
                odd if odd % 2 == 1 => output.emit_to(ODD, n),
                _ => output.emit(n),
            }
            Ok(())
        }
    }
    let flow = Flow::batch();
    let split = numbers(&flow, 2000).async_processor_with("split", || Split);
    let split = split.replicas(4).ordered_within(8);
    let (odd, even) = (split.port(ODD).collect("odd"), split.collect("even"));
    let letters = split
        .dead_letters()
        .map("item", |letter| letter.item)
        .collect("letters");
    let report = run(&flow);
    let some = |keeps: fn(u64) -> bool| (1..=2000).filter(|n| keeps(*n)).collect::<Vec<u64>>();
    assert_eq!(even.take(), some(|n| n % 2 == 0));
    assert_eq!(odd.take(), some(|n| n % 2 == 1 && n % 10 != 3));
    assert_eq!(letters.take(), some(|n| n % 10 == 3));
    let node = report.node("split").unwrap();
    assert_eq!((node.taken, node.emitted, node.failed), (2000, 2000, 200));
}

#[test]
fn v32_a_single_cheap_node_may_be_ordered() {
    let flow = Flow::batch();
    let result = numbers(&flow, 500).map("same", |n| n).ordered().collect("result");
    run(&flow);
    assert_eq!(result.take(), (1..=500).collect::<Vec<_>>());
}

/// They have been quick so far, so each may take many; but the last four come to an end only together.
#[test]
fn v47_replicas_that_compete_leave_each_other_their_share() {
    let together = Arc::new(std::sync::Barrier::new(4));
    let flow = Flow::batch();
    let work = numbers(&flow, 2004).process("work", move |n| {
        if n > 2000 {
            together.wait();
        }
    });
    work.replicas(4).consume("end", |()| ());
    let runtime = runtime(4);
    end(&flow.build().unwrap().run(&runtime)).expect("one had two of them in hand");
}

/// Quick items are taken many at a time; what has become of the first ones does not wait until the last one is done.
#[test]
fn what_slow_items_have_become_is_moved_on_beside_the_rest() {
    for is_fused in [false, true] {
        let (send, arrived) = std::sync::mpsc::channel();
        let flow = Flow::batch();
        let mut last = 0;
        let work = move |n| {
            // What is late is told by the clock, so these do take time; nothing is expected within any.
            if n >= 1000 {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            while n >= 1020 && last < n - 20 {
                last = arrived.recv_timeout(crate::LONG).expect("it is held back");
            }
            n
        };
        let numbers = numbers(&flow, 1200);
        let worked = numbers.map("work", work);
        // What was said of its edge gives it a task of its own.
        let worked = if is_fused { worked } else { worked.depth(64) };
        worked
            .consume("end", move |n| {
                let _ = send.send(n);
            })
            .depth(2000);
        let runtime = runtime(2);
        end(&flow.build().unwrap().run(&runtime)).unwrap();
    }
}
