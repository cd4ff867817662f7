//! Kernels on a rayon pool.
//!
//! The queue of kernels is ours, since rayon has no priorities. What rayon gets are *drains*: jobs that take the best
//! kernel out of the queue, run it, and go on until the queue is empty. There are never more drains than threads. A drain
//! that is stolen by a kernel which waits for its own parallel parts gives up at once: running a foreign kernel on top of
//! that stack would nest without bound and mix up their latencies (P18, P19). Nothing is lost, because the kernel below
//! is itself run by a drain, which will look at the queue again.

use std::cell::Cell;

use crate::runtime::engine::Engine;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct Compute {
    pool: Arc<rayon::ThreadPool>,
    shared: Arc<Drains>,
}

struct Drains {
    threads: usize,
    /// Drains that are queued or running.
    active: AtomicUsize,
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
            }),
        }
    }

    /// A kernel has been queued: sees to it that there is a drain for it.
    pub(crate) fn ring(&self, engine: &Arc<Engine>) {
        let below = |active: usize| (active < self.shared.threads).then_some(active + 1);
        if self.shared.active.fetch_update(Ordering::SeqCst, Ordering::SeqCst, below).is_ok() {
            let (engine, drains) = (Arc::clone(engine), Arc::clone(&self.shared));
            self.pool.spawn(move || drain(&engine, &drains));
        }
    }
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
        while let Some(entry) = engine.kernels.pop() {
            entry.task.run(entry.ticket);
        }
        drains.active.fetch_sub(1, Ordering::SeqCst);
        // A kernel may have been queued after the last look by somebody who saw all drains active (P16).
        let reopen = |active: usize| (active < drains.threads).then_some(active + 1);
        if engine.kernels.is_empty() || drains.active.fetch_update(Ordering::SeqCst, Ordering::SeqCst, reopen).is_err() {
            return;
        }
    }
}
