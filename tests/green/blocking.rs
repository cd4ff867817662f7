//! Third-party code that blocks its thread.

use std::sync::mpsc;

use headwater::green::{self, BlockingPool, Task};
use headwater::{Cancel, Checkpoint, Error, ErrorKind, Request, RequestState};

use crate::clock::ms;
use crate::support::*;

fn pool(threads: usize) -> BlockingPool {
    BlockingPool::builder()
        .name("test-pool")
        .max_threads(threads)
        .build()
        .expect("valid")
}

/// A call that blocks until the latch is open.
fn behind(latch: &Latch) -> impl FnOnce(&Checkpoint) -> Result<(), Error> + Send + 'static {
    let latch = latch.clone();
    move |_| {
        latch.wait();
        Ok(())
    }
}

#[test]
fn a_blocking_call_leaves_its_slot_free() {
    let rt = Rt::new(1);
    let latch = Latch::new();
    let mut call = green::blocking("a slow library", behind(&latch));
    until("it is suspended", || call.state() == RequestState::Suspended);
    assert_eq!(call.info().name.as_deref(), Some("a slow library"));
    assert_eq!(
        green::schedule(async { Ok(7) }).wait().unwrap(),
        7,
        "the only slot is free"
    );
    assert!(rt.blocked(ms(0)).is_empty());
    latch.open();
    call.wait().unwrap();
}

#[test]
fn a_full_pool_queues_first_come_first_served() {
    let _rt = Rt::new(1);
    let (pool, latch, log) = (pool(1), Latch::new(), Log::new());
    let mut first = pool.run(behind(&latch));
    until("the thread is busy", || pool.usage().busy == 1);
    let mut queued: Vec<_> = (0..3)
        .map(|nth| {
            let log = log.clone();
            pool.run(move |_| {
                log.push(nth);
                Ok(())
            })
        })
        .collect();
    until("all wait", || pool.usage().queued == 3);
    let usage = pool.usage();
    assert_eq!((usage.busy, usage.idle, usage.max_threads), (1, 0, 1));
    assert_eq!(queued[1].cancel(), Cancel::Cancelled);
    until("one has left the queue", || pool.usage().queued == 2);
    assert_eq!(log.get().len(), 0);
    latch.open();
    first.wait().unwrap();
    for call in &mut queued {
        assert_eq!(call.wait().is_err(), call.state() == RequestState::Cancelled);
    }
    assert_eq!(log.get(), [0, 2], "what was cancelled before its turn never ran");
}

#[test]
fn a_pool_grows_to_its_bound_and_shrinks_when_it_is_idle() {
    let _rt = Rt::new(1);
    let pool = BlockingPool::builder().max_threads(3).idle_time(ms(0)).build().unwrap();
    let latch = Latch::new();
    let mut calls: Vec<_> = (0..5).map(|_| pool.run(behind(&latch))).collect();
    until("it is full", || (pool.usage().busy, pool.usage().queued) == (3, 2));
    latch.open();
    calls.iter_mut().for_each(|call| call.wait().unwrap());
    until("all have left", || pool.usage().busy + pool.usage().idle == 0);
    pool.run(|_| Ok(())).wait().unwrap();
}

#[test]
fn an_idle_thread_takes_the_next_call() {
    let _rt = Rt::new(1);
    let pool = BlockingPool::builder().idle_time(LONG).build().unwrap();
    let name = || {
        let mut call = pool.run(|_| Ok(std::thread::current().name().map(str::to_owned)));
        let name = call.wait().unwrap();
        until("it is idle", || pool.usage().idle == 1);
        name
    };
    assert_eq!(name().as_deref(), Some("headwater-blocking-1"));
    assert_eq!(name().as_deref(), Some("headwater-blocking-1"));
}

