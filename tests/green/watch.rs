//! Polls that block their threads.

use std::sync::mpsc;

use headwater::green::{self, Task};
use headwater::{ErrorKind, Request, RequestState};

use crate::clock::ms;
use crate::support::*;
use crate::tracing_log;

/// A task that blocks its thread until the latch is open.
fn culprit(name: &str, latch: &Latch) -> Task<()> {
    let latch = latch.clone();
    Task::builder().name(name).future(async move {
        latch.wait();
        Ok(())
    })
}

#[test]
fn a_poll_that_blocks_its_thread_is_named_while_it_does_and_nothing_else_is() {
    tracing_log::install();
    let rt = Rt::new(2);
    let latch = Latch::new();
    // Those that do not: one suspended, a kernel, one that waits with its thread and has handed its slot over.
    let suspended: Task<()> = green::schedule(std::future::pending());
    let inside = latch.clone();
    let kernel = Request::kernel(move |_| {
        inside.wait();
        Ok(())
    });
    let behind = kernel.clone();
    let waiting = Request::new(async move { behind.wait() });
    waiting.submit();
    until("the kernel is waited for", || {
        kernel.state() == RequestState::Running && kernel.info().waiters == 1
    });
    let (sender, named) = mpsc::channel();
    let watch = rt
        .watch_polls(ms(20), move |info| drop(sender.send(info.clone())))
        .unwrap();
    let mut task = culprit("watched culprit", &latch);
    let info = named.recv_timeout(LONG).expect("it is named");
    assert!(!latch.is_open(), "while it blocks");
    assert_eq!(info.name.as_deref(), Some("watched culprit"));
    assert!(info.place.file().ends_with("watch.rs"));
    let now: Vec<_> = rt.blocked(ms(15)).into_iter().map(|info| info.id).collect();
    assert_eq!(now, [task.id()]);
    let logged = tracing_log::lines().into_iter();
    let logged: Vec<_> = logged
        .filter(|line| line.starts_with("WARN") && line.contains("`watched culprit`"))
        .collect();
    assert_eq!(logged.len(), 1, "{logged:?}");
    latch.open();
    task.wait().unwrap();
    waiting.wait().unwrap();
    drop(watch);
    assert!(named.recv_timeout(LONG).is_err(), "once, and the watch is over");
    let _ = suspended.cancel();
}

#[test]
fn the_watch_speaks_though_every_slot_is_stuck_and_a_listener_panics() {
    let rt = Rt::new(1);
    let (sender, named) = mpsc::channel();
    let _watch = rt
        .watch_polls(ms(5), move |info| {
            drop(sender.send(info.name.clone()));
            panic!("a bad listener");
        })
        .unwrap();
    for name in ["one", "two"] {
        let latch = Latch::new();
        let mut task = culprit(name, &latch);
        assert_eq!(named.recv_timeout(LONG).unwrap().as_deref(), Some(name));
        latch.open();
        task.wait().unwrap();
    }
}

#[test]
fn a_watch_without_a_limit_is_refused() {
    let rt = Rt::new(1);
    let error = rt.watch_polls(ms(0), |_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
