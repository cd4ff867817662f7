//! Drains beside a stage of one task that says where it ran.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use super::*;
use crate::runtime::Priority;
use crate::runtime::config::Config;
use crate::runtime::engine::Lane;
use crate::runtime::info::RequestInfo;
use crate::runtime::task::Task;
use crate::sync::Mutex;

const LONG: Duration = Duration::from_secs(30);

/// Says on which thread of the pool it ran, then panics if it is told to.
struct Spy {
    ran: Mutex<Sender<Option<usize>>>,
    panics: bool,
}

impl Task for Spy {
    fn run(self: Arc<Self>, _ticket: u32) {
        let _ = self.ran.lock().send(rayon::current_thread_index());
        assert!(!self.panics, "this is to be caught");
    }
    fn admit(self: Arc<Self>, _ticket: u32) -> bool {
        true
    }
    fn counts(&self, _ticket: u32) -> bool {
        true
    }
    fn info(&self) -> Option<RequestInfo> {
        None
    }
    fn made(&self) -> Vec<Arc<dyn Task>> {
        Vec::new()
    }
    fn shut_down(self: Arc<Self>, _abandon: bool) {}
    fn has_ended(&self) -> bool {
        true
    }
}

fn pool(threads: usize) -> Arc<rayon::ThreadPool> {
    Arc::new(rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap())
}

fn push(engine: &Engine, ran: &Sender<Option<usize>>, panics: bool) {
    let ran = Mutex::new(ran.clone());
    engine.push(Lane::Compute, Arc::new(Spy { ran, panics }), Priority::root(0, 0), 0);
}

#[test]
fn p19_a_drain_stolen_by_a_waiting_kernel_goes_to_another_thread() {
    let engine = Arc::new(Engine::new(Config::default()));
    let compute = Compute::new(pool(3));
    let drains = Arc::clone(&compute.shared);
    let (ran, runs) = channel();
    // No backend: nobody rings, so that the only drain is the one below.
    push(&engine, &ran, false);
    let (waiting, other) = compute.pool.install(move || {
        // As a kernel that waits for its parts, and takes a drain out of the pool meanwhile.
        DRAINING.set(true);
        assert!(drains.begin());
        drain(&engine, &drains);
        let other = runs.recv_timeout(LONG).expect("another thread runs it");
        DRAINING.set(false);
        (rayon::current_thread_index(), other)
    });
    assert!(other.is_some() && other != waiting, "{other:?} beside {waiting:?}");
}

#[test]
fn c26_p21_a_panic_that_nobody_caught_costs_no_drain() {
    let engine = Arc::new(Engine::new(Config::default()));
    let compute = Compute::new(pool(1));
    let (ran, runs) = channel();
    for _ in 0..100 {
        push(&engine, &ran, true);
    }
    push(&engine, &ran, false);
    compute.ring(&engine);
    for _ in 0..=100 {
        runs.recv_timeout(LONG).expect("the only drain goes on");
    }
}