#[test]
fn a_running_call_that_is_cancelled_is_told_and_its_result_dropped() {
    let rt = Rt::new(1);
    let (latch, dropped) = (Latch::new(), Counter::new());
    let (inside, guard) = (latch.clone(), dropped.on_drop());
    let (sender, receiver) = mpsc::channel();
    let (pool, began) = (pool(1), Latch::new());
    let beginning = began.clone();
    let mut call = pool.run(move |checkpoint| {
        let before = checkpoint.check().is_ok();
        beginning.open();
        inside.wait();
        let _ = sender.send((before, checkpoint.is_interrupted()));
        Ok(guard)
    });
    began.wait();
    until("it is suspended", || call.state() == RequestState::Suspended);
    assert_eq!(call.cancel(), Cancel::Cancelled);
    assert!(
        call.wait().unwrap_err().is_cancelled(),
        "the waiter is told while the call is still blocked"
    );
    rt.settle();
    assert_eq!(pool.usage().busy, 1);
    latch.open();
    assert_eq!(receiver.recv_timeout(LONG), Ok((true, true)));
    until("the result is dropped", || dropped.get() == 1);
}

#[test]
fn a_panic_in_a_call_is_its_failure_and_the_thread_goes_on() {
    let _rt = Rt::new(1);
    let pool = pool(1);
    let mut call: Task<()> = pool.run(|_| panic!("a bad library"));
    let error = call.wait().unwrap_err();
    assert!(
        error.is_panic() && error.report().ends_with("a bad library"),
        "{}",
        error.report()
    );
    assert_eq!(pool.run(|_| Ok(1)).wait().unwrap(), 1);
}

#[test]
fn a_call_within_a_call_never_waits_for_a_thread() {
    let _rt = Rt::new(1);
    let outer = pool(1);
    let inner = outer.clone();
    let mut call = outer.run(move |_| {
        let deeper = inner.clone();
        let made = inner.run(move |_| deeper.run(|_| Ok(7)).wait());
        { made }.wait()
    });
    assert_eq!(call.wait().unwrap(), 7);
    until("the threads beyond the bound have left", || {
        outer.usage().busy == 0 && outer.usage().idle <= 1
    });
}

#[test]
fn what_a_call_makes_belongs_to_its_runtime() {
    let rt = Rt::new(1);
    let before = rt.statistics().requests;
    let mut call = green::blocking("maker", |_| Request::new(async { Ok(3) }).wait());
    assert_eq!(call.wait().unwrap(), 3);
    assert_eq!(rt.statistics().requests, before + 2);
}

#[test]
fn calls_still_run_when_the_last_clone_of_their_pool_is_gone() {
    let _rt = Rt::new(1);
    let (pool, latch) = (pool(1), Latch::new());
    let mut calls: Vec<_> = (0..3).map(|_| pool.run(behind(&latch))).collect();
    until("the others wait", || pool.usage().queued == 2);
    drop(pool);
    latch.open();
    calls.iter_mut().for_each(|call| call.wait().unwrap());
}

#[test]
fn shutting_down_does_not_wait_for_a_call() {
    let rt = Rt::new(1);
    let (pool, latch) = (pool(1), Latch::new());
    let mut call = pool.run(behind(&latch));
    until("it runs", || {
        pool.usage().busy == 1 && call.state() == RequestState::Suspended
    });
    let left = rt.into_inner().shutdown(LONG);
    assert!(left.ignored.is_empty());
    assert!(call.wait().unwrap_err().is_shut_down());
    latch.open();
}

#[test]
fn a_call_may_have_a_start_and_handlers_like_any_task() {
    let rt = Rt::new(1);
    let told = Log::new();
    let inside = told.clone();
    let call: Task<()> = Task::builder()
        .start_in(ms(1))
        .on_error(move |error| inside.push(error.brief()))
        .blocking(|_| Err(Error::msg("disk gone")));
    call.detach();
    rt.settle();
    until("it is told", || told.get() == ["disk gone"]);
}

#[test]
fn a_pool_without_threads_is_refused() {
    let error = BlockingPool::builder().max_threads(0).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.report().contains("max_threads"), "{}", error.report());
    assert!(BlockingPool::builder().name("a\0b").build().is_err());
}
