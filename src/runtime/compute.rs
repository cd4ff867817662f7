//! Kernels on a rayon pool.
//!
//! The queue of kernels is ours, since rayon has no priorities. What rayon gets are *drains*: jobs that take the best
//! kernel out of the queue, run it, and go on until the queue is empty. There are never more drains than threads. A drain
//! that is stolen by a kernel which waits for its own parallel parts gives up at once: running a foreign kernel on top of
//! that stack would nest without bound and mix up their latencies (P18, P19). It tells the other threads, one of which may
//! have nothing to do: the kernel below is itself run by a drain, which will look at the queue again, but not before it ends,
//! and what it waits for may be what is queued.

use std::cell::Cell;

use crate::occupancy::Occupancy;
use crate::runtime::engine::Engine;
use crate::runtime::net::caught;
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
    /// The kernels that run, for kernels that could split themselves.
    occupancy: Arc<Occupancy>,
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
                occupancy: Arc::new(Occupancy::new(threads)),
            }),
        }
    }

    /// How many threads run kernels.
    pub(crate) fn threads(&self) -> usize {
        self.shared.threads
    }

    /// The kernels that run.
    pub(crate) fn occupancy(&self) -> Arc<Occupancy> {
        Arc::clone(&self.shared.occupancy)
    }

    /// A kernel has been queued: sees to it that there is a drain for it.
    pub(crate) fn ring(&self, engine: &Arc<Engine>) {
        if self.shared.lingering.load(Ordering::SeqCst) > 0 {
            return;
        }
        if self.shared.begin() {
            let (engine, drains) = (Arc::clone(engine), Arc::clone(&self.shared));
            self.pool.spawn(move || drain(&engine, &drains));
        }
    }
}

impl Drains {
    /// One more, if there are not as many as threads already.
    fn begin(&self) -> bool {
        let below = |active: usize| (active < self.threads).then_some(active + 1);
        self.active
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, below)
            .is_ok()
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

fn drain(engine: &Arc<Engine>, drains: &Arc<Drains>) {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            DRAINING.set(false);
        }
    }
    if DRAINING.replace(true) {
        drains.active.fetch_sub(1, Ordering::SeqCst);
        return pass_on(engine, drains);
    }
    let _reset = Reset;
    let _member = drains.occupancy.join();
    loop {
        while let Some(entry) = next(engine, drains) {
            if !engine.kernels.is_empty() {
                // Whoever queued those may have relied on this drain, which is busy now.
                engine.ring_compute();
            }
            drains.occupancy.run(|| caught(|| entry.task.run(entry.ticket)));
        }
        drains.active.fetch_sub(1, Ordering::SeqCst);
        // A kernel may have been queued after the last look by somebody who saw all drains active (P16).
        if engine.kernels.is_empty() || !drains.begin() {
            return;
        }
    }
}

/// Leaves the queue to the other threads of this pool. A job for any thread would come back to this one, which is waiting
/// and takes whatever it finds; so each thread gets one of its own.
fn pass_on(engine: &Arc<Engine>, drains: &Arc<Drains>) {
    if engine.kernels.is_empty() {
        return;
    }
    let (engine, drains) = (Arc::clone(engine), Arc::clone(drains));
    rayon::spawn_broadcast(move |_| {
        if !DRAINING.get() && !engine.kernels.is_empty() && drains.begin() {
            drain(&engine, &drains);
        }
    });
}

#[cfg(test)]
#[path = "tests/compute.rs"]
mod tests;
