//! Kernels on a rayon pool.
//!
//! The queue of kernels is ours, since rayon has no priorities. What rayon gets are *drains*: jobs that take the best
//! kernel out of the queue, run it, and go on until the queue is empty. There are never more drains than threads. A drain
//! that is stolen by a kernel which waits for its own parallel parts gives up at once: running a foreign kernel on top of
//! that stack would nest without bound and mix up their latencies (P18, P19). Nothing is lost, because the kernel below
//! is itself run by a drain, which will look at the queue again.

use std::cell::Cell;

use crate::runtime::engine::Engine;
use crate::runtime::queue::Entry;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// How often a drain that has run dry looks again before it ends, and the pause between two looks: about 10 µs in all.
const LOOKS: u32 = 24;
const SPINS: u32 = 32;

pub(crate) struct Compute {
    pool: Arc<rayon::ThreadPool>,
    shared: Arc<Drains>,
}

struct Drains {
    threads: usize,
    /// Drains that are queued or running.
    active: AtomicUsize,
    /// Drains that look for work at this moment, and will take what is queued now.
    lingering: AtomicUsize,
}

std::thread_local! {
    static DRAINING: Cell<bool> = const { Cell::new(false) };
}

impl Compute {
    pub(crate) fn new(pool: Arc<rayon::ThreadPool>) -> Self {
        let threads = pool.current_num_threads();
        Self {
            pool,
            shared: Arc::new(Drains {
                threads,
                active: AtomicUsize::new(0),
                lingering: AtomicUsize::new(0),
            }),
        }
    }

    /// A kernel has been queued: sees to it that there is a drain for it.
    pub(crate) fn ring(&self, engine: &Arc<Engine>) {
        if self.shared.lingering.load(Ordering::SeqCst) > 0 {
            return;
        }
        let below = |active: usize| (active < self.shared.threads).then_some(active + 1);
        if self
            .shared
            .active
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, below)
            .is_ok()
        {
            let (engine, drains) = (Arc::clone(engine), Arc::clone(&self.shared));
            self.pool.spawn(move || drain(&engine, &drains));
        }
    }
}

/// The best kernel. A drain that has run dry lingers for some microseconds: a fan of small kernels is made one by one,
/// and waking a thread for each would cost more than running it.
fn next(engine: &Engine, drains: &Drains) -> Option<Entry> {
    if let Some(entry) = engine.kernels.pop() {
        return Some(entry);
    }
    drains.lingering.fetch_add(1, Ordering::SeqCst);
    let found = (0..LOOKS).find_map(|_| {
        (0..SPINS).for_each(|_| std::hint::spin_loop());
        engine.kernels.pop()
    });
    drains.lingering.fetch_sub(1, Ordering::SeqCst);
    found
}

fn drain(engine: &Engine, drains: &Drains) {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            DRAINING.set(false);
        }
    }
    if DRAINING.replace(true) {
        drains.active.fetch_sub(1, Ordering::SeqCst);
        return;
    }
    let _reset = Reset;
    loop {
        while let Some(entry) = next(engine, drains) {
            if !engine.kernels.is_empty() {
                // Whoever queued those may have relied on this drain, which is busy now.
                engine.ring_compute();
            }
            entry.task.run(entry.ticket);
        }
        drains.active.fetch_sub(1, Ordering::SeqCst);
        // A kernel may have been queued after the last look by somebody who saw all drains active (P16).
        let reopen = |active: usize| (active < drains.threads).then_some(active + 1);
        if engine.kernels.is_empty()
            || drains
                .active
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, reopen)
                .is_err()
        {
            return;
        }
    }
}
