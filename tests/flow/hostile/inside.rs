//! Nodes that look at, wait for, or change the flow they are in.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use headwater::Error;
use headwater::flow::{Controlled, Emitter, Flow, Processor, Running};

use super::endless;
use crate::{end, numbers, runtime, until};

type Handle = Arc<OnceLock<Running>>;

#[test]
fn a_flow_lets_go_of_what_its_nodes_are_made_of_when_it_has_ended() {
    let (token, handle) = (Arc::new(()), Handle::default());
    let (kept, within) = (Arc::clone(&token), Arc::clone(&handle));
    let flow = Flow::batch();
    let node = numbers(&flow, 10).process("work", move |n| {
        // A closure that knows its flow, which knows the closure.
        let _ = (&kept, &within);
        n
    });
    node.replicas(2).consume("end", |_| ());
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    handle.set(running.clone()).unwrap();
    end(&running).unwrap();
    until(|| Arc::strong_count(&token) == 1);
    let error = running.scale("work", 3).unwrap_err().brief();
    assert_eq!(error, "node `work` cannot be scaled: it has ended");
}

/// Looks at the flow when it is made.
struct Looks;

impl Looks {
    fn new(handle: &Handle) -> Self {
        if let Some(running) = handle.get() {
            let _ = (running.figures(), running.explain());
            let error = running.scale("looks", 4).unwrap_err().brief();
            assert_eq!(error, "another node of the flow is being scaled");
        }
        Self
    }
}

impl Processor for Looks {
    type Input = u64;
    type Output = u64;

    fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        output.emit(n);
        Ok(())
    }
}

#[test]
fn what_makes_further_replicas_may_look_at_the_flow() {
    let handle = Handle::default();
    let within = Arc::clone(&handle);
    let flow = Flow::batch();
    let looks = endless(&flow, "source").processor_with("looks", move || Looks::new(&within));
    looks.replicas(1).consume("end", |_| ());
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    assert!(handle.set(running.clone()).is_ok());
    let (send, receive) = std::sync::mpsc::channel();
    let scaled = running.clone();
    std::thread::spawn(move || send.send(scaled.scale("looks", 3)).unwrap());
    receive.recv_timeout(crate::LONG).expect("it hangs").unwrap();
    assert_eq!(running.figures().node("looks").unwrap().replicas, 3);
    running.stop();
    end(&running).unwrap();
}

/// Who waits for the flow that waits for it is told.
#[test]
fn a_node_that_waits_for_its_own_flow_fails() {
    for blocks in [false, true] {
        let handle = Handle::default();
        let within = Arc::clone(&handle);
        let wait = move |n: u64| {
            let handle = Arc::clone(&within);
            async move {
                while handle.get().is_none() {
                    tokio::task::yield_now().await;
                }
                let running = handle.get().unwrap().clone();
                match blocks {
                    true => running.wait().map(|_| n),
                    false => running.await.map(|_| n),
                }
            }
        };
        let flow = Flow::batch();
        numbers(&flow, 3).process_async("waits", wait).consume("end", |_| ());
        let runtime = runtime(2);
        let running = flow.build().unwrap().run(&runtime);
        assert!(handle.set(running.clone()).is_ok());
        let error = end(&running).unwrap_err();
        assert!(error.brief().contains("node `waits`"), "{}", error.brief());
        assert!(error.is_circular() || error.is_would_block(), "{}", error.brief());
        until(|| runtime.snapshot().is_empty());
    }
}

/// As above, but the node has begun to wait before the flow waits for the node: it still has to make numbers.
#[test]
fn a_node_that_waits_for_its_own_flow_first_is_named() {
    let handle = Handle::default();
    let within = Arc::clone(&handle);
    let (send, receive) = futures::channel::mpsc::unbounded();
    let flow = Flow::batch();
    let wait = move |n: u64| {
        let running = within.get().unwrap().clone();
        async move { running.await.map(|_| n) }
    };
    let numbers = flow.produce("numbers", receive);
    numbers.process_async("waits", wait).consume("end", |_| ());
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    assert!(handle.set(running.clone()).is_ok());
    send.unbounded_send(1).unwrap();
    until(|| running.figures().node("waits").unwrap().awaiting == 1);
    drop(send);
    let error = end(&running).unwrap_err();
    assert!(error.brief().contains("node `waits`"), "{}", error.brief());
    assert!(error.is_circular(), "{}", error.brief());
    until(|| runtime.snapshot().is_empty());
}

/// One slot is enough for flows within a flow's node.
#[test]
fn a_node_may_run_a_flow_for_each_item() {
    let flow = Flow::batch();
    let sums = numbers(&flow, 20).process_async("flows", |n| async move {
        let inner = Flow::batch();
        let all = numbers(&inner, n).process("same", |n| n).collect("all");
        inner.build()?.start().await?;
        Ok(all.take().iter().sum::<u64>())
    });
    let result = sums.replicas(3).ordered().collect("end");
    let runtime = runtime(1);
    end(&flow.build().unwrap().run(&runtime)).unwrap();
    assert_eq!(result.take(), (1..=20).map(|n| n * (n + 1) / 2).collect::<Vec<u64>>());
    until(|| runtime.snapshot().is_empty());
}

/// Adds what it was last told, and tells that it was told.
#[derive(Clone)]
struct Adds(u64, Arc<AtomicUsize>);

impl Processor for Adds {
    type Input = u64;
    type Output = u64;

    fn process(&mut self, n: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        output.emit(n + self.0);
        Ok(())
    }
}

impl Controlled for Adds {
    type Control = u64;

    fn control(&mut self, add: u64, output: &mut Emitter<'_, u64>) -> Result<(), Error> {
        self.0 = add;
        self.1.fetch_add(1, Ordering::SeqCst);
        output.emit(1_000_000);
        Ok(())
    }
}

/// Controls have no place in the order of the items, and take none.
#[test]
fn v32_ordered_replicas_with_a_control_keep_the_order() {
    for replicas in [1, 3] {
        let told = Arc::new(AtomicUsize::new(0));
        let (flow, heard) = (Flow::batch(), Arc::clone(&told));
        let control = flow.produce("control", futures::stream::iter([0_u64; 50]));
        let gated = numbers(&flow, 3000).process_async("gate", move |n| {
            let heard = Arc::clone(&heard);
            async move {
                // All have been told before the last items come.
                while n > 2000 && heard.load(Ordering::SeqCst) < 50 * replicas {
                    tokio::task::yield_now().await;
                }
                Ok(n)
            }
        });
        let adds = gated.controlled("adds", Adds(0, Arc::clone(&told)), &control);
        let result = adds.replicas(replicas).ordered_within(3).collect("end");
        crate::run(&flow);
        let (told, items): (Vec<_>, Vec<_>) = result.take().into_iter().partition(|n| *n == 1_000_000);
        assert_eq!(items, (1..=3000).collect::<Vec<_>>(), "{replicas} replicas");
        assert_eq!(told.len(), 50 * replicas);
    }
}
